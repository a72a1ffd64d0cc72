"""The only place where reports become files: each file is replaced as a whole or not at all.

Only a regular file is replaced. What a symbolic link points to is written, and the link stays; a
device, a FIFO or a standard stream (``/dev/stdout``) is written through.

A run has a folder of its own, ``<UTC time>-<seed>``, and in it a folder for each scenario with
``report.json``, ``ladder.mmd``, ``capture.pcap``, ``messages.log`` and ``trace.jsonl``. The link
``latest`` beside it points to it. No name has a colon or anything else that some file system or
shell would not like.
"""

import itertools
import os
import re
import stat
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from mcsip.report.case import Case
from mcsip.report.jsonreport import render_json
from mcsip.report.mermaid import render_mermaid
from mcsip.report.messages_log import render_messages_log
from mcsip.report.pcap import build_pcap
from mcsip.tracefile import trace_lines

REPORT, LADDER, CAPTURE = "report.json", "ladder.mmd", "capture.pcap"
MESSAGES_LOG, TRACE = "messages.log", "trace.jsonl"
LATEST = "latest"
_NAME_LIMIT = 80
_MAX_LINKS = 40
"""Symbolic links that lead from one to the next, at most: as many as Linux follows."""
_drafts = itertools.count()


def write_file(path: Path, content: str | bytes) -> None:
    """Write a file, and the folders it is in; who reads it sees the old content or the new.

    Raises:
        OSError: it cannot be written.
    """
    data = content.encode("utf-8", "backslashreplace") if isinstance(content, str) else content
    path.parent.mkdir(parents=True, exist_ok=True)
    if (descriptor := _descriptor(path)) is not None:
        _write_through(descriptor, data)
        return
    if path.is_symlink():
        path = Path(os.path.realpath(path))
    if is_special(path):
        descriptor = os.open(path, os.O_WRONLY)
        try:
            _write_through(descriptor, data)
        finally:
            os.close(descriptor)
        return
    draft = path.with_name(f".mcsip-{os.getpid()}-{next(_drafts)}.part")
    try:
        draft.write_bytes(data)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def is_special(path: Path) -> bool:
    """Tell whether a path is of something that is neither a regular file nor a folder.

    Raises:
        OSError: the path is none.
    """
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def _descriptor(path: Path) -> int | None:
    """Return the open file of this process that a path means, as /dev/stdout does; None: none."""
    own = f"/proc/{os.getpid()}/fd"
    for _ in range(_MAX_LINKS):
        here = Path(os.path.realpath(path.parent), path.name)
        if str(here.parent) == own and here.name.isdecimal():
            return int(here.name)
        if not here.is_symlink():
            return None
        path = here.parent / here.readlink()
    return None


def _write_through(descriptor: int, data: bytes) -> None:
    """Write octets to an open file, after what this process has said there before."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, OSError, ValueError):  # there is none, or it is no open file
            if stream.fileno() == descriptor:
                stream.flush()
    left = memoryview(data)
    while left:
        left = left[os.write(descriptor, left) :]


def safe_name(name: str) -> str:
    """Return a name for a file or folder: letters, digits, dots, dashes; never empty or hidden."""
    text = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.")
    return text[:_NAME_LIMIT].rstrip("-.") or "unnamed"


def run_folder_name(started_at: float, seed: int) -> str:
    """Return the name of a run's folder, such as ``20231114T221320Z-1``.

    Args:
        started_at: when the run began, in seconds since the epoch.
        seed: the seed of the run.
    """
    return f"{datetime.fromtimestamp(started_at, UTC):%Y%m%dT%H%M%SZ}-{seed}"


def make_run_folder(root: Path, name: str) -> Path:
    """Make the folder of a run and let ``latest`` point to it; a name taken is numbered.

    Raises:
        OSError: it cannot be made.
    """
    root.mkdir(parents=True, exist_ok=True)
    folder, number = root / name, 1
    while True:
        try:
            folder.mkdir()
            break
        except FileExistsError:
            number += 1
            folder = root / f"{name}-{number}"
    _point_latest(root, folder.name)
    return folder


def _point_latest(root: Path, name: str) -> None:
    """Let the link ``latest`` point to a folder beside it; nothing where there are no links."""
    draft = root / f".{LATEST}.{os.getpid()}.part"
    latest = root / LATEST
    if latest.exists() and not latest.is_symlink():
        return
    try:
        draft.unlink(missing_ok=True)
        draft.symlink_to(name, target_is_directory=True)
        draft.replace(latest)
    except (OSError, NotImplementedError):
        draft.unlink(missing_ok=True)


def write_case(folder: Path, case: Case) -> dict[str, Path]:
    """Write the files of one scenario into its folder; return their paths by name.

    Raises:
        OSError: one cannot be written.
    """
    contents: dict[str, str | bytes] = {REPORT: render_json([case])}
    if case.trace is not None:
        contents[LADDER] = render_mermaid(case.ladder, case.title)
        contents[CAPTURE] = build_pcap(case.trace)
        contents[MESSAGES_LOG] = render_messages_log(case.trace, case.exchanges)
        contents[TRACE] = "".join(line + "\n" for line in trace_lines(case.trace))
    for name, content in contents.items():
        write_file(folder / name, content)
    return {name: folder / name for name in contents}

"""Finding what is to be judged or drawn: a capture, a trace, or the traces of a run."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mcsip.cli.exit_code import ExitCode
from mcsip.errors import McsipError

if TYPE_CHECKING:
    from mcsip.capture import Progress, Source
    from mcsip.topology import Topology

LATEST = Path("mcsip-out") / "latest"
"""The run just made, where nothing else is named."""
TRACE = "trace.jsonl"


class NothingThereError(McsipError):
    """There is nothing to look at (exit code 5)."""


def nothing(error: NothingThereError) -> ExitCode:
    """Say that there is nothing to look at, and return the exit code for it."""
    click.echo(f"Error: {error}", err=True)
    return ExitCode.NOTHING


def find_files(path: Path | None) -> list[Path]:
    """Return the files that are meant: the file itself, or the traces of a run's directory.

    Args:
        path: a file or a folder that exists; None for the run just made.

    Raises:
        NothingThereError: there is no trace.
    """
    if path is None:
        if not LATEST.is_dir():
            raise NothingThereError(
                f"there is no run to look at ({LATEST} is missing); "
                "name a capture or a trace, or run a scenario first"
            )
        path = LATEST
    if not path.is_dir():
        return [path]
    found = [path / TRACE] if (path / TRACE).is_file() else sorted(path.glob(f"*/{TRACE}"))
    if not found:
        raise NothingThereError(
            f"{path}: holds no {TRACE}; name the directory of a run, or a capture"
        )
    return found


def load_nodes(path: Path | None) -> "Topology | None":
    """Return the topology that says who is who, or None; raises FileError when it is wrong."""
    if path is None:
        return None
    from mcsip.topology.load import load_topology

    return load_topology(path)


def open_file(path: Path, topology: "Topology | None", progress: "Progress | None") -> "Source":
    """Open a capture or a trace; say so where the topology is of no use.

    Raises:
        FileError: it is neither.
        OSError: it cannot be read.
    """
    from mcsip.capture import Kind, open_source

    source = open_source(path, topology, progress)
    if topology is not None and source.kind is Kind.TRACE:
        click.echo(f"{path}: --topology is not used: a trace knows its nodes", err=True)
    return source

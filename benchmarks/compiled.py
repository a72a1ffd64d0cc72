"""The same benchmarks with the compiled mcsip of ``make fast``, in its own environment.

They run as another process, by that environment's interpreter, in a folder that holds the
benchmarks and not the package: what stands beside them would be imported instead of what is
installed.
"""

import json
import os
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).resolve().parents[1]
PYTHON = _ROOT / ".venv-fast" / "bin" / "python"
"""The interpreter that has the compiled package."""
SUFFIX = ", compiled"
"""What tells its figures and rows from the others."""
_NEEDED = ("benchmarks", "tests")


def figures(name: str) -> Mapping[str, Any]:
    """Return the figures of a benchmark with the compiled package; none where there is none.

    Args:
        name: of the benchmark; it measures only what is ours.

    Raises:
        RuntimeError: it failed.
    """
    if not PYTHON.exists():
        return {}
    with tempfile.TemporaryDirectory(prefix="mcsip-bench-") as folder:
        for each in _NEEDED:
            (Path(folder) / each).symlink_to(_ROOT / each)
        written = Path(folder) / "figures.json"
        done = subprocess.run(
            [PYTHON, "-m", "benchmarks", name, "--alone", "--json", written],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": folder, "PYTHONSAFEPATH": "1"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{PYTHON}: {done.stderr.strip()}")
        found: Mapping[str, Any] = json.loads(written.read_text(encoding="utf-8"))["figures"][name][
            0
        ]
        return found

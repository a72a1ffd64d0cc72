"""The directions of imports: the contracts of import-linter, and what they cannot see."""

import ast
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "mcsip"
PURE = sorted(
    path for name in ("sip", "mc", "migration") for path in (PACKAGE / name).rglob("*.py")
)
CLOCKS = {"now", "utcnow", "today", "time", "monotonic", "urandom", "time_ns", "monotonic_ns"}


def test_the_contracts_are_kept() -> None:
    run = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_pure_code_reads_no_clock_and_awaits_nothing() -> None:
    for path in PURE:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            where = f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"
            assert not isinstance(node, ast.AsyncFunctionDef | ast.Await), where
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                assert node.func.attr not in CLOCKS, f"{where}: {ast.unparse(node.func)}"

"""Rules of the house that no linter knows."""

import ast
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TEXTS = {".py", ".md", ".toml", ".yaml", ".yml", ".xsd", ".json", ".txt", ".err", ".xml", ".sh", ""}
SELF = Path(__file__).relative_to(ROOT)


def tracked() -> list[Path]:
    """Return the files of the repository, relative to it; without git those of its folders."""
    run = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode == 0:
        return [Path(line) for line in run.stdout.splitlines() if (ROOT / line).is_file()]
    folders = ("mcsip", "tests", "docs", "benchmarks", "scenarios", "xml_schemas", ".ci")
    return [
        path.relative_to(ROOT)
        for folder in folders
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    ]


FILES = [path for path in tracked() if path.suffix in TEXTS]
MODULES = [path for path in FILES if path.suffix == ".py"]
PRODUCT = [path for path in MODULES if path.parts[0] == "mcsip"]
TESTS = [path for path in MODULES if path.parts[0] == "tests"]

MACHINE_PATH = re.compile(r"(?<![\w.$}/\]-])/(home|root|Users|work|workspace|opt|mnt)/\w")
UNFINISHED = re.compile(r"\b(TODO|FIXME|HACK)\b")
IGNORE = re.compile(r"#\s*(type:\s*ignore|noqa|pragma: no cover)")
IGNORE_WITH_REASON = re.compile(r"#\s*(type:\s*ignore\[[\w,\s-]+\]|noqa: [A-Z0-9, ]+)")


def lines(path: Path) -> list[tuple[int, str]]:
    return list(
        enumerate((ROOT / path).read_text(encoding="utf-8", errors="replace").splitlines(), 1)
    )


def found(pattern: re.Pattern[str], paths: list[Path]) -> list[str]:
    return [
        f"{path}:{number}: {line.strip()}"
        for path in paths
        if path != SELF
        for number, line in lines(path)
        if pattern.search(line)
    ]


def test_no_file_names_a_path_of_one_machine() -> None:
    assert found(MACHINE_PATH, FILES) == []


def test_nothing_is_left_unfinished() -> None:
    assert found(UNFINISHED, FILES) == []


def test_whatever_silences_a_checker_names_its_code() -> None:
    silenced = found(IGNORE, MODULES)
    assert [line for line in silenced if not IGNORE_WITH_REASON.search(line)] == []


def test_type_ignores_say_why() -> None:
    ignores = found(re.compile(r"#\s*type:\s*ignore"), MODULES)
    reason = re.compile(r"type:\s*ignore\[[^\]]+\]\s+#\s*\S|type:\s*ignore\[[^\]]+\]\s*[-(]\s*\S")
    assert [line for line in ignores if not reason.search(line)] == []


def calls(path: Path) -> list[tuple[int, str]]:
    """Return line and name of each call in a module."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return [
        (node.lineno, ast.unparse(node.func))
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute)
    ]


def found_calls(names: set[str], paths: list[Path]) -> list[str]:
    return [
        f"{path}:{line}: {name}" for path in paths for line, name in calls(path) if name in names
    ]


def test_only_the_command_line_prints() -> None:
    # The file for Locust prints where it is when it is run: a command line of its own.
    silent = [p for p in PRODUCT if p.parts[1] != "cli" and p.name != "locustfile.py"]
    speaking = {"print", "sys.stdout.write", "sys.stderr.write", "click.echo"}
    assert found_calls(speaking, silent) == []


def test_no_test_sleeps() -> None:
    assert found_calls({"time.sleep"}, TESTS) == []


def test_loggers_have_the_name_of_their_module() -> None:
    named = r'getLogger\((?!__name__\)|f"\{__name__\}\.\w+"\)|"mcsip"\))'
    assert found(re.compile(named), PRODUCT) == []


def test_no_group_of_a_pattern_is_possessive() -> None:
    """Python 3.11.2, Debian 12's, matches possessive groups wrongly; single characters are safe."""
    assert found(re.compile(r"""\)(\+\+|\*\+|\?\+|\{\d*,?\d*\}\+)|\(\?>"""), PRODUCT) == []

"""The tests mirror the package: a file of the same stem for each source file."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EXTRA = {"architecture", "interop", "regressions", "system"}
"""Folders of tests that mirror nothing."""

UNTESTED: dict[str, str] = {}
"""Source files without a test file of their own, and why."""

ADDITIONAL: dict[str, str] = {}
"""Test files, beside those of the source files, and what they are."""


def sources() -> set[str]:
    package = ROOT / "mcsip"
    return {
        str(path.relative_to(package).with_suffix(""))
        for path in package.rglob("*.py")
        if path.name != "__init__.py"
    }


def tests() -> set[str]:
    folder = ROOT / "tests"
    found = [path.relative_to(folder) for path in folder.rglob("test_*.py")]
    return {
        str(path.with_name(path.stem.removeprefix("test_")))
        for path in found
        if path.parts[0] not in EXTRA
    }


def test_every_source_file_has_its_test_file_or_a_reason() -> None:
    assert sources() - tests() == set(UNTESTED)


def test_every_test_file_has_its_source_file_or_a_reason() -> None:
    assert tests() - sources() == set(ADDITIONAL)

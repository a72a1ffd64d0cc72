"""The tests mirror the package: a file of the same stem for each source file."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EXTRA = {"architecture", "browser", "interop", "matrix", "regressions", "system"}
"""Folders of tests that mirror nothing."""

UNTESTED = {
    "__main__": "one line; test_readme runs it",
    "capture/limits": "constants",
    "load/progress": "declarations; load/test_run and cli/test_load_progress give each of them",
    "migration/events": "declarations; test_primary_table and test_partner_table give each of them",
    "sip/users": "protocols",
    "sip/proxy/port": "protocols",
}
"""Source files without a test file of their own, and why."""

ADDITIONAL = {
    "compiled": "compiled and interpreted, octet for octet",
    "conformance/corpus": "bad traces, each by one mistake",
    "conformance/rules_prove": "each rule passes a trace and fails another",
    "packaging": "the wheel and the source archive",
    "readme": "what the README says",
    "mc/schema_published": "our schemas and the published ones, side by side",
    "migration/records_pair": "both records with a network between them that loses and repeats",
    "sip/proxy/dialog": "dialogs through two gateways",
    "sip/torture": "the messages of RFC 4475",
}
"""Test files, beside those of the source files, and what they are."""


def source_files() -> set[str]:
    package = ROOT / "mcsip"
    return {
        str(path.relative_to(package).with_suffix(""))
        for path in package.rglob("*.py")
        if path.name != "__init__.py"
    }


def mirrored() -> set[str]:
    folder = ROOT / "tests"
    found = [path.relative_to(folder) for path in folder.rglob("test_*.py")]
    return {
        str(path.with_name(path.stem.removeprefix("test_")))
        for path in found
        if path.parts[0] not in EXTRA
    }


def test_every_source_file_has_its_test_file_or_a_reason() -> None:
    assert source_files() - mirrored() == set(UNTESTED)


def test_every_test_file_has_its_source_file_or_a_reason() -> None:
    assert mirrored() - source_files() == set(ADDITIONAL)

"""The result of a check as JUnit XML."""

from collections.abc import Callable
from dataclasses import replace

from lxml import etree

from mcsip.report.check_junit import build_check_junit
from mcsip.report.checked import Check

Golden = Callable[[str, str], None]


def test_every_kind_of_ending(checks: list[Check], golden: Golden) -> None:
    golden("check-junit.xml", build_check_junit(checks).decode())


def outcomes(check: Check) -> dict[str | None, str | None]:
    root = etree.fromstring(build_check_junit([check]))
    kinds = ("failure", "error", "skipped")
    return {
        case.get("name"): next((child.tag for child in case if child.tag in kinds), None)
        for case in root.iter("testcase")
    }


def test_one_test_case_per_rule(broken: Check) -> None:
    """fail: failure; warn: passed; none: skipped; a source that was cut: error."""
    assert outcomes(broken) == {
        "the source can be read to its end": "error",
        "rfc3261/8.1.1.7/magic-cookie": "failure",
        "rfc3261/8.1.1.6/hop-limit": None,
        "rfc3261/20.14/content-length": None,
        "ts23280/10.6.3.3/order": "failure",
        "ts23280/10.6.3.4/de-authorization": "skipped",
    }
    late = replace(broken, timed_out=True, result=replace(broken.result, incomplete=False))
    assert outcomes(late)["the source can be read to its end"] == "error"


def test_totals_are_those_of_the_elements(checks: list[Check]) -> None:
    root = etree.fromstring(build_check_junit(checks))
    for suite in [root, *root.iter("testsuite")]:
        found = {kind: len(list(suite.iter(tag))) for kind, tag in (
            ("tests", "testcase"), ("failures", "failure"), ("errors", "error"), ("skipped", "skipped"),
        )}  # fmt: skip
        assert {kind: int(suite.get(kind, "")) for kind in found} == found


def test_neither_secrets_nor_illegal_characters(broken: Check, secrets: tuple[bytes, ...]) -> None:
    data = build_check_junit([broken])
    assert b"\x1b" not in data
    assert not any(secret in data for secret in secrets)


def test_nothing_was_checked() -> None:
    assert etree.fromstring(build_check_junit([])).get("tests") == "0"

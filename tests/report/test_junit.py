"""JUnit XML (features.md, command line)."""

from collections.abc import Callable

from lxml import etree

from mcsip.report.case import Case, with_check
from mcsip.report.checked import Check
from mcsip.report.junit import build_junit

Golden = Callable[[str, str], None]


def test_every_kind_of_ending(cases: list[Case], golden: Golden) -> None:
    golden("junit.xml", build_junit(cases).decode())


def test_verdicts_become_elements(cases: list[Case]) -> None:
    """fail: failure; error and inconc: error; filtered, or nothing judged: skipped."""
    root = etree.fromstring(build_junit(cases))
    found = [
        [child.tag for child in element if child.tag in ("failure", "error", "skipped")]
        for element in root.iter("testcase")
    ]
    assert found == [[], ["failure"], ["error"], ["error"], ["skipped"], ["skipped"]]
    totals = {name: root.get(name) for name in ("tests", "failures", "errors", "skipped")}
    assert totals == {"tests": "6", "failures": "1", "errors": "2", "skipped": "2"}


def test_properties_and_ladder(passed_case: Case) -> None:
    root = etree.fromstring(build_junit([passed_case]))
    properties = [(item.get("name"), item.get("value")) for item in root.iter("property")]
    assert ("clause", "TS 23.280 10.6.3.3") in properties
    assert ("seed", "1") in properties
    assert ("verdict", "pass") in properties
    assert ("pcap", "capture.pcap") in properties
    assert "migration-service-authorization-request" in (root.findtext(".//system-out") or "")


def test_neither_secrets_nor_illegal_characters(
    failed_case: Case, secrets: tuple[bytes, ...]
) -> None:
    """XML 1.0 2.2: an escape character may not stand in a document."""
    data = build_junit([failed_case])
    assert b"\x1b" not in data
    assert b"Refused &lt;by&gt; the primary &amp; surprised" in data
    assert not any(secret in data for secret in secrets)


def test_nothing_ran() -> None:
    assert etree.fromstring(build_junit([])).get("tests") == "0"


def test_what_the_rules_say_is_a_failure(passed_case: Case, broken: Check) -> None:
    root = etree.fromstring(build_junit([with_check(passed_case, broken.result)]))
    failure = root.find(".//failure")
    assert failure is not None
    assert "rfc3261/8.1.1.7/magic-cookie" in (failure.text or "")
    assert ("release", "18") in [
        (each.get("name"), each.get("value")) for each in root.iter("property")
    ]

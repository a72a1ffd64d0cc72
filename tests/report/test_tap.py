"""TAP version 14."""

from collections.abc import Callable

import yaml

from mcsip.report.case import Case, with_check
from mcsip.report.checked import Check
from mcsip.report.tap import render_tap

Golden = Callable[[str, str], None]


def test_every_kind_of_ending(cases: list[Case], golden: Golden) -> None:
    golden("report.tap", render_tap(cases))


def test_the_diagnostic_is_yaml(failed_case: Case, secrets: tuple[bytes, ...]) -> None:
    text = render_tap([failed_case])
    block = yaml.safe_load(text.split("---\n")[1].split("  ...")[0])
    assert block["verdict"] == "fail"
    assert block["findings"][0]["expected"] == "success"
    assert not any(secret in text.encode() for secret in secrets)


def test_nothing_ran() -> None:
    assert render_tap([]) == "TAP version 14\n1..0\n"


def test_what_the_rules_say(passed_case: Case, broken: Check) -> None:
    text = render_tap([with_check(passed_case, broken.result)])
    assert "not ok 1" in text
    assert "  rules:\n    - rfc3261/8.1.1.7/magic-cookie\n" in text

"""The result of a check as TAP."""

from collections.abc import Callable

from mcsip.report.check_tap import render_check_tap
from mcsip.report.checked import Check

Golden = Callable[[str, str], None]


def test_every_kind_of_ending(checks: list[Check], golden: Golden) -> None:
    golden("check.tap", render_check_tap(checks))


def test_the_plan_is_the_number_of_points(checks: list[Check]) -> None:
    plan, *points = [
        line for line in render_check_tap(checks).splitlines()[1:] if not line.startswith("  ")
    ]
    assert plan == f"1..{len(points)}"


def test_what_does_not_count_is_no_failure(broken: Check) -> None:
    failed = [
        line.partition(" - ")[2]
        for line in render_check_tap([broken]).splitlines()
        if line.startswith("not ok")
    ]
    assert "\nok 3 - rfc3261/8.1.1.6/hop-limit\n  ---\n  verdict: warn\n" in render_check_tap(
        [broken]
    )
    assert failed == [
        "the source can be read to its end",
        "rfc3261/8.1.1.7/magic-cookie",
        "ts23280/10.6.3.3/order",
    ]


def test_no_secrets(checks: list[Check], secrets: tuple[bytes, ...]) -> None:
    text = render_check_tap(checks)
    assert not any(secret.decode() in text for secret in secrets)
    assert "\x1b" not in text

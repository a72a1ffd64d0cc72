"""The verdict as text: where, expected, observed, hint (style.md, errors)."""

import re
from collections.abc import Callable

from mcsip.report.case import Case
from mcsip.report.verdict import render_summary, render_verdict

Golden = Callable[[str, str], None]


def test_verdicts(cases: list[Case], golden: Golden) -> None:
    golden("verdicts.txt", "\n".join(render_verdict(case) for case in cases))


def test_summary(cases: list[Case], golden: Golden) -> None:
    golden("summary.txt", render_summary(cases))
    assert render_summary([]) == "0 scenarios: nothing ran\n"


def test_colour_changes_nothing_else(failed_case: Case) -> None:
    coloured = render_verdict(failed_case, colour=True)
    assert "\x1b[1;37;41m  FAIL  \x1b[0m" in coloured
    plain = re.sub(r"\x1b\[[0-9;]*m", "", coloured)
    assert plain.split() == render_verdict(failed_case).split()


def test_ascii(cases: list[Case]) -> None:
    assert render_summary(cases, ascii_only=True).isascii()
    assert all(render_verdict(case, ascii_only=True).isascii() for case in cases)


def test_neither_secrets_nor_escapes(failed_case: Case, secrets: tuple[bytes, ...]) -> None:
    text = render_verdict(failed_case)
    assert "\x1b" not in text
    assert not any(secret in text.encode() for secret in secrets)

"""The result of a check as text."""

import re
from collections.abc import Callable

import pytest

from mcsip.report.check_text import render_check, render_check_summary
from mcsip.report.checked import Check

Golden = Callable[[str, str], None]


def test_every_kind_of_ending(checks: list[Check], golden: Golden) -> None:
    golden("check.txt", "\n".join(render_check(check) for check in checks))


def test_quiet(broken: Check, golden: Golden) -> None:
    golden("check-quiet.txt", render_check(broken, quiet=True))


def test_verbose_shows_every_finding_what_passed_and_the_ladder(
    broken: Check, golden: Golden
) -> None:
    text = render_check(broken, verbose=1)
    golden("check-verbose.txt", text)
    assert text.count("Max-Forwards: 70") > render_check(broken).count("Max-Forwards: 70")
    assert "✗ ts23280/10.6.3.3/order" in text


def test_colour_changes_nothing_else(broken: Check, golden: Golden) -> None:
    coloured = render_check(broken, colour=True)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", coloured)
    assert plain.split() == render_check(broken).split()
    golden("check-colour.txt", coloured)


def test_ascii(broken: Check) -> None:
    assert render_check(broken, ascii_only=True, verbose=1).isascii()


@pytest.mark.parametrize("width", [60, 80, 120])
def test_it_fits_but_for_the_table_of_nodes(broken: Check, width: int) -> None:
    text = render_check(broken, width=width).replace(broken.nodes.split("\n")[0], "")
    lines = [
        line for line in text.splitlines() if "P-Asserted-Identity" not in line and "#" not in line
    ]
    assert max(map(len, lines)) <= width


def test_no_secret_and_nothing_that_moves_the_cursor(
    broken: Check, secrets: tuple[bytes, ...]
) -> None:
    text = render_check(broken, verbose=1)
    assert "\x1b" not in text
    assert not any(secret.decode() in text for secret in secrets)


def test_the_summary(checks: list[Check], golden: Golden) -> None:
    golden("check-summary.txt", render_check_summary(checks))
    assert "\x1b[" in render_check_summary(checks, colour=True)
    assert render_check_summary([]) == "0 traces: nothing was checked\n"

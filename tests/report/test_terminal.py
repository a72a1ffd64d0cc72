"""The ladder as text."""

import re
from collections.abc import Callable

import pytest

from mcsip.mc.roles import Role
from mcsip.report.checked import Check
from mcsip.report.ladder import Box, Ladder, Lane, build_ladder
from mcsip.report.terminal import render_diff, render_ladder
from mcsip.scenario.result import DiffRow, Sign
from mcsip.trace import Trace

Golden = Callable[[str, str], None]


def test_the_main_procedure(success: Trace, golden: Golden) -> None:
    golden("ladder-success.txt", render_ladder(build_ladder(success)))


def test_refused_by_the_primary(refused: Trace, golden: Golden) -> None:
    golden("ladder-refused.txt", render_ladder(build_ladder(refused)))


def test_refused_by_a_gateway_and_lost(troubled: Trace, golden: Golden) -> None:
    golden("ladder-troubled.txt", render_ladder(build_ladder(troubled)))


def test_ascii(troubled: Trace, golden: Golden) -> None:
    text = render_ladder(build_ladder(troubled), ascii_only=True)
    assert text.isascii()
    golden("ladder-ascii.txt", text)


def test_every_hop(success: Trace, golden: Golden) -> None:
    golden("ladder-unfolded.txt", render_ladder(build_ladder(success, fold_cores=False)))


def test_colour_changes_nothing_else(refused: Trace, golden: Golden) -> None:
    ladder = build_ladder(refused)
    coloured = render_ladder(ladder, colour=True)
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == render_ladder(ladder)
    golden("ladder-colour.txt", coloured)


@pytest.mark.parametrize("width", [80, 100, 132, 200])
def test_it_fits(success: Trace, refused: Trace, troubled: Trace, width: int) -> None:
    """Seven lanes, as when every node of two systems takes part."""
    for trace in (success, refused, troubled):
        ladder = build_ladder(trace)
        lanes = (*ladder.lanes, Lane("primary.core", "primary", "core", Role.SIP_CORE))
        text = render_ladder(Ladder(lanes, ladder.rows), width=width)
        assert max(len(line) for line in text.splitlines()) <= width
        for name in {row.label for row in ladder.arrows}:
            assert name in text


def test_names_are_whole_at_80_columns(success: Trace) -> None:
    head = render_ladder(build_ladder(success)).splitlines()[:2]
    assert re.findall(r"[a-z-]+", " ".join(head)) == [
        "step", "partner", "primary", "alice-ue", "core", "server", "gateway", "gateway", "server", "code",
    ]  # fmt: skip


def test_long_names_are_broken() -> None:
    lanes = (
        *(Lane(name, "", name, None) for name in ("alice-tablet-ue", "192.0.2.100:5060", "x" * 40)),
        *(
            Lane(f"s.n{number}", "a-system-with-a-long-name", f"n{number}", None)
            for number in range(2)
        ),
    )
    text = render_ladder(Ladder(lanes, (Box(1, 0.0, 1, "2", "", "a check " * 9),)), width=60)
    assert max(len(line) for line in text.splitlines()) <= 60
    assert "x…" in text
    assert "tablet-" in text
    assert text.count("check") == 9


def test_many_lanes_grow_beyond_the_width() -> None:
    lanes = tuple(Lane(f"n{number}", "", f"n{number}", None) for number in range(40))
    assert "n39" in render_ladder(Ladder(lanes, ()), width=80)


def test_nothing_happened() -> None:
    assert render_ladder(build_ladder(Trace())) == ""


def test_what_is_wrong_stands_below_its_arrow(broken: Check) -> None:
    lines = render_ladder(broken.ladder, marks=broken.marks).splitlines()
    at = next(i for i, line in enumerate(lines) if "✗ ts23280/10.6.3.3/order" in line)
    assert "▶" in lines[at - 2]
    assert "✗ rfc3261/8.1.1.6/hop-limit" in lines[at - 1]


def diff_rows(trace: Trace) -> tuple[tuple[Lane, ...], list[DiffRow]]:
    """The main procedure against a list that leaves some out and has two of its own."""
    ladder = build_ladder(trace)
    rows = [
        DiffRow(
            Sign.EXTRA if number % 3 == 2 else Sign.BOTH,
            ladder.lanes[arrow.sender].node,
            ladder.lanes[arrow.receiver].node,
            arrow.label,
            arrow.number,
            arrow.status,
        )
        for number, arrow in enumerate(ladder.arrows)
    ]
    rows.insert(2, DiffRow(Sign.MISSING, "partner.server", "primary.server", "BYE", status=403))
    rows.append(DiffRow(Sign.MISSING, "primary.server", "alice-ue", "INVITE"))
    return ladder.lanes, rows


def test_expected_against_observed(success: Trace, golden: Golden) -> None:
    lanes, rows = diff_rows(success)
    text = render_diff(lanes, rows)
    golden("diff.txt", text)
    assert max(map(len, text.splitlines())) <= 80
    coloured = render_diff(lanes, rows, colour=True)
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == text
    assert render_diff(lanes, rows, ascii_only=True).isascii()
    assert render_diff(lanes, []) == ""

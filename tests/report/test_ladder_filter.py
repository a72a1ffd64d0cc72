"""A part of a ladder."""

import pytest

from mcsip.report.ladder import Arrow, Ladder, build_ladder
from mcsip.report.ladder_filter import filter_ladder, row_text
from mcsip.trace import Trace


def drawn(ladder: Ladder) -> list[str]:
    return [
        f"{ladder.lanes[row.sender].node} {ladder.lanes[row.receiver].node} {row.label}"
        if isinstance(row, Arrow)
        else f"{ladder.lanes[row.lane].node} {row.text}"
        for row in ladder.rows
    ]


def test_rows_that_are_wanted_on_the_lanes_that_they_need(success: Trace) -> None:
    found = filter_ladder(build_ladder(success), lambda text: "gateway" in text)
    assert [lane.node for lane in found.lanes] == [
        "partner.server", "partner.gateway", "primary.gateway", "primary.server",
    ]  # fmt: skip
    assert len(found.rows) == 6
    assert (
        drawn(found)[0] == "partner.server partner.gateway migration-service-authorization-request"
    )


def test_a_core_that_was_passed_is_a_node_of_the_arrow(success: Trace) -> None:
    whole = build_ladder(success)
    found = filter_ladder(whole, lambda text: "partner.core" in text)
    assert [row.via for row in found.arrows] == [(), (1,), (1,)]
    assert drawn(found)[1].startswith("alice-ue partner.server ")


@pytest.mark.parametrize(
    "word", ["200", "step 3", "ts 23.280 10.6.3.3", "udp", "initial authorization check"]
)
def test_what_stands_at_a_row_can_be_asked_for(success: Trace, word: str) -> None:
    whole = build_ladder(success)
    assert any(word in row_text(row, whole).lower() for row in whole.rows)
    assert filter_ladder(whole, lambda text: word in text).rows


def test_lost_messages_can_be_asked_for(troubled: Trace) -> None:
    found = filter_ladder(build_ladder(troubled), lambda text: "lost" in text)
    assert [row.lost for row in found.arrows] == [True]


def test_everything_and_nothing(success: Trace) -> None:
    whole = build_ladder(success)
    assert filter_ladder(whole, lambda _text: True) == whole
    assert filter_ladder(whole, lambda _text: False) == Ladder((), ())

"""Expected against observed: what is in both, what is missing, what is beside it."""

import pytest

from mcsip.exchanges import Exchange
from mcsip.hops import Hop
from mcsip.mc.info import Info
from mcsip.mc.messages import REQUEST, RESPONSE
from mcsip.mc.services import MCPTT
from mcsip.scenario.message_diff import MAX_ROWS, diff_of
from mcsip.scenario.result import DiffRow, Sign
from mcsip.scenario.steps.expect_messages import Wanted
from mcsip.sip.build import build_request

MESSAGE = build_request(
    "MESSAGE", "sip:x@y.example", from_="<sip:a@b.example>;tag=t", to="<sip:x@y.example>", call_id="c", cseq=1
)  # fmt: skip


def seen(number: int, sender: str, receiver: str, message: str = REQUEST) -> Exchange:
    return Exchange(
        (Hop(number, 0.0, sender, receiver, "UDP", MESSAGE, Info(MCPTT, message), 1, 1),)
    )


def want(sender: str, receiver: str, message: str = REQUEST, status: int | None = None) -> Wanted:
    return Wanted(sender, receiver, message, status, ())


def drawn(rows: tuple[DiffRow, ...]) -> str:
    return " ".join(f"{row.sign.value}{row.sender}{row.receiver}" for row in rows)


AB, BC, CA = seen(1, "a", "b"), seen(3, "b", "c"), seen(5, "c", "a", RESPONSE)


@pytest.mark.parametrize(
    ("wanted", "observed", "expected"),
    [
        ([want("a", "b"), want("b", "c")], [AB, BC], "=ab =bc"),
        ([want("a", "b"), want("b", "d"), want("c", "a", RESPONSE)], [AB, BC, CA], "=ab -bd +bc =ca"),
        ([want("b", "c"), want("a", "b")], [AB, BC], "-bc =ab +bc"),
        ([], [AB], "+ab"),
        ([want("a", "b")], [], "-ab"),
        ([], [], ""),
    ],
)  # fmt: skip
def test_in_order(wanted: list[Wanted], observed: list[Exchange], expected: str) -> None:
    assert drawn(diff_of(wanted, observed, in_order=True)) == expected


@pytest.mark.parametrize(
    ("wanted", "observed", "expected"),
    [
        ([want("b", "c"), want("a", "b")], [AB, BC], "=ab =bc"),
        ([want("a", "b"), want("a", "b")], [AB, BC], "=ab +bc -ab"),
    ],
)
def test_in_any_order(wanted: list[Wanted], observed: list[Exchange], expected: str) -> None:
    assert drawn(diff_of(wanted, observed, in_order=False)) == expected


def test_a_row_says_what_was_observed_or_else_what_was_expected() -> None:
    rows = diff_of([want("a", "b", status=403)], [AB], in_order=True)
    assert rows == (
        DiffRow(Sign.MISSING, "a", "b", REQUEST, None, 403),
        DiffRow(Sign.EXTRA, "a", "b", REQUEST, 1, None),
    )


def test_what_is_most_alike_is_paired() -> None:
    """The longest common subsequence, not the first message that fits."""
    wanted = [want("b", "c"), want("a", "b"), want("c", "a", RESPONSE)]
    assert drawn(diff_of(wanted, [AB, CA, BC], in_order=True)) == "-bc =ab =ca +bc"


def test_a_flood_is_cut() -> None:
    assert len(diff_of([], [AB] * (MAX_ROWS + 5), in_order=True)) == MAX_ROWS

"""The rows of the HTML report's ladder: both views over the same lanes, and what was missed."""

from dataclasses import replace

from mcsip.exchanges import find_exchanges
from mcsip.hops import find_hops
from mcsip.report.html_messages import group_messages
from mcsip.report.html_rows import FOLDED, UNFOLDED, Drawing, Plain
from mcsip.report.ladder import build_ladder
from mcsip.scenario.result import DiffRow, ScenarioResult, Sign
from mcsip.trace import Trace
from tests.report.conftest import FAILED, Writer, make_result, step

REQUEST = "migration-service-authorization-request"


def drawing_of(trace: Trace, result: ScenarioResult | None = None) -> Drawing:
    hops = find_hops(trace)
    return Drawing(trace, find_exchanges(trace, hops), group_messages(trace, hops), result)


def shown(rows: list[Plain], view: str) -> list[Plain]:
    return [row for row in rows if row.get("view", view) == view]


def test_both_views_are_the_ladders_of_the_other_reports(success: Trace) -> None:
    rows = drawing_of(success).rows()
    for view, ladder in (
        (FOLDED, build_ladder(success)),
        (UNFOLDED, build_ladder(success, fold_cores=False)),
    ):
        assert [row["number"] for row in shown(rows, view)] == [row.number for row in ladder.rows]


def test_an_arrow_through_a_core_has_the_hops_of_both_sides(success: Trace) -> None:
    drawing = drawing_of(success)
    folded = [row for row in drawing.rows() if row.get("view") == FOLDED]
    assert [(row["label"], len(row["hops"]), row["via"]) for row in folded] == [  # type: ignore[arg-type]  # a list
        (REQUEST, 2, [drawing.index["partner.core"]]),
        ("migration-service-authorization-response", 2, [drawing.index["partner.core"]]),
    ]


def test_a_stray_is_an_arrow_of_its_own() -> None:
    write = Writer()
    write.copy("partner.server", "partner.gateway", "UDP", b"garbage")
    (row,) = drawing_of(write.trace).rows()
    assert row["stray"] is True
    assert row["label"] == "(no SIP)"


def test_what_was_expected_in_vain_stands_after_what_it_was_to_follow(success: Trace) -> None:
    first = find_exchanges(success)[1]
    diff = (
        DiffRow(Sign.BOTH, "alice-ue", "partner.server", REQUEST, first.number, 200),
        DiffRow(Sign.MISSING, "partner.server", "elsewhere", REQUEST, status=403),
        DiffRow(Sign.EXTRA, "partner.server", "partner.gateway", REQUEST, first.number + 9, 200),
    )
    result = make_result(
        success, step(1, "expect_messages", "2 messages", replace(FAILED, diff=diff))
    )
    drawing = drawing_of(success, result)
    rows = shown(drawing.rows(), FOLDED)
    (at,) = [at for at, row in enumerate(rows) if row["kind"] == "missing"]
    assert rows[at - 1]["number"] == first.number
    assert rows[at] == {
        "kind": "missing",
        "number": 0,
        "scenario_step": 1,
        "from": drawing.index["partner.server"],
        "to": drawing.index["elsewhere"],
        "label": REQUEST,
        "status": 403,
    }
    assert [row["number"] for row in rows if row.get("extra")] == [first.number + 9]

"""The ladder's model: TS 23.280 10.6.3.3, figure 10.6.3.3-1."""

from dataclasses import replace

import pytest

from mcsip.mc.roles import Role
from mcsip.report.ladder import Arrow, build_ladder
from mcsip.trace import Direction, Mode, NodeInfo, Peer, Trace
from tests.tracing import Writer


def test_lanes_stand_as_in_the_figure(success: Trace) -> None:
    """Clients, the partner system, the primary system with its gateway facing the partner's."""
    lanes = build_ladder(success).lanes
    assert [lane.node for lane in lanes] == [
        "alice-ue",
        "partner.core",
        "partner.server",
        "partner.gateway",
        "primary.gateway",
        "primary.server",
    ]
    assert [(lane.system, lane.label) for lane in lanes[:2]] == [
        ("", "alice-ue"),
        ("partner", "core"),
    ]


def test_all_twelve_steps_are_there(success: Trace) -> None:
    rows = [row for row in build_ladder(success).rows if row.step]
    assert [row.step for row in rows] == [str(number) for number in range(1, 13)]
    assert {row.clause for row in rows} == {"TS 23.280 10.6.3.3"}


def test_cores_are_folded(success: Trace) -> None:
    ladder = build_ladder(success)
    first = next(arrow for arrow in ladder.arrows if arrow.step == "1")
    assert (first.sender, first.receiver, first.via, first.cores) == (0, 2, (1,), ("partner.core",))
    assert (first.status, first.reason, first.transport) == (200, "OK", "TCP")


def test_cores_can_be_unfolded(success: Trace) -> None:
    arrows = build_ladder(success, fold_cores=False).arrows
    assert [arrow.step for arrow in arrows if arrow.step in ("1", "12")] == ["1", "1", "12", "12"]
    assert len(arrows) == 11


def test_outcome_repetition_and_refusal(refused: Trace) -> None:
    arrows = build_ladder(refused).arrows
    assert [arrow.detail for arrow in arrows if arrow.step == "12"] == [
        "fail: profile-not-permitted"
    ]
    assert [arrow.retransmissions for arrow in arrows if arrow.step == "4"] == [1]
    assert not any(arrow.lost for arrow in arrows)


def test_lost_unanswered_and_refused_at_a_gateway(troubled: Trace) -> None:
    refused, lost, unanswered = build_ladder(troubled).arrows
    assert refused.status == 403
    assert refused.warning == "179 service not authorized with the interconnected system"
    assert (lost.lost, lost.status, lost.retransmissions) == (True, None, 1)
    assert (unanswered.lost, unanswered.status) == (False, None)


def test_a_capture_does_not_show_that_something_never_arrived(troubled: Trace) -> None:
    """It has what was sent only: an answer there is one that came, and no arrow ends in a cross."""
    capture = Trace(troubled.started_at)
    capture.nodes = troubled.nodes
    capture.entries = [entry for entry in troubled.entries if entry.direction is Direction.SENT]
    refused, unanswered, _ = build_ladder(capture).arrows
    assert refused.status == 403
    assert (unanswered.lost, unanswered.status) == (False, None)


@pytest.mark.parametrize(("mode", "lost"), [(Mode.SIMULATED, True), (Mode.SUT, False)])
def test_an_ack_to_a_node_that_is_not_ours_is_not_lost(mode: Mode, lost: bool) -> None:
    writer = Writer()
    writer.trace.add_node(replace(writer.trace.nodes["home.server"], mode=mode))
    writer.hop("away.server", "home.server", None, method="ACK", received=0, status=None)
    writer.hop("home.server", "away.server")
    assert [arrow.lost for arrow in build_ladder(writer.trace).arrows] == [lost, False]


def test_a_message_and_its_answer_in_a_line(refused: Trace, troubled: Trace) -> None:
    arrows = {arrow.step: arrow for arrow in build_ladder(refused).arrows}
    assert arrows["12"].caption == (
        "migration-service-authorization-response: fail: profile-not-permitted"
    )
    assert arrows["4"].caption == "migration-service-authorization-request ×2"
    assert arrows["4"].reply == "200 OK"
    barred, lost, _ = build_ladder(troubled).arrows
    assert barred.reply == (
        "403 Forbidden (179 service not authorized with the interconnected system)"
    )
    assert lost.reply == ""


def test_a_third_system_stands_between() -> None:
    """The clients' home is last, the others in order of appearance; two servers keep their order."""
    trace = Trace()
    names = ["p.gw", "p.s1", "p.s2", "b.gw", "b.s", "c.core", "c.s", "c.gw"]
    roles = {"gw": Role.MC_GATEWAY, "core": Role.SIP_CORE}
    for name in names:
        system, _, short = name.partition(".")
        trace.add_node(NodeInfo(name, system, roles.get(short, Role.MC_SERVER)))
    trace.add_node(NodeInfo("ue", "p", Role.CLIENT))
    for at, name in enumerate(
        ["c.core", "c.s", "c.gw", "b.gw", "b.s", "p.gw", "p.s2", "p.s1", "ue"]
    ):
        trace.append_note(float(at), name, "", "", "")
    lanes = [lane.node for lane in build_ladder(trace).lanes]
    assert lanes == ["ue", "c.core", "c.s", "c.gw", "b.s", "b.gw", "p.gw", "p.s1", "p.s2"]


def test_a_stranger_has_a_lane_at_the_right() -> None:
    """A peer that is no node of the run is named by its address."""
    trace = Trace()
    trace.add_node(NodeInfo("partner.server", "partner", Role.MC_SERVER))
    data = (
        b"OPTIONS sip:x SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKx\r\n"
        b"From: <sip:a>;tag=1\r\nTo: <sip:b>\r\nCall-ID: c\r\nCSeq: 1 OPTIONS\r\n\r\n"
    )
    there, here = Peer("192.0.2.9", 5060), Peer("127.0.0.1", 5060)
    trace.append_entry(0.0, "partner.server", Direction.RECEIVED, "UDP", here, there, data)
    ladder = build_ladder(trace)
    assert [lane.node for lane in ladder.lanes] == ["partner.server", "192.0.2.9:5060"]
    (arrow,) = ladder.rows
    assert isinstance(arrow, Arrow)
    assert (arrow.label, arrow.sender, arrow.receiver) == ("OPTIONS", 1, 0)


def test_secrets_are_not_in_the_model(refused: Trace) -> None:
    trace = Trace()
    trace.append_note(0.0, "n", "", "", "token eyJh.eyJi.c")
    assert build_ladder(trace).boxes[0].text == "token redactedxxx"
    assert build_ladder(Trace()).rows == ()

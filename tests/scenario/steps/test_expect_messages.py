"""Which messages are matched: sets or sequences, others in between or none."""

from pathlib import Path

from mcsip.exchanges import Exchange
from mcsip.hops import Hop
from mcsip.mc.info import Info
from mcsip.mc.messages import REQUEST, RESPONSE
from mcsip.mc.services import MCPTT
from mcsip.scenario.result import Sign, Verdict
from mcsip.scenario.steps.expect_messages import Wanted, match, without_gateways
from mcsip.sip.build import build_request
from mcsip.topology.gateways import StandIns
from mcsip.trace import Mode

from .playing import READY, play, play_as_if

MESSAGE = build_request(
    "MESSAGE", "sip:x@y.example", from_="<sip:a@b.example>;tag=t", to="<sip:x@y.example>", call_id="c", cseq=1
)  # fmt: skip


def seen(sender: str, receiver: str, message: str = REQUEST) -> Exchange:
    hop = Hop(1, 0.0, sender, receiver, "UDP", MESSAGE, Info(MCPTT, message), 1, 1)
    return Exchange((hop,))


def want(sender: str, receiver: str, message: str = REQUEST, status: int | None = None) -> Wanted:
    return Wanted(sender, receiver, message, status, ())


A, B, C = seen("a", "b"), seen("b", "c"), seen("c", "a", RESPONSE)


def test_in_order_others_in_between_do_not_disturb() -> None:
    assert match([want("a", "b"), want("c", "a", RESPONSE)], [A, B, C], in_order=True) == [A, C]
    assert match([want("b", "c"), want("a", "b")], [A, B, C], in_order=True) is None


def test_in_any_order_each_serves_once() -> None:
    assert match([want("b", "c"), want("a", "b")], [A, B, C], in_order=False) == [B, A]
    assert match([want("a", "b"), want("a", "b")], [A, B], in_order=False) is None
    assert match([want("a", "b"), want("a", "b")], [A, B, A], in_order=False) == [A, A]


def test_name_ends_and_status_must_fit() -> None:
    assert not want("a", "b", RESPONSE).fits(A)
    assert not want("a", "c").fits(A)
    assert not want("a", "b", status=200).fits(A)
    assert str(want("a", "b", status=403)) == f"a → b: {REQUEST}, answered 403"


P, Q = frozenset({"p.server", "p.server-2"}), frozenset({"q.server"})
GONE = StandIns({"p.gateway": P, "q.gateway": Q}, {"p.gateway": Q, "q.gateway": P})
ONLY_Q = StandIns({"p.gateway": P}, {"p.gateway": frozenset({"q.gateway", "q.server"})})
CHAIN = (
    want("p.server", "p.gateway"),
    want("p.gateway", "q.gateway"),
    want("q.gateway", "q.server"),
)


def test_without_gateways_one_hop_is_left() -> None:
    """TS 23.280 10.6.3.3 NOTE 3: the servers send to each other."""
    (left,) = without_gateways(CHAIN, GONE)
    assert left.fits(seen("p.server-2", "q.server"))
    assert not left.fits(seen("p.gateway", "q.server"))
    assert str(left) == f"p.gateway → q.gateway: {REQUEST}"


def test_with_one_gateway_two_hops_are_left() -> None:
    first, second = without_gateways(CHAIN, ONLY_Q)
    assert first.fits(seen("p.server", "q.gateway"))
    assert second.fits(seen("q.gateway", "q.server"))


def test_where_only_the_inner_hop_is_told_it_comes_from_another_system() -> None:
    (left,) = without_gateways((want("q.gateway", "q.server"),), GONE)
    assert left.fits(seen("p.server", "q.server"))
    assert not left.fits(seen("q.gateway", "q.server"))
    assert without_gateways((want("p.server", "p.gateway"),), GONE) == ()


def test_with_all_gateways_nothing_changes() -> None:
    assert without_gateways(CHAIN, StandIns()) is CHAIN


def test_a_failure_says_what_was_expected_against_what_was_observed(tmp_path: Path) -> None:
    run = play(
        tmp_path,
        READY
        + """
- migrate: {client: alice-ue, to: partner, profile: 2}
- expect_messages:
    - [alice-ue, partner.server, migration-service-authorization-request]
    - [partner.server, alice-ue, migration-service-authorization-request]
""",
    )
    (finding,) = run.result.findings
    first, second, *rest = finding.diff
    assert first.sign is Sign.BOTH
    assert (second.sign, second.sender) == (Sign.MISSING, "partner.server")
    assert {row.sign for row in rest} == {Sign.EXTRA}


class TestNodesThatAreNotOurs:
    """What cannot be seen, and what is only observed, has the verdict none."""

    STEPS = (
        f"{READY}- migrate: {{client: alice-ue, to: partner, profile: 2}}\n"
        "- expect_messages:\n"
        "    exactly: true\n"
        "    list:\n"
        "      - [alice-ue, partner.server, migration-service-authorization-request]\n"
        "      - [partner.server, partner.gateway, %s]\n"
        "      - [partner.gateway, primary.gateway, migration-service-authorization-request]\n"
    )

    def test_between_two_that_are_not_ours(self, tmp_path: Path) -> None:
        steps = self.STEPS % "migration-trigger"  # it would be missed
        run = play_as_if(tmp_path, steps, partner_server=Mode.SUT, partner_gateway=Mode.SUT)
        findings = run.result.steps[-1].findings
        assert findings[0].verdict is Verdict.NONE
        assert findings[0].message == (
            "partner.server → partner.gateway: migration-trigger: the message is between systems "
            "that are not ours, and not seen"
        )
        assert findings[1].verdict is Verdict.FAIL  # exactly: the others are there

    def test_of_an_observed_one(self, tmp_path: Path) -> None:
        steps = self.STEPS % "migration-trigger"
        run = play_as_if(tmp_path, steps, partner_gateway=Mode.OBSERVED)
        findings = run.result.steps[-1].findings
        assert [finding.verdict for finding in findings[:2]] == [Verdict.NONE] * 2
        assert findings[0].message.endswith("is of an observed system, and not judged")
        assert "partner.gateway" not in findings[2].actual

    def test_one_under_test_is_judged(self, tmp_path: Path) -> None:
        steps = self.STEPS % "migration-trigger"
        run = play_as_if(tmp_path, steps, partner_gateway=Mode.SUT)
        (finding,) = run.result.steps[-1].findings
        assert finding.verdict is Verdict.FAIL

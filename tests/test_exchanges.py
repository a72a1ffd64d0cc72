"""Exchanges: hops through SIP cores as one message, its procedure and step (RFC 3261 16.6)."""

from mcsip.exchanges import find_exchanges
from mcsip.mc.messages import DEAUTHORIZATION, REQUEST, RESPONSE, USER_AUTHORISATION
from mcsip.mc.steps import Procedure

from .tracing import Writer


def test_hops_through_sip_cores_are_one_exchange() -> None:
    writer = Writer()
    writer.hop("ue", "away.core")
    writer.hop("away.core", "away.core-2")
    writer.hop("away.core-2", "away.server")
    (exchange,) = find_exchanges(writer.trace)
    assert (exchange.sender, exchange.receiver, exchange.step) == ("ue", "away.server", "1")
    assert exchange.via == ("away.core", "away.core-2")
    assert len(exchange.hops) == 3


def test_a_core_that_answers_itself_is_the_receiver() -> None:
    writer = Writer()
    writer.hop("ue", "away.core", None, method="REGISTER")
    (exchange,) = find_exchanges(writer.trace)
    assert (exchange.receiver, exchange.message, exchange.label) == ("away.core", None, "REGISTER")


def test_a_core_that_forks_makes_two_exchanges_and_another_call_none() -> None:
    writer = Writer()
    writer.hop("ue", "away.core")
    writer.hop("away.core", "away.server")
    writer.hop("away.core", "away.gateway")
    writer.hop("away.core", "home.server", call="another")
    ends = [(each.sender, each.receiver) for each in find_exchanges(writer.trace)]
    assert ends == [("ue", "away.server"), ("ue", "away.gateway"), ("away.core", "home.server")]


def test_gateways_keep_their_hops_apart_and_every_step_has_its_number() -> None:
    """TS 23.280 10.6.3.3."""
    writer = Writer()
    way = ["away.server", "away.gateway", "home.gateway", "home.server"]
    writer.hop("ue", "away.server", call="1")
    for sender, receiver in zip(way, way[1:], strict=False):  # noqa: RUF007  # reads as the way
        writer.hop(sender, receiver, call="2")
    for sender, receiver in zip(way[::-1], way[-2::-1], strict=False):
        writer.hop(sender, receiver, RESPONSE, call="3")
    writer.hop("away.server", "ue", RESPONSE, call="4")
    steps = [exchange.step for exchange in find_exchanges(writer.trace)]
    assert steps == ["1", "3", "4", "5", "8", "9", "10", "12"]


def test_hops_without_gateways_span_steps() -> None:
    """TS 23.280 10.6.3.3 NOTE 3."""
    writer = Writer()
    writer.hop("away.server", "home.server", call="1")
    writer.hop("home.server", "away.server", RESPONSE, call="2")
    assert [exchange.step for exchange in find_exchanges(writer.trace)] == ["3-5", "8-10"]


def test_sides_of_a_user_with_two_partners() -> None:
    """TS 23.280 10.6.3.3.2.2: the new partner tells the primary, the primary the former one."""
    writer = Writer()
    writer.hop("third.server", "home.gateway", USER_AUTHORISATION, call="1")
    writer.hop("home.gateway", "home.server", USER_AUTHORISATION, call="1")
    writer.hop("home.server", "home.gateway", DEAUTHORIZATION, call="2")
    writer.hop("home.gateway", "away.gateway", DEAUTHORIZATION, call="2")
    writer.hop("away.gateway", "away.server", DEAUTHORIZATION, call="2")
    steps = [exchange.step for exchange in find_exchanges(writer.trace)]
    assert steps == ["1", "1", "1", "2", "3"]


def test_a_partner_that_grants_without_asking_follows_another_clause() -> None:
    """TR 23.700-90 7.X.2: the messages are those of TS 23.280 10.6.3.3, the steps are not."""
    writer = Writer()
    writer.hop("ue", "away.server", REQUEST)
    writer.hop("away.server", "ue", RESPONSE)
    alone = find_exchanges(writer.trace)
    assert [(e.procedure, e.step) for e in alone] == [
        (Procedure.WITHOUT_INTERCONNECTION, "1"),
        (Procedure.WITHOUT_INTERCONNECTION, "2"),
    ]
    writer.hop("away.server", "home.server", REQUEST)
    asked = find_exchanges(writer.trace)
    assert [(e.procedure, e.step) for e in asked] == [
        (Procedure.AUTHORIZATION, "1"),
        (Procedure.AUTHORIZATION, "12"),
        (Procedure.AUTHORIZATION, "3-5"),
    ]

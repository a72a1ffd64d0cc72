"""What single messages say about who sends and who receives them."""

import pytest

from mcsip.capture.evidence import Evidence, Facts
from mcsip.mc.messages import REQUEST
from mcsip.mc.multipart import Part, build_multipart
from mcsip.mc.services import MCPTT
from mcsip.trace import Peer
from tests.capture.crafting import answer, message
from tests.tracing import body

UE, CORE, SERVER = Peer("10.0.0.1", 5060), Peer("10.0.0.2", 5060), Peer("10.0.0.3", 5060)
GATEWAY = Peer("10.0.0.4", 5060)


def taken(*messages: tuple[Peer, Peer, bytes], transport: str = "UDP") -> Evidence:
    evidence = Evidence()
    for source, target, data in messages:
        evidence.take(source, target, transport, data)
    return evidence


def by_via(peer: Peer, method: str = "MESSAGE", **more: str) -> bytes:
    extra = [f"{name.replace('_', '-')}: {value}" for name, value in more.items() if name != "uri"]
    uri = more.get("uri", "sip:server@x.example")
    return message(method, via=f"SIP/2.0/UDP {peer.host}:{peer.port}", uri=uri, extra=extra)


def test_a_registration() -> None:
    """RFC 3261 10.2: Request-URI is the domain, To the address of record."""
    register = by_via(UE, "REGISTER", uri="sip:x.example")
    facts = taken((UE, CORE, register), (CORE, UE, answer(register))).facts
    assert facts[UE].registers == 1
    assert list(facts[UE].identities) == ["sip:bob@partner.example"]
    assert facts[CORE].registrations == 1
    assert facts[CORE].domains.most_common(1)[0][0] == "x.example"
    assert list(facts) == [UE, CORE]


def test_a_registration_that_is_passed_on_is_the_first_sender_s() -> None:
    register = by_via(UE, "REGISTER", uri="sip:x.example")
    onward = register.replace(b"\r\nMax", b"\r\nVia: SIP/2.0/UDP 10.0.0.9\r\nMax")
    facts = taken((CORE, SERVER, onward.replace(b"10.0.0.1:5060", b"10.0.0.2:5060"))).facts
    assert (facts[CORE].registers, facts[CORE].forwarded) == (0, 1)


def test_preferred_and_asserted_identities() -> None:
    preferring = by_via(UE, P_Preferred_Identity="<sip:alice@x.example>")
    asserting = by_via(SERVER, P_Asserted_Identity="<sip:server@y.example>")
    facts = taken((UE, CORE, preferring), (SERVER, GATEWAY, asserting)).facts
    assert (facts[UE].preferred, facts[UE].asserted) == (1, 0)
    assert (facts[SERVER].preferred, facts[SERVER].asserted) == (0, 1)
    assert facts[SERVER].domains["y.example"] == 3


def test_what_is_passed_on_is_known_by_its_vias_or_its_tag() -> None:
    """RFC 3261 16.6 item 8; a hidden Via leaves the From tag (12.1.1)."""
    first = by_via(SERVER, P_Asserted_Identity="<sip:server@x.example>")
    hidden = by_via(GATEWAY, P_Asserted_Identity="<sip:gateway@x.example>")
    shown = first.replace(b"Via: ", b"Via: SIP/2.0/UDP 10.0.0.4:5060;branch=z9hG4bKq\r\nVia: ")
    for onward in (hidden, shown):
        facts = taken((SERVER, GATEWAY, first), (GATEWAY, CORE, onward)).facts
        assert (facts[SERVER].forwarded, facts[SERVER].originated) == (0, 1)
        assert (facts[GATEWAY].forwarded, facts[GATEWAY].originated) == (1, 0)
    facts = taken((SERVER, GATEWAY, first), (GATEWAY, CORE, hidden)).facts
    assert list(facts[GATEWAY].identities) == ["sip:gateway@x.example"]


def test_who_hides_the_via_of_what_is_passed_on_is_told_from_a_proxy() -> None:
    """RFC 3261 16.6 item 8: a proxy adds a Via, and takes none away."""
    first = by_via(SERVER)
    shown = first.replace(b"Via: ", b"Via: SIP/2.0/UDP 10.0.0.4:5060;branch=z9hG4bKq\r\nVia: ")
    for onward, covered in ((by_via(GATEWAY), 1), (shown, 0)):
        facts = taken((SERVER, GATEWAY, first), (GATEWAY, CORE, onward)).facts
        assert (facts[GATEWAY].forwarded, facts[GATEWAY].covered) == (1, covered)


def test_a_service_is_told_by_body_or_fields() -> None:
    """TS 24.379 10.1.4.2.1: also a request that has no info body of its own names the ICSI."""
    plain = by_via(UE)
    named = by_via(UE, P_Preferred_Service=MCPTT.icsi)
    parts = build_multipart([Part(MCPTT.content_type, body(REQUEST)), Part("text/plain", b"x")])
    several = message(body=parts[1], extra=[f"Content-Type: {parts[0]}"])
    for data, services in ((plain, {}), (named, {"mcptt": 1}), (several, {"mcptt": 1})):
        facts = taken((UE, CORE, data)).facts
        assert facts[UE].services == facts[CORE].services == services


@pytest.mark.parametrize(
    ("asserted", "fetched"), [("sip:v@away.example", 1), ("sip:server@away.example", 0)]
)
def test_who_passes_a_clients_token_on_serves_clients(asserted: str, fetched: int) -> None:
    """A SIP core asserts the user, a server that has not kept the token to itself asserts itself."""
    token = b"<mcptt-access-token><mcpttString>t</mcpttString></mcptt-access-token>"
    info = body(REQUEST).replace(b"<mcptt-Params>", b"<mcptt-Params>" + token)
    fields = [f"Content-Type: {MCPTT.content_type}", f"P-Asserted-Identity: <{asserted}>"]
    via = "SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bKq, SIP/2.0/UDP 10.0.0.1:5060"
    onward = message(body=info, extra=fields, via=via, uri="sip:server@away.example")
    facts = taken((CORE, SERVER, onward)).facts[CORE]
    assert (facts.fetched, facts.tokens) == (fetched, 0)
    assert facts.domains["away.example"] == 5 * fetched
    own = taken((CORE, SERVER, message(body=info, extra=fields))).facts[CORE]
    assert (own.fetched, own.tokens) == (0, 0), "who asserts an identity is no client"


def test_another_call_id_is_no_proxys() -> None:
    first = message(call_id="inner", via="SIP/2.0/UDP 10.0.0.3:5060")
    kept = b"Via: SIP/2.0/UDP 10.0.0.4:5060;branch=z9hG4bKq\r\nVia: "
    for name, covered in ((b"inner", 0), (b"outer", 1)):
        onward = first.replace(b"Via: ", kept).replace(b"Call-ID: inner", b"Call-ID: " + name)
        facts = taken((SERVER, GATEWAY, first), (GATEWAY, CORE, onward)).facts
        assert (facts[GATEWAY].forwarded, facts[GATEWAY].covered) == (1, covered)


def test_what_a_proxy_makes_anew_is_not_passed_on_as_its_own() -> None:
    """RFC 3261 16.10, 17.1.1.3: CANCEL and the ACK of a refusal go from hop to hop."""
    for method, covered in (("CANCEL", 0), ("ACK", 0), ("BYE", 1)):
        seen = [(UE, CORE, by_via(UE, method)), (CORE, SERVER, by_via(CORE, method))]
        assert taken(*seen).facts[CORE].covered == covered, method


def test_a_tag_that_is_used_again_is_that_of_the_last_call() -> None:
    old, new = message(call_id="old"), message(call_id="new").replace(b"tag=fnew", b"tag=fold")
    kept = b"Via: SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bKq\r\nVia: "
    onward = new.replace(b"Via: ", kept)
    facts = taken((UE, CORE, old), (UE, CORE, new), (CORE, SERVER, onward)).facts
    assert (facts[CORE].forwarded, facts[CORE].covered) == (1, 0)


def test_a_connection_that_was_met_before_its_owner_spoke_is_its_owners() -> None:
    """A capture begins while connections are open; RFC 3261 18.1.1 tells later whose they are."""
    connection = Peer(UE.host, 40_000)
    evidence = taken(
        (CORE, connection, by_via(CORE, uri="sip:alice@x.example")),
        (connection, CORE, by_via(UE, P_Preferred_Identity="<sip:alice@x.example>")),
        transport="TCP",
    )
    assert list(evidence.facts) == [CORE, connection, UE]
    assert evidence.join() == {connection: UE}
    assert list(evidence.facts) == [CORE, UE]
    facts = evidence.facts[UE]
    assert (facts.preferred, list(facts.asked)) == (1, ["sip:alice@x.example"])
    assert evidence.join() == {}


def test_a_route_names_a_proxy() -> None:
    """Its domain is that of the server that sends by it; Request-URI may name a visitor."""
    visitor = by_via(
        SERVER, Route="<sip:10.0.0.2;lr>", P_Asserted_Identity="<sip:server@y.example>"
    )
    assert taken((SERVER, CORE, visitor)).facts[CORE].domains == {"y.example": 1}
    routed = by_via(UE, Route="<sip:10.0.0.2;lr>")
    facts = taken((UE, CORE, routed), (UE, SERVER, by_via(UE))).facts
    assert (facts[CORE].routed, list(facts[CORE].asked)) == (1, [])
    assert (facts[SERVER].routed, list(facts[SERVER].asked)) == (0, ["sip:server@x.example"])


def test_a_connection_belongs_to_the_sent_by_of_its_requests() -> None:
    """RFC 3261 18.1.1: sent-by is where the sender listens."""
    ephemeral = Peer(UE.host, 40_000)
    evidence = taken((ephemeral, CORE, by_via(UE)), transport="TCP")
    assert evidence.endpoint_of(ephemeral, udp=False) == UE
    assert evidence.endpoint_of(ephemeral, udp=True) == ephemeral
    assert list(evidence.facts) == [UE, CORE]


def test_sent_by_of_another_network_is_not_believed() -> None:
    """A translator of addresses stands between."""
    outside = Peer("192.0.2.1", 40_000)
    evidence = taken((outside, CORE, by_via(UE)))
    assert list(evidence.facts) == [outside, CORE]


def test_a_host_name_in_sent_by_is_kept() -> None:
    named = message(via="SIP/2.0/TLS Server.X.example", uri="sip:x.example")
    evidence = taken((Peer("10.0.0.3", 40_000), CORE, named), transport="TLS")
    facts = evidence.facts[Peer("10.0.0.3", 5061)]
    assert list(facts.hosts) == ["server.x.example"]


def test_what_is_no_message_says_nothing() -> None:
    broken = b"MESSAGE sip:x SIP/2.0\r\nVia: nonsense\r\n\r\n"
    assert taken((UE, CORE, b"\x80"), (UE, CORE, broken)).facts == {}


def test_facts_begin_empty() -> None:
    facts = Facts(UE, 0)
    assert not facts.registers
    assert not facts.domains

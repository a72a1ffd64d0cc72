"""Locating SIP servers: the rows of RFC 3263 4.1 and 4.2, the order of RFC 2782."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from random import Random

import pytest

from mcsip.sip.locate import (
    MAX_RECORDS,
    Kind,
    Locator,
    Naptr,
    Question,
    Records,
    Server,
    Srv,
    Wanted,
    in_order,
    locate,
)
from mcsip.sip.transport_rules import Target
from mcsip.sip.uri import SipUri, parse_uri

ALL = ("TCP", "UDP", "TLS")
Zone = Mapping[tuple[Kind, str], Records]
ONE, TWO, SIX = "192.0.2.1", "192.0.2.2", "2001:db8::6"
ZONE: Zone = {
    (Kind.ADDRESS, "p.example"): [ONE],
    (Kind.ADDRESS, "a.p.example"): [ONE, SIX],
    (Kind.ADDRESS, "b.p.example"): [TWO],
}


def ask(
    wanted: Wanted, zone: Zone, spoken: Sequence[str] = ALL
) -> tuple[list[Server], list[Question]]:
    """Answer every question from a zone; return what was found, and what was asked."""
    search = locate(wanted, spoken)
    asked = []
    try:
        question = next(search)
        while True:
            asked.append(question)
            question = search.send(zone.get((question.kind, question.name), []))
    except StopIteration as end:
        return end.value, asked


def found(wanted: Wanted, zone: Zone, spoken: Sequence[str] = ALL) -> list[Target]:
    return in_order(ask(wanted, zone, spoken)[0], lambda total: 0)


def srv(transport: str, *records: Srv, host: str = "p.example") -> Zone:
    prefix = {"UDP": "_sip._udp", "TCP": "_sip._tcp", "TLS": "_sips._tcp"}[transport]
    return {(Kind.SRV, f"{prefix}.{host}"): records}


@pytest.mark.parametrize(
    ("wanted", "transport"),
    [
        (Wanted("p.example", 5070), "UDP"),
        (Wanted("p.example", 5070, "TCP"), "TCP"),
        (Wanted("p.example", 5070, "TLS"), "TLS"),
    ],
)
def test_a_port_means_addresses_only(wanted: Wanted, transport: str) -> None:
    """4.1, 4.2: with a port there is neither NAPTR nor SRV; UDP where no transport is written."""
    zone = {**ZONE, **srv(transport, Srv(0, 0, 9, "b.p.example"))}
    servers, asked = ask(wanted, zone)
    assert [server.targets for server in servers] == [(Target(transport, ONE, 5070),)]
    assert asked == [Question(Kind.ADDRESS, "p.example")]


@pytest.mark.parametrize("transport", ["UDP", "TCP", "TLS"])
def test_a_transport_means_its_srv(transport: str) -> None:
    """4.2: no NAPTR where the transport is written."""
    zone = {**ZONE, **srv(transport, Srv(0, 0, 5099, "b.p.example"))}
    servers, asked = ask(Wanted("p.example", None, transport), zone)
    assert [server.targets for server in servers] == [(Target(transport, TWO, 5099),)]
    assert [question.kind for question in asked] == [Kind.SRV, Kind.ADDRESS]


@pytest.mark.parametrize(("transport", "port"), [("UDP", 5060), ("TCP", 5060), ("TLS", 5061)])
def test_no_srv_means_addresses_at_the_default_port(transport: str, port: int) -> None:
    """4.2."""
    assert found(Wanted("p.example", None, transport), ZONE) == [Target(transport, ONE, port)]


NAPTR: Zone = {
    **ZONE,
    (Kind.NAPTR, "p.example"): [
        Naptr(90, 50, "s", "SIP+D2U", "_sip._udp.p.example"),
        Naptr(50, 60, "s", "SIP+D2T", "_sip._tcp.p.example"),
        Naptr(50, 50, "S", "sips+d2t", "_sips._tcp.p.example"),
        Naptr(10, 10, "s", "SIP+D2S", "_sip._sctp.p.example"),
        Naptr(10, 10, "u", "SIP+D2U", "_sip._udp.b.example"),
    ],
    **srv("UDP", Srv(0, 0, 5060, "a.p.example")),
    **srv("TCP", Srv(0, 0, 5062, "a.p.example")),
    **srv("TLS", Srv(0, 0, 5061, "b.p.example")),
}


@pytest.mark.parametrize(
    ("spoken", "expected"),
    [
        (("UDP", "TCP", "TLS"), Target("TLS", TWO, 5061)),
        (("UDP", "TCP"), Target("TCP", ONE, 5062)),
        (("UDP",), Target("UDP", ONE, 5060)),
    ],
)
def test_naptr_by_order_and_preference(spoken: Sequence[str], expected: Target) -> None:
    """4.1: the services that we do not speak are left out, then the lowest order wins."""
    assert found(Wanted("p.example"), NAPTR, spoken)[0] == expected


def test_naptr_whose_srv_is_missing_gives_way_to_the_next() -> None:
    zone = {key: value for key, value in NAPTR.items() if key[1] != "_sips._tcp.p.example"}
    assert found(Wanted("p.example"), zone)[0] == Target("TCP", ONE, 5062)


def test_no_naptr_means_srv_of_what_we_speak() -> None:
    """4.1: a query for each transport; what we like best is taken."""
    zone = {
        **ZONE,
        **srv("UDP", Srv(0, 0, 5060, "a.p.example")),
        **srv("TLS", Srv(0, 0, 5061, "b.p.example")),
    }
    assert found(Wanted("p.example"), zone, ("TCP", "UDP", "TLS"))[0].transport == "UDP"
    assert found(Wanted("p.example"), zone, ("TLS", "UDP"))[0].transport == "TLS"


@pytest.mark.parametrize(
    ("spoken", "expected"),
    [(ALL, Target("UDP", ONE, 5060)), (("TLS",), Target("TLS", ONE, 5061))],
)
def test_neither_naptr_nor_srv_means_udp(spoken: Sequence[str], expected: Target) -> None:
    """4.1: the addresses of the domain, by UDP; where we do not speak it, by what we like best."""
    assert found(Wanted("p.example"), ZONE, spoken) == [expected]


def test_all_addresses_of_a_server_count() -> None:
    """4.2: A and AAAA."""
    zone = {**ZONE, **srv("TCP", Srv(0, 0, 1, "a.p.example"))}
    expected = [Target("TCP", ONE, 1), Target("TCP", SIX, 1)]
    assert found(Wanted("p.example", None, "TCP"), zone) == expected


def test_a_domain_may_say_that_it_has_no_such_service() -> None:
    """RFC 2782: the target '.'."""
    zone = {**srv("TCP", Srv(0, 0, 0, "."))}
    assert found(Wanted("p.example", None, "TCP"), zone) == []


def test_nothing_is_found() -> None:
    assert found(Wanted("q.example"), ZONE) == []


def test_answers_are_bounded() -> None:
    many = [f"192.0.2.{n}" for n in range(200)]
    assert len(found(Wanted("m.example", 1), {(Kind.ADDRESS, "m.example"): many})) == MAX_RECORDS


def server(priority: int, weight: int, name: str) -> Server:
    return Server(priority, weight, (Target("TCP", name, 1),))


def names(servers: list[Server], draw: Callable[[int], int]) -> str:
    return "".join(target.host for target in in_order(servers, draw))


def test_priority_comes_before_weight() -> None:
    """RFC 2782: the lowest number first, whatever is drawn."""
    servers = [server(20, 100, "c"), server(10, 0, "a"), server(15, 5, "b")]
    random = Random(1)
    for _ in range(20):
        assert names(servers, lambda total: random.randint(0, total)) == "abc"


@pytest.mark.parametrize(
    ("drawn", "order"),
    [((0, 0, 0), "zab"), ((1, 0, 0), "azb"), ((3, 0, 0), "azb"), ((4, 3), "baz")],
)
def test_weight_is_a_share(drawn: tuple[int, ...], order: str) -> None:
    """RFC 2782: running sums, those of weight 0 first, and the first sum that is not below."""
    servers = [server(1, 3, "a"), server(1, 5, "b"), server(1, 0, "z")]
    given = iter((*drawn, 0, 0))
    assert names(servers, lambda total: next(given)) == order


def test_shares_over_many_draws() -> None:
    random = Random(1)
    servers = [server(1, 75, "a"), server(1, 25, "b")]
    first = Counter(names(servers, lambda total: random.randint(0, total))[0] for _ in range(4000))
    assert 0.70 < first["a"] / 4000 < 0.85


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        (Wanted("p.example"), "sip:p.example"),
        (Wanted("p.example", 5070, "TLS"), "sip:p.example:5070;transport=tls"),
    ],
)
def test_how_it_is_shown(wanted: Wanted, text: str) -> None:
    assert str(wanted) == text


@pytest.mark.parametrize(
    ("uri", "target"),
    [
        ("sip:a@192.0.2.1", Target("UDP", "192.0.2.1", 5060)),
        ("sip:a@192.0.2.1:5070;transport=TCP", Target("TCP", "192.0.2.1", 5070)),
        ("sip:a@[2001:db8::1]", Target("UDP", "2001:db8::1", 5060)),
        ("sips:a@192.0.2.1", Target("TLS", "192.0.2.1", 5061)),
        ("sips:a@192.0.2.1;transport=tcp", Target("TLS", "192.0.2.1", 5061)),
        ("sip:a@x.example;maddr=192.0.2.9", Target("UDP", "192.0.2.9", 5060)),
        ("sip:a@192.0.2.1;transport=ws", None),
        ("sip:a@192.0.2.1;transport=sctp", None),
    ],
)
def test_where_a_uri_is_reached(uri: str, target: Target | None) -> None:
    """RFC 3261 19.1.2 (default ports), 26.2.2 (SIPS over TLS), 8.1.2."""
    parsed = parse_uri(uri)
    assert isinstance(parsed, SipUri)
    assert Locator("UDP", "TCP", "TLS")(parsed) == target


def test_a_node_without_udp() -> None:
    uri = parse_uri("sip:a@192.0.2.1")
    assert isinstance(uri, SipUri)
    assert Locator("TCP", preferred="TCP")(uri) == Target("TCP", "192.0.2.1", 5060)
    assert Locator("TCP")(uri) is None

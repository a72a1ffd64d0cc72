"""Found at a review, with captures as strangers make them: right traffic that was called wrong.

Exchanges and border elements of ordinary telephony were taken for MC servers and gateways, and owed
topology hiding; where a capture began in the middle, or showed one place only, gateways and servers
looked as if they had invented what they sent, or kept what they passed on.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from mcsip.capture import open_source
from mcsip.cli.judge import Demand, judge
from mcsip.conformance.catalogue import RULES
from mcsip.conformance.views import Release
from mcsip.mc.roles import Role
from mcsip.report.pcap import FILE_HEADER, Packets
from mcsip.report.wire import WireMessage, wire_messages
from tests.capture.crafting import Address, frames, ipv4, pcap, udp
from tests.conformance.bases import Shipped, run_shipped

FAR_APART = "onward/there-and-back"
"""Three systems, two stays, every message of migration."""
HOSTS = ("pbx.a.example", "edge.a.example", "edge.b.example", "pbx.b.example")
ADDRESSES: tuple[Address, ...] = tuple((f"10.{n}.0.1", 5060) for n in range(1, 5))


def broken(path: Path, capture: bytes) -> list[str]:
    """Return what a capture is found to break, strictly, where nothing says who is who."""
    path.write_bytes(capture)
    check = judge(open_source(path), Demand(RULES, Release.R18, strict=True))
    return [f"{each.rule.id}, {each.number}: {each.actual}" for each in check.result.findings]


# --- ordinary telephony ---------------------------------------------------------------------------

Vias = Callable[[int], list[str]]


def shown(hop: int) -> list[str]:
    """Return the Via values on a hop through proxies (RFC 3261 16.6 item 8)."""
    return [
        f"SIP/2.0/UDP {HOSTS[n]};branch=z9hG4bK{n}"
        + (f";received={ADDRESSES[n][0]}" if n < hop else "")
        for n in reversed(range(hop + 1))
    ]


def own(hop: int) -> list[str]:
    """Return the one Via on a hop through border elements that are no proxies."""
    return [f"SIP/2.0/UDP {HOSTS[hop]};branch=z9hG4bK{hop}"]


def trunk(vias: Vias, *, call_ids: bool) -> bytes:
    """Return a capture of an OPTIONS from one exchange to another, through two border elements.

    Args:
        vias: the Via values on each hop.
        call_ids: whether every hop has a Call-ID of its own.
    """

    def fields(hop: int, tag: str = "") -> list[str]:
        return [
            "From: <sip:pbx@a.example>;tag=one",
            f"To: <sip:pbx@b.example>{tag}",
            f"Call-ID: {hop if call_ids else 0}@call",
            "CSeq: 7 OPTIONS",
        ]

    def octets(start: str, hop: int, values: Sequence[str], more: Sequence[str]) -> bytes:
        lines = [start, *(f"Via: {value}" for value in values), *more, "Content-Length: 0"]
        return "\r\n".join(lines).encode() + b"\r\n\r\n"

    packets = []
    for hop in range(3):
        more = [
            f"Max-Forwards: {70 - hop}",
            *fields(hop),
            "P-Asserted-Identity: <sip:pbx@a.example>",
        ]
        data = octets("OPTIONS sip:pbx@b.example SIP/2.0", hop, vias(hop), more)
        ends = ADDRESSES[hop], ADDRESSES[hop + 1]
        packets.append(ipv4(udp(data, *ends), source=ends[0], target=ends[1]))
    for hop in reversed(range(3)):
        top, *below = vias(hop)
        values = [f"{top};received={ADDRESSES[hop][0]}", *below]
        data = octets("SIP/2.0 200 OK", hop, values, [*fields(hop, ";tag=two"), "Allow: OPTIONS"])
        ends = ADDRESSES[hop + 1], ADDRESSES[hop]
        packets.append(ipv4(udp(data, *ends), source=ends[0], target=ends[1]))
    return pcap(frames(packets))


@pytest.mark.parametrize(
    ("vias", "call_ids"), [(shown, False), (own, False), (own, True)], ids=["proxy", "hides", "b2b"]
)
def test_exchanges_behind_border_elements_owe_nothing_of_mc(
    tmp_path: Path, vias: Vias, call_ids: bool
) -> None:
    path = tmp_path / "trunk.pcap"
    assert broken(path, trunk(vias, call_ids=call_ids)) == []
    roles = {node.role for node in open_source(path).trace.nodes.values()}
    assert roles.isdisjoint({Role.MC_SERVER, Role.MC_GATEWAY})


# --- migrations, seen in part ---------------------------------------------------------------------


def messages(scenario: str) -> list[WireMessage]:
    """Return what went over the wire in a run."""
    return wire_messages(run_shipped(Shipped(scenario=scenario)))


def written(seen: Sequence[WireMessage]) -> bytes:
    """Return a capture of some messages."""
    packets = Packets(0.0)
    return FILE_HEADER + b"".join(packets.of(message) for message in seen)


@pytest.mark.slow
@pytest.mark.parametrize(
    "scenario",
    [FAR_APART, "calls/cancelled", "calls/from-visitor", "authorization/refused-wrong-tokens"],
)
def test_a_capture_may_begin_and_end_anywhere(tmp_path: Path, scenario: str) -> None:
    whole = messages(scenario)
    path = tmp_path / "part.pcap"
    parts = [whole[n:] for n in range(len(whole))] + [whole[:-n] for n in range(2, len(whole))]
    assert len(parts) > 30
    assert {text for part in parts for text in broken(path, written(part))} == set()


@pytest.mark.slow
@pytest.mark.parametrize(
    "scenario", [FAR_APART, "data/sent-back", "calls/cancelled", "onward/refused"]
)
def test_a_capture_may_show_one_place_or_leave_one_out(tmp_path: Path, scenario: str) -> None:
    whole = messages(scenario)
    path = tmp_path / "part.pcap"
    pairs = {frozenset({each.source.host, each.target.host}) for each in whole}
    places = [frozenset({host}) for pair in pairs for host in pair]
    for place in {*pairs, *places}:
        near = [each for each in whole if place <= {each.source.host, each.target.host}]
        far = [each for each in whole if not place <= {each.source.host, each.target.host}]
        for part in (near, far):
            assert broken(path, written(part)) == [], sorted(place)

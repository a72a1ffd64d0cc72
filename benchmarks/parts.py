"""Where the CPU time of a procedure, and of a relay, goes: shares by part, from a profile.

A profiler slows small functions down more than large ones, so these are shares to compare, and no
microseconds. What the interpreter and libraries written in C do counts for whoever called them.
"""

import cProfile
import pstats
from functools import cache

from benchmarks import flows, gateway, relay
from benchmarks.crowding import loopback
from mcsip.trace import Peer

#: Parts by the beginning of a path within the package; the first that fits counts.
_PARTS = (
    ("mcsip/sip/proxy/", "proxy and topology hiding"),
    ("mcsip/sip/parse", "SIP: reading messages"),
    ("mcsip/sip/trans", "SIP: transactions, timers"),
    ("mcsip/sip/t", "SIP: transactions, timers"),
    ("mcsip/sip/client_side", "SIP: transactions, timers"),
    ("mcsip/sip/server_side", "SIP: transactions, timers"),
    ("mcsip/sip/stack", "SIP: transactions, timers"),
    ("mcsip/sip/matching", "SIP: transactions, timers"),
    ("mcsip/sip/", "SIP: fields, building, checks"),
    ("mcsip/mc/jws", "access tokens"),
    ("mcsip/mc/tokens", "access tokens"),
    ("/jwt/", "access tokens"),
    ("mcsip/mc/", "info bodies, identities"),
    ("mcsip/migration/", "decisions, records, store"),
    ("mcsip/store/", "decisions, records, store"),
    ("mcsip/net/", "network"),
    ("mcsip/nodes/", "nodes"),
)
_REST = "event loop and the rest"


def measure(flows_wanted: int = 200) -> dict[str, float]:
    """Return the share of each part of a flow, from 0 to 1, the largest first."""
    profile = cProfile.Profile()
    flows.measure(flows_wanted, profile=profile)
    stats: gateway.Stats = pstats.Stats(profile).stats  # type: ignore[attr-defined]  # no stub
    return shares(stats)


def measure_relay(transactions: int = 3000) -> dict[str, float]:
    """Return the share of each part of a relay that hides its topology."""
    return shares(_relay_profile(transactions))


def largest_of_relay(transactions: int = 3000) -> tuple[str, float]:
    """Return the function of a relay that takes most by itself, and its share."""
    stats = _relay_profile(transactions)
    whole = sum(entry[2] for entry in stats.values())
    (_, _, name), entry = max(stats.items(), key=lambda item: item[1][2])
    return name, entry[2] / whole


@cache
def _relay_profile(transactions: int) -> gateway.Stats:
    with loopback() as inner, loopback() as outer:
        ours, theirs = Peer(*inner.getsockname()), Peer(*outer.getsockname())
        with gateway.profiled_gateway(ours, theirs) as child:
            messages = relay.prepared(transactions, ours)
            relay.run(messages, inner, outer, child.address, 50)
            return child.profile()


def shares(stats: gateway.Stats) -> dict[str, float]:
    """Return the share of each part in a profile, from 0 to 1, the largest first."""
    found: dict[str, float] = {}
    for (file, _, _), (_, _, own_s, _, callers) in stats.items():
        places = [(file, own_s)]
        if file == "~":
            places = [(caller[0], figures[2]) for caller, figures in callers.items()]
        for place, seconds in places:
            part = next((name for begin, name in _PARTS if begin in place), _REST)
            found[part] = found.get(part, 0.0) + seconds
    whole = sum(found.values())
    return {
        part: seconds / whole for part, seconds in sorted(found.items(), key=lambda item: -item[1])
    }

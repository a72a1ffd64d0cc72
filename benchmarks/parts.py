"""Where the CPU time of a complete procedure goes: shares by part, from a profile.

A profiler slows small functions down more than large ones, so these are shares to compare, and no
microseconds. What the interpreter and libraries written in C do counts for whoever called them.
"""

import cProfile
import pstats

from benchmarks import flows

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
    """Return the share of each part, from 0 to 1, the largest first."""
    profile = cProfile.Profile()
    flows.measure(flows_wanted, profile=profile)
    shares: dict[str, float] = {}
    # what pstats holds: by (file, line, name): calls, calls, own seconds, seconds, callers
    for (file, _, _), (_, _, own_s, _, callers) in pstats.Stats(profile).stats.items():  # type: ignore[attr-defined]  # no stub
        places = [(file, own_s)]
        if file == "~":
            places = [(caller[0], figures[2]) for caller, figures in callers.items()]
        for place, seconds in places:
            part = next((name for begin, name in _PARTS if begin in place), _REST)
            shares[part] = shares.get(part, 0.0) + seconds
    whole = sum(shares.values())
    return {
        part: seconds / whole for part, seconds in sorted(shares.items(), key=lambda item: -item[1])
    }

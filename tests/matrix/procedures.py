"""The procedures of the matrix, and the settings they run in.

Every procedure that touches records is here: authorization, the same again, another profile, return
home, onward, however the client came to ask (by itself, told by the primary, for where it is), and
the activation of a functional alias, which is good for one stay. They run interconnected, with
gateways on both sides, one or none; interconnected with grants on failure; and not interconnected.

Left out: calls, short data and media, which read records and change none; tls, which is tcp to a
network in memory; identity management, which the network in memory does not carry (tokens are
handed over, so nothing can go wrong on the way); several servers in a system, where each user has
one server, and the other holds no record of the user; an agreement withdrawn while a user is away,
because a topology does not change while it runs; two troubles in one run, so that nobody asks in
vain more than once; home and at once back to the same partner, where a known fault is open: a
partner that has not yet got the de-authorization answers success again, and then ends the stay, so
that the user was told success and is at home (the records agree).
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from mcsip.migration.geography import Position
from mcsip.migration.records import Basis
from mcsip.topology import Topology
from tests.nodes.world import ALICE, make_topology

PARTNERS = ("partner", "other")
ALIAS = "sip:dispatch@partner.example"
PLACES = {"primary": Position(0, 0), "partner": Position(0, 2), "other": Position(0, 4)}
"""The middle of each system's service area."""


class Way(StrEnum):
    """What a leg is."""

    ASKS = "asks"
    """The client asks by itself."""
    TOLD = "told"
    """The primary tells the client, which is at home, to go."""
    MOVES = "moves"
    """The client leaves the area of one system for that of another."""
    ALIAS = "alias"
    """The client goes nowhere: it activates a functional alias where it is."""


class Leg(NamedTuple):
    """One thing that the user does: go to a system, or be known by an alias there.

    Attributes:
        to: name of the system where the user is afterwards.
        way: how.
        profile: index of the user profile that it asks for.
    """

    to: str
    way: Way = Way.ASKS
    profile: int = 2


HOME, PARTNER, OTHER = Leg("primary"), Leg("partner"), Leg("other")


@dataclass(frozen=True)
class Procedure:
    """What the user does.

    Attributes:
        name: its name.
        legs: what the user does, one after the other.
        given: what the user did before, without trouble.
    """

    name: str
    legs: tuple[Leg, ...]
    given: tuple[Leg, ...] = ()


PROCEDURES = {
    procedure.name: procedure
    for procedure in (
        Procedure("authorization", (PARTNER,)),
        Procedure("return home", (HOME,), (PARTNER,)),
        Procedure("asked again where it is", (PARTNER,), (PARTNER,)),
        Procedure("another profile where it is", (Leg("partner", profile=3),), (PARTNER,)),
        Procedure("on to a third system", (OTHER,), (PARTNER,)),
        Procedure("B, C, B, home", (PARTNER, OTHER, PARTNER, HOME)),
        Procedure("triggered by the primary", (Leg("partner", Way.TOLD),)),
        Procedure(
            "out of one area into another",
            (Leg("partner", Way.MOVES), Leg("other", Way.MOVES), Leg("primary", Way.MOVES)),
        ),
        Procedure("functional alias", (Leg("partner", Way.ALIAS),), (PARTNER,)),
        Procedure("functional alias, home", (Leg("partner", Way.ALIAS), HOME), (PARTNER,)),
    )
}


@dataclass(frozen=True)
class Setting:
    """What the three systems are like.

    Attributes:
        transport: what they send by.
        gateways: which of them have a gateway.
        interconnected: whether the primary can be asked.
        grants: whether a partner serves a user whose primary could not be asked.
        identities: whether partners issue temporary identities.
    """

    transport: str = "udp"
    gateways: tuple[str, ...] = ("primary", *PARTNERS)
    interconnected: bool = True
    grants: bool = False
    identities: bool = True

    @property
    def alone(self) -> Basis | None:
        """On which basis a partner may serve a user of whom the primary does not say so."""
        if not self.interconnected:
            return Basis.LOCAL
        return Basis.ON_FAILURE if self.grants else None


SETTINGS = {
    "udp": Setting(),
    "tcp": Setting("tcp"),
    "udp without gateways": Setting(gateways=()),
    "gateway of the primary only": Setting(gateways=("primary",)),
    "gateways of the partners only": Setting(gateways=PARTNERS),
    "no temporary identities": Setting(identities=False),
    "grant on failure": Setting(grants=True),
    "without interconnection": Setting(gateways=(), interconnected=False),
}


def procedures_of(name: str) -> tuple[str, ...]:
    """Return the names of the procedures that a setting has.

    Without interconnection the primary cannot permit a migration, and triggers none.
    """
    triggers = SETTINGS[name].interconnected
    ways = {p.name: {leg.way for leg in p.legs} for p in PROCEDURES.values()}
    return tuple(p for p in PROCEDURES if triggers or Way.TOLD not in ways[p])


def topology_of(name: str) -> Topology:
    """Return the three systems of a setting."""
    setting = SETTINGS[name]
    agreement = {
        "interconnection": setting.interconnected,
        "on_failure": "grant_locally" if setting.grants else "deny",
    }
    changes = {
        "systems": {each: _system(each, setting) for each in PLACES},
        "agreements": [{"between": ["primary", each], **agreement} for each in PARTNERS],
    }
    return make_topology(changes, transport=setting.transport)


def _system(name: str, setting: Setting) -> dict[str, Any]:
    """Return what is to be laid over the two systems of the tests, or the whole third one."""
    place = PLACES[name]
    center = [place.latitude, place.longitude]
    system: dict[str, Any] = {
        "service_area": {"circle": {"center": center, "radius_m": 50_000}},
        "nodes": {"core": {"role": "sip-core"}, "server": {"role": "mc-server"}},
    }
    if name in setting.gateways:
        system["nodes"]["gateway"] = {"role": "mc-gateway"}
    elif name != "other":
        system["nodes"]["gateway"] = None
    if name == "primary":
        profile = {"migrate_to": list(PARTNERS)}
        system["users"] = {"alice": {"profiles": {2: profile, 3: profile}}}
        return system
    domain = f"{name}.example"
    system |= {"domain": domain, "visitors": [{"from": "primary", "users": "any"}]}
    if not setting.identities:
        system["temporary_identities"] = False
    if not setting.interconnected:
        profiles = {2: {"name": "guest"}, 3: {"name": "guest"}}
        guest = {"user": ALICE, "mc_id": f"sip:guest@{domain}", "profiles": profiles}
        system |= {"trusted_certificates": ["primary"], "provisioned": [guest]}
    if ALIAS.endswith(f"@{domain}"):
        system["functional_aliases"] = {ALIAS: {"users": "any"}}
    return system

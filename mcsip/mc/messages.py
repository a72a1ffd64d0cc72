"""The messages of migration, as data: what each is called, carries, and where it travels.

A migration message is a SIP MESSAGE whose info body says in ``req-type`` or ``resp-type`` which of
the four it is (TS 24.379 F.1). Two kinds of hop exist: the *client hop* between a client and the MC
service server of the partner, and the *system hop* between the servers and gateway servers of two
MC systems. What a message must carry differs between them: the access token ends at the partner's
MC service server and never goes on.

The strings of ``req-type`` and ``resp-type`` stand in TS 24.379 7A, which was not obtainable: the
names in ``MESSAGES`` are placeholders of our own, and this table is the place to correct them.
"""

from dataclasses import dataclass
from enum import StrEnum

from mcsip.mc.source import Grade, Source
from mcsip.mc.steps import (
    DEAUTHORIZATION,
    REQUEST,
    RESPONSE,
    TRIGGER,
    USER_AUTHORISATION,
    Side,
    step_of,
)

__all__ = [
    "BY_WIRE_VALUE",
    "DEAUTHORIZATION",
    "MESSAGES",
    "REQUEST",
    "REQ_TYPE",
    "RESPONSE",
    "RESP_TYPE",
    "TRIGGER",
    "TYPE_SOURCE",
    "USER_AUTHORISATION",
    "Content",
    "Element",
    "HopKind",
    "MigrationMessage",
    "Side",
    "step_of",
]


class HopKind(StrEnum):
    """Between whom a message travels."""

    CLIENT = "client"
    """Client and MC service server, directly or through SIP cores."""
    SYSTEM = "system"
    """MC service servers and MC gateway servers, within a system and between two."""


class Element(StrEnum):
    """What an info body may carry for migration; the values are the fields of ``info.Info``."""

    ACCESS_TOKEN = "access_token"  # noqa: S105 - a field's name
    CLIENT_ID = "client_id"
    PRIMARY_ID = "primary_id"
    PARTNER_ID = "partner_id"
    PROFILE_INDEX = "profile_index"
    RESULT = "success"
    REASON = "reason"
    PARTNER_SYSTEM = "partner_system"


@dataclass(frozen=True, slots=True)
class Content:
    """What a message carries on one kind of hop; what stands in neither set is ignored.

    Attributes:
        required: a body without one of these is refused.
        one_of: a body without any of these is refused, where there are some.
        optional: sent when known, read when there.
        forbidden: a body with one of these is refused.
    """

    required: frozenset[Element]
    optional: frozenset[Element] = frozenset()
    forbidden: frozenset[Element] = frozenset()
    one_of: frozenset[Element] = frozenset()


@dataclass(frozen=True, slots=True, eq=False)
class MigrationMessage:
    """One migration message.

    Attributes:
        name: the name in scenarios and ladders.
        value: the string on the wire, in ``carried_in``.
        carried_in: ``req-type`` or ``resp-type``.
        towards: the system to which the message travels on system hops; the domain of that side's
            MC service ID routes it.
        content: what it carries, by kind of hop; a kind that is absent is not travelled.
        flow: source of the information flow (stage 2).
        wire: source of the string on the wire (stage 3).
    """

    name: str
    value: str
    carried_in: str
    towards: Side
    content: dict[HopKind, Content]
    flow: Source
    wire: Source


REQ_TYPE = "req-type"
RESP_TYPE = "resp-type"
TYPE_SOURCE = Source("TS 24.379", "F.1 (from Rel-18)", Grade.READ)
"""Source of the two elements; they are open sets of strings, where request-type is a closed one."""

_WIRE = Source("TS 24.379", "7A", Grade.OURS)
_PRIMARY_ID = frozenset({Element.PRIMARY_ID})
_PARTNER_ID = frozenset({Element.PARTNER_ID})
# The primary ID is mandatory, the other one not (Table 10.6.3.2.1-1 [read]): a partner may issue
# none (TR 23.781 [seed]). Then our own element says which system it is that visits [ours].
_PARTNER = frozenset({Element.PARTNER_ID, Element.PARTNER_SYSTEM})
_TOKEN = frozenset({Element.ACCESS_TOKEN})

MESSAGES: dict[str, MigrationMessage] = {
    message.name: message
    for message in (
        MigrationMessage(
            name=REQUEST,
            value="migration-service-authorization-request",
            carried_in=REQ_TYPE,
            towards=Side.PRIMARY,
            content={
                # The IDs and the profile: step 1 [seed]; the token: NOTE 1 [seed].
                HopKind.CLIENT: Content(
                    required=_PRIMARY_ID | {Element.PROFILE_INDEX} | _TOKEN,
                    optional=_PARTNER_ID | {Element.CLIENT_ID},
                ),
                # The token is for the partner's MC service server and ends there [ours].
                HopKind.SYSTEM: Content(
                    required=_PRIMARY_ID | {Element.PROFILE_INDEX},
                    optional=_PARTNER | {Element.CLIENT_ID},
                    forbidden=_TOKEN,
                    one_of=_PARTNER,
                ),
            },
            flow=Source("TS 23.280", "10.6.3.2.1", Grade.READ),
            wire=_WIRE,
        ),
        MigrationMessage(
            name=RESPONSE,
            value="migration-service-authorization-response",
            carried_in=RESP_TYPE,
            towards=Side.PARTNER,
            content={
                # The table of the response was not obtainable: the IDs, result, reason [ours].
                kind: Content(
                    required=_PRIMARY_ID | {Element.RESULT},
                    optional=_PARTNER | {Element.PROFILE_INDEX, Element.CLIENT_ID, Element.REASON},
                    forbidden=_TOKEN,
                    one_of=_PARTNER,
                )
                for kind in HopKind
            },
            flow=Source("TS 23.280", "10.6.3.2.2", Grade.OURS),
            wire=_WIRE,
        ),
        MigrationMessage(
            name=DEAUTHORIZATION,
            value="migration-service-deauthorization-notification",
            carried_in=REQ_TYPE,
            towards=Side.PARTNER,
            content={
                HopKind.SYSTEM: Content(
                    required=_PRIMARY_ID, optional=_PARTNER, forbidden=_TOKEN, one_of=_PARTNER
                )
            },
            flow=Source("TS 23.280", "10.6.3.3.2.1", Grade.OURS),
            wire=_WIRE,
        ),
        MigrationMessage(
            name=USER_AUTHORISATION,
            value="mc-service-user-authorisation-notification",
            carried_in=REQ_TYPE,
            towards=Side.PRIMARY,
            content={
                HopKind.SYSTEM: Content(
                    required=_PRIMARY_ID,
                    optional=_PARTNER | {Element.PROFILE_INDEX},
                    forbidden=_TOKEN,
                    one_of=_PARTNER,
                )
            },
            flow=Source("TS 23.280", "10.6.3.3.2.2", Grade.OURS),
            wire=_WIRE,
        ),
        MigrationMessage(
            name=TRIGGER,
            value="migration-trigger",
            carried_in=REQ_TYPE,
            towards=Side.PRIMARY,  # it stays there: the primary's server sends it to the client
            content={
                HopKind.CLIENT: Content(
                    required=_PRIMARY_ID | {Element.PARTNER_SYSTEM, Element.PROFILE_INDEX},
                    forbidden=_TOKEN,
                )
            },
            flow=Source("TS 23.280", "5.2.9.1", Grade.OURS),
            wire=Source("TS 23.280", "5.2.9.1", Grade.OURS),
        ),
    )
}
"""The messages by name, in the order of the procedures."""

BY_WIRE_VALUE: dict[tuple[str, str], MigrationMessage] = {
    (message.carried_in, message.value): message for message in MESSAGES.values()
}
"""The messages by element and string on the wire."""

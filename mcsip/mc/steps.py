"""The steps of the migration procedures, as tables, and which step a message on a hop is.

Each procedure of stage 2 is a list of steps: some are messages, the others are what a server does
by itself. A system without a gateway server makes one hop of several steps (NOTE 3 of TS 23.280
10.6.3.3); such a hop is named by its first and last step, ``3-5``. Hops through a SIP core belong
to the step of the message that the core passes on.
"""

from dataclasses import dataclass
from enum import Enum, StrEnum

from mcsip.mc.roles import Role
from mcsip.mc.source import Grade, Source

REQUEST = "migration-service-authorization-request"
RESPONSE = "migration-service-authorization-response"
DEAUTHORIZATION = "migration-service-deauthorization-notification"
USER_AUTHORISATION = "mc-service-user-authorisation-notification"
TRIGGER = "migration-trigger"
"""The names of the messages, as scenarios and ladders use them [ours]."""


class Side(StrEnum):
    """On which side of the migration an entity stands, seen from the migrating user."""

    PRIMARY = "primary"
    PARTNER = "partner"


class Procedure(Enum):
    """A migration procedure of stage 2; the value is where it stands."""

    AUTHORIZATION = Source("TS 23.280", "10.6.3.3", Grade.SEED)
    RETURN_HOME = Source("TS 23.280", "10.6.3.3.2.1", Grade.SEED)
    ONWARD = Source("TS 23.280", "10.6.3.3.2.2", Grade.SEED)
    WITHOUT_INTERCONNECTION = Source("TR 23.700-90", "7.X.2", Grade.SEED)
    TRIGGERED = Source("TS 23.280", "5.2.9.1", Grade.SEED)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a procedure.

    Attributes:
        procedure: which procedure it belongs to.
        number: its number there.
        title: what happens, in our words.
        message: name of the message that it is, or None when it is done within one entity.
    """

    procedure: Procedure
    number: str
    title: str
    message: str | None = None

    @property
    def clause(self) -> str:
        """Return document, clause and step, as a note in a trace names it."""
        source = self.procedure.value
        return f"{source.document} {source.clause} step {self.number}"


def _steps(procedure: Procedure, *rows: tuple[str, str, str | None]) -> tuple[Step, ...]:
    """Return the steps of one procedure from rows of number, title and message."""
    return tuple(Step(procedure, number, title, message) for number, title, message in rows)


STEPS: dict[Procedure, tuple[Step, ...]] = {
    Procedure.AUTHORIZATION: _steps(
        Procedure.AUTHORIZATION,
        ("1", "the client asks the partner's server", REQUEST),
        ("2", "the partner's server makes its initial check", None),
        ("3", "the partner's server asks, through its gateway", REQUEST),
        ("4", "the partner's gateway passes on to the primary's gateway", REQUEST),
        ("5", "the primary's gateway passes on to the server of the user", REQUEST),
        ("6", "the primary's server makes the authorization check", None),
        ("7", "the primary's server records the user as migrated", None),
        ("8", "the primary's server answers, through its gateway", RESPONSE),
        ("9", "the primary's gateway passes on to the partner's gateway", RESPONSE),
        ("10", "the partner's gateway passes on to the partner's server", RESPONSE),
        ("11", "the partner's server records mapping and status", None),
        ("12", "the partner's server tells the client", RESPONSE),
    ),
    Procedure.RETURN_HOME: _steps(
        Procedure.RETURN_HOME,
        ("1", "the primary's server notifies, through its gateway", DEAUTHORIZATION),
        ("2", "the primary's gateway passes on to the partner's gateway", DEAUTHORIZATION),
        ("3", "the partner's gateway passes on to the partner's server", DEAUTHORIZATION),
        ("4", "the partner's server updates what it stored", None),
    ),
    Procedure.ONWARD: _steps(
        Procedure.ONWARD,
        ("1", "the new partner's server tells the primary system", USER_AUTHORISATION),
        ("2", "the primary system notifies the former partner", DEAUTHORIZATION),
    ),
    Procedure.WITHOUT_INTERCONNECTION: _steps(
        Procedure.WITHOUT_INTERCONNECTION,
        ("1", "the client migrates with the credentials of its primary system", REQUEST),
        ("2", "the partner's server authorizes alone", RESPONSE),
    ),
    Procedure.TRIGGERED: _steps(
        Procedure.TRIGGERED,
        ("1", "the primary's server tells the client to migrate", TRIGGER),
    ),
}
"""The steps of each procedure, in order. The message of 23.700-90 step 2 is our reading, that of
5.2.9.1 our choice [ours]."""

_End = tuple[Role, Side]
_CLIENT: _End = (Role.CLIENT, Side.PARTNER)
_PARTNER_CORE: _End = (Role.SIP_CORE, Side.PARTNER)
_PARTNER: _End = (Role.MC_SERVER, Side.PARTNER)
_PARTNER_GATEWAY: _End = (Role.MC_GATEWAY, Side.PARTNER)
_PRIMARY_CORE: _End = (Role.SIP_CORE, Side.PRIMARY)
_PRIMARY: _End = (Role.MC_SERVER, Side.PRIMARY)
_PRIMARY_GATEWAY: _End = (Role.MC_GATEWAY, Side.PRIMARY)


def _towards_primary(first: str, between: str, last: str) -> dict[tuple[_End, _End], str]:
    """Return the hops from the partner's server to the primary's, given the three step numbers."""
    return {
        (_PARTNER, _PARTNER_GATEWAY): first,
        (_PARTNER, _PARTNER_CORE): first,
        (_PARTNER_CORE, _PARTNER_GATEWAY): first,
        (_PARTNER_GATEWAY, _PRIMARY_GATEWAY): between,
        (_PRIMARY_GATEWAY, _PRIMARY): last,
        (_PRIMARY_GATEWAY, _PRIMARY_CORE): last,
        (_PRIMARY_CORE, _PRIMARY): last,
        (_PARTNER, _PRIMARY_GATEWAY): _span(first, between),
        (_PARTNER_GATEWAY, _PRIMARY): _span(between, last),
        (_PARTNER, _PRIMARY): _span(first, last),
    }


def _towards_partner(first: str, between: str, last: str) -> dict[tuple[_End, _End], str]:
    """Return the hops from the primary's server to the partner's, given the three step numbers."""
    return {
        (_PRIMARY, _PRIMARY_GATEWAY): first,
        (_PRIMARY, _PRIMARY_CORE): first,
        (_PRIMARY_CORE, _PRIMARY_GATEWAY): first,
        (_PRIMARY_GATEWAY, _PARTNER_GATEWAY): between,
        (_PARTNER_GATEWAY, _PARTNER): last,
        (_PARTNER_GATEWAY, _PARTNER_CORE): last,
        (_PARTNER_CORE, _PARTNER): last,
        (_PRIMARY, _PARTNER_GATEWAY): _span(first, between),
        (_PRIMARY_GATEWAY, _PARTNER): _span(between, last),
        (_PRIMARY, _PARTNER): _span(first, last),
    }


def _span(first: str, last: str) -> str:
    """Return the name of a hop that is several steps at once."""
    return first if first == last else f"{first}-{last}"


def _client_hops(
    request: str, response: str
) -> tuple[dict[tuple[_End, _End], str], dict[tuple[_End, _End], str]]:
    """Return the hops of the request from the client, and of the response to it."""
    asking = {
        (_CLIENT, _PARTNER): request,
        (_CLIENT, _PARTNER_CORE): request,
        (_PARTNER_CORE, _PARTNER): request,
    }
    telling = {
        (_PARTNER, _CLIENT): response,
        (_PARTNER, _PARTNER_CORE): response,
        (_PARTNER_CORE, _CLIENT): response,
    }
    return asking, telling


_ASKING, _TELLING = _client_hops("1", "12")
_ASKING_ALONE, _TELLING_ALONE = _client_hops("1", "2")

_HOPS: dict[tuple[Procedure, str], dict[tuple[_End, _End], str]] = {
    (Procedure.AUTHORIZATION, REQUEST): _ASKING | _towards_primary("3", "4", "5"),
    (Procedure.AUTHORIZATION, RESPONSE): _towards_partner("8", "9", "10") | _TELLING,
    (Procedure.RETURN_HOME, DEAUTHORIZATION): _towards_partner("1", "2", "3"),
    (Procedure.ONWARD, USER_AUTHORISATION): _towards_primary("1", "1", "1"),
    (Procedure.ONWARD, DEAUTHORIZATION): dict.fromkeys(_towards_partner("2", "2", "2"), "2"),
    (Procedure.WITHOUT_INTERCONNECTION, REQUEST): _ASKING_ALONE,
    (Procedure.WITHOUT_INTERCONNECTION, RESPONSE): _TELLING_ALONE,
    (Procedure.TRIGGERED, TRIGGER): {
        (_PRIMARY, _CLIENT): "1",
        (_PRIMARY, _PRIMARY_CORE): "1",
        (_PRIMARY_CORE, _CLIENT): "1",
    },
}
PROCEDURE_OF: dict[str, Procedure] = {
    REQUEST: Procedure.AUTHORIZATION,
    RESPONSE: Procedure.AUTHORIZATION,
    DEAUTHORIZATION: Procedure.RETURN_HOME,
    USER_AUTHORISATION: Procedure.ONWARD,
    TRIGGER: Procedure.TRIGGERED,
}
"""The procedure that a message belongs to when nothing else is known."""


def step_of(
    message: str,
    sender: Role,
    sender_side: Side,
    receiver: Role,
    receiver_side: Side,
    procedure: Procedure | None = None,
) -> str | None:
    """Return the step that a message on a hop is, or None when the procedure has no such hop.

    Args:
        message: its name in ``messages.MESSAGES``.
        sender: role of the entity that sends it.
        sender_side: its side; a client that migrates stands on the partner's side.
        receiver: role of the entity that receives it.
        receiver_side: its side.
        procedure: which procedure runs; by default the one that ``PROCEDURE_OF`` names.
    """
    chosen = procedure or PROCEDURE_OF.get(message)
    if chosen is None:
        return None
    hops = _HOPS.get((chosen, message))
    return hops.get(((sender, sender_side), (receiver, receiver_side))) if hops else None

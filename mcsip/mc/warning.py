"""MC warning texts in the Warning header field: ``399 <host> "NNN text"`` (TS 24.379 4.4) [2nd].

The MC code stands inside the quoted text; the warn-code of RFC 3261 20.43 is always 399. Codes from
184 to 201 were not obtainable, and codes 129 to 135 never existed [2nd].
"""

from dataclasses import dataclass

from mcsip.errors import UsageError
from mcsip.mc.source import Grade, Source

WARN_CODE = 399
"""Miscellaneous warning: RFC 3261 20.43 [read]."""
SOURCE = Source("TS 24.379", "4.4", Grade.SECOND)
"""Source of the rows of ``WARNINGS`` that name no other."""
NEVER_EXISTED = range(129, 136)
MAX_DETAIL = 160
"""Longest detail in a text that we send, in characters [ours]."""


@dataclass(frozen=True, slots=True)
class WarningText:
    """One MC warning.

    Attributes:
        code: three digits.
        text: the text after the code; with ``{detail}`` where the sender adds one.
        status: SIP status that it goes with here.
        use: what it is sent for here.
        source: source of code and text.
    """

    code: int
    text: str
    status: int
    use: str
    source: Source = SOURCE


FUNCTION_NOT_ALLOWED = 100
SERVICE_AUTHORISATION_FAILED = 101
USER_UNKNOWN = 141
CONTROLLING_FUNCTION_UNKNOWN = 142
CALLED_PARTY_UNKNOWN = 145
TOO_MANY_AUTHORIZATIONS = 164
NOT_AUTHORIZED_WITH_SYSTEM = 179

WARNINGS: dict[int, WarningText] = {
    row.code: row
    for row in (
        WarningText(
            FUNCTION_NOT_ALLOWED,
            "function not allowed due to {detail}",
            403,
            "profile, partner or user not permitted; local policy",
        ),
        WarningText(
            SERVICE_AUTHORISATION_FAILED,
            "service authorisation failed",
            403,
            "the check of the token failed",
        ),
        WarningText(
            USER_UNKNOWN,
            "user unknown to the participating function",
            404,
            "no binding of the user",
        ),
        WarningText(
            CONTROLLING_FUNCTION_UNKNOWN,
            "unable to determine the controlling function",
            404,
            "no server serves the user",
        ),
        WarningText(
            CALLED_PARTY_UNKNOWN,
            "unable to determine called party",
            404,
            "the target cannot be resolved",
        ),
        WarningText(
            TOO_MANY_AUTHORIZATIONS,
            "maximum number of service authorizations reached",
            486,
            "simultaneous authorizations",
            # The code [2nd]; its text was not read.
            Source("TS 24.379", "4.4", Grade.OURS),
        ),
        WarningText(
            NOT_AUTHORIZED_WITH_SYSTEM,
            "service not authorized with the interconnected system",
            403,
            "no agreement on migration or interconnection",
        ),
    )
}
"""The warnings by code. The status of 145 is our choice [ours]."""


@dataclass(frozen=True, slots=True)
class McWarning:
    """One value of a Warning header field, read.

    Attributes:
        warn_code: the code of RFC 3261 20.43, 399 for an MC warning.
        agent: host or pseudonym of who sent it.
        text: the whole text, without quotes.
        code: MC code at the start of the text, or None.
    """

    warn_code: int
    agent: str
    text: str
    code: int | None


def warning_text(code: int, detail: str | None = None) -> str:
    """Return ``NNN text`` of an MC warning.

    Args:
        code: a key of ``WARNINGS``.
        detail: what ``{detail}`` stands for; for other texts it follows after a colon.

    Raises:
        UsageError: the code is in no row of the table.
    """
    row = WARNINGS.get(code)
    if row is None:
        raise UsageError(f"no MC warning has the code {code}")
    said = _printable(detail) if detail else ""
    if "{detail}" in row.text:
        return f"{code} {row.text.replace('{detail}', said or 'local policy')}"
    return f"{code} {row.text}: {said}" if said else f"{code} {row.text}"


def warning_value(code: int, agent: str, detail: str | None = None) -> str:
    """Return the value of a Warning header field: ``399 agent "NNN text"``.

    Args:
        code: a key of ``WARNINGS``.
        agent: the public name of the MC system; never an inner host.
        detail: see ``warning_text``; control characters are dropped from it.

    Raises:
        UsageError: the code is unknown, or the agent is no host name.
    """
    if not agent or not agent.isascii() or not agent.isprintable() or set(agent) & set(' ",;<>'):
        raise UsageError(f"the agent of a warning is no host name: {agent!r}")
    text = warning_text(code, detail).replace("\\", "\\\\").replace('"', '\\"')
    return f'{WARN_CODE} {agent} "{text}"'


def parse_warning(value: str) -> McWarning | None:
    """Return what one value of a Warning header field says, or None when it is malformed.

    A Warning only explains, so that nobody refuses a message because of it (RFC 3261 20.43).
    """
    warn_code, _, rest = value.strip().partition(" ")
    agent, _, quoted = rest.lstrip().partition(" ")
    quoted = quoted.strip()
    if not (len(warn_code) == 3 and warn_code.isascii() and warn_code.isdecimal() and agent):
        return None
    if len(quoted) < 2 or quoted[0] != '"' or quoted[-1] != '"':
        return None
    text = _unescape(quoted[1:-1])
    if text is None:
        return None
    head = text.partition(" ")[0]
    is_code = len(head) == 3 and head.isascii() and head.isdecimal()
    return McWarning(int(warn_code), agent, text, int(head) if is_code else None)


def _unescape(inside: str) -> str | None:
    """Return the text of a quoted string, or None when a quote in it is not escaped."""
    if "\\" not in inside:
        return None if '"' in inside else inside
    out: list[str] = []
    characters = iter(inside)
    for character in characters:
        if character == '"':
            return None
        if character == "\\":
            following = next(characters, None)
            if following is None:
                return None
            out.append(following)
        else:
            out.append(character)
    return "".join(out)


def _printable(detail: str) -> str:
    """Return a detail on one line and not too long: it may stand in a header field."""
    text = " ".join(detail.split())
    return "".join(c for c in text if c.isprintable())[:MAX_DETAIL]

"""What the bodies of migration messages say, compared: same user, same IDs, same result."""

from mcsip.conformance.rule import Fault
from mcsip.errors import PeerError
from mcsip.mc.elements import RESULT
from mcsip.mc.identity import canonical_id
from mcsip.mc.info import Info

_NAMES = {
    "primary_id": "MC service ID in the primary",
    "partner_id": "MC service ID of the partner",
    "partner_system": "partner system",
    "profile_index": "profile index",
    "success": "result",
    "client_id": "client ID",
}
ALL = tuple(_NAMES)
"""What a message carries that nobody on its way may change."""
IDS = ("primary_id", "partner_id")
"""The two MC service IDs of a user."""


def canonical(mc_id: str | None) -> str | None:
    """Return an MC service ID to compare; one that is none, as it is."""
    if mc_id is None:
        return None
    try:
        return canonical_id(mc_id)
    except PeerError:
        return mc_id


def same_ids(one: Info, other: Info) -> bool:
    """Tell whether two bodies name the same user, by the same two IDs."""
    return not differing(one, other, *IDS)


def differing(one: Info, other: Info, *fields: str) -> list[str]:
    """Return the names of the fields in which two bodies differ."""
    return [name for name in fields if _value(one, name) != _value(other, name)]


def _value(info: Info, name: str) -> str | None:
    value = getattr(info, name)
    if name in IDS:
        return canonical(value)
    if name == "success" and value is not None:
        return "success" if value else "fail"
    return None if value is None else str(value).lower()


def difference(expected: Info, actual: Info, *fields: str, number: int) -> list[Fault]:
    """Return a fault for each field in which a body differs from what it should say."""
    faults = []
    for name in differing(expected, actual, *fields):
        wanted, got = _value(expected, name), _value(actual, name)
        faults.append(
            Fault(
                f"{_NAMES[name]}: {wanted or 'none'}",
                f"{_NAMES[name]}: {got or 'none'}",
                number=number,
                text=_written(actual, name),
            )
        )
    return faults


def _written(info: Info, name: str) -> bytes:
    """Return the octets by which a body says something, as far as they can be told."""
    value = getattr(info, name)
    if value is None:
        return b""
    if name == "success":
        return RESULT.encode()  # how a result is written differs
    text = f">{value}<" if name == "profile_index" else str(value)
    return text.encode("utf-8", "surrogateescape")

"""RFC 3261 7.3.1, header field format: what may stand twice. Compact forms (7.3.3) are as good."""

from mcsip.conformance.rfc3261.book import BOOK
from mcsip.conformance.rfc3261.reading import contacts, party, shown, top_via
from mcsip.conformance.rule import Fault, Faults
from mcsip.conformance.views import MessageSeen
from mcsip.sip.headers import HEADER_FIELDS, long_name
from mcsip.sip.params import Params

#: Fields that may stand several times although they are no lists (RFC 3261 7.3.1).
_EXCEPTIONS = frozenset(
    {"authorization", "proxy-authenticate", "proxy-authorization", "www-authenticate"}
)
#: Fields that stand once.
SINGLE = frozenset(
    key for key, row in HEADER_FIELDS.items() if not row.is_list and key not in _EXCEPTIONS
)


@BOOK.on_message("7.3.1", "single-fields", "A field that is no list of values stands once")
def single_fields(seen: MessageSeen) -> Faults:
    """Look for fields that stand twice."""
    message = seen.message
    if message is None:
        return None
    keys = [field[0] for field in message.fields]
    if len(keys) == len(set(keys)):
        return ()
    twice = sorted({key for key in keys if keys.count(key) > 1} & SINGLE)
    return [
        Fault(f"one {long_name(key)}", f"{keys.count(key)} of them", field=key) for key in twice
    ]


@BOOK.on_message("7.3.1", "parameters", "A parameter of a field stands once")
def parameters_once(seen: MessageSeen) -> Faults:
    """Look for parameters that stand twice in Via, From, To and Contact."""
    message = seen.message
    if message is None:
        return None
    found: list[tuple[str, Params]] = []
    via = top_via(message)
    if via is not None:
        found.append(("via", via.params))
    for key in ("from", "to"):
        address = party(message, key)
        if address is not None and len(address.params) > 1:
            found.append((key, address.params))
    if message.first("contact") is not None:
        found += [("contact", each.params) for each in contacts(message) or ()]
    return [
        Fault("each parameter once", f"{shown(name)} stands twice", field=key)
        for key, params in found
        if len(params) > 1 and (name := _twice(params)) is not None
    ]


def _twice(params: Params) -> str | None:
    """Return the name of a parameter that stands twice, or None."""
    if len({name.lower() for name, _ in params}) == len(params):
        return None
    names: set[str] = set()
    for name, _ in params:
        lowered = name.lower()
        if lowered in names:
            return lowered
        names.add(lowered)
    return None

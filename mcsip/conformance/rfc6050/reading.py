"""The service identifiers of RFC 6050 4.3 and the fields that hold them."""

import re

from mcsip.conformance.rule import Fault
from mcsip.sip.headers import long_name
from mcsip.sip.message import Message

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,25}[A-Za-z0-9])?"
# "urn:urn-7:" and labels with dots between them, the first of which says whose names they are.
_SERVICE = re.compile(rf"urn:urn-7:{_LABEL}(?:\.{_LABEL})*", re.IGNORECASE)
_SHOWN = 80


def is_service(text: str) -> bool:
    """Tell whether a text is a service identifier: ``urn:urn-7:3gpp-service.ims.icsi.mcptt``."""
    return _SERVICE.fullmatch(text) is not None


def service_faults(message: Message, key: str) -> list[Fault] | None:
    """Return what is wrong with the values of a service field; None when it is not there.

    Args:
        message: the message.
        key: "p-asserted-service" or "p-preferred-service".
    """
    if message.first(key) is None:
        return None
    values = message.items(key)
    expected = f"urn:urn-7: and a service in {long_name(key)}"
    if not values:
        return [Fault(expected, "an empty field", field=key)]
    return [
        Fault(
            expected,
            repr(value[:_SHOWN]),
            field=key,
            text=value.encode("utf-8", "surrogateescape"),
        )
        for value in values
        if not is_service(value)
    ]

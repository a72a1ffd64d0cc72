"""The service identifiers of RFC 6050 4.3 and the fields that hold them."""

import re
from functools import lru_cache

from mcsip.conformance.rule import Fault
from mcsip.sip.headers import long_name, split_list
from mcsip.sip.message import Message

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,25}[A-Za-z0-9])?"
# "urn:urn-7:" and labels with dots between them, the first of which says whose names they are.
_SERVICE = re.compile(rf"urn:urn-7:{_LABEL}(?:\.{_LABEL})*", re.IGNORECASE)
_SHOWN = 80


def is_service(text: str) -> bool:
    """Tell whether a text is a service identifier: ``urn:urn-7:3gpp-service.ims.icsi.mcptt``."""
    return _SERVICE.fullmatch(text) is not None


def service_faults(message: Message, key: str) -> tuple[Fault, ...] | None:
    """Return what is wrong with the values of a service field; None when it is not there.

    Args:
        message: the message.
        key: "p-asserted-service" or "p-preferred-service".
    """
    lines = message.values(key)
    return _faults_of(key, tuple(lines)) if lines else None


@lru_cache(maxsize=1024)
def _faults_of(key: str, lines: tuple[str, ...]) -> tuple[Fault, ...]:
    values = [value for line in lines for value in split_list(line)]
    expected = f"urn:urn-7: and a service in {long_name(key)}"
    if not values:
        return (Fault(expected, "an empty field", field=key),)
    return tuple(
        Fault(
            expected,
            repr(value[:_SHOWN]),
            field=key,
            text=value.encode("utf-8", "surrogateescape"),
        )
        for value in values
        if not is_service(value)
    )

"""A header field as it was read, octet for octet (RFC 3261 7.3)."""

from typing import NamedTuple

from mcsip.sip.headers import canonical

_new_tuple = tuple.__new__


class Field(NamedTuple):
    """One header field.

    Attributes:
        key: the long name in lower case, whatever form was read (``"via"`` for ``v:``).
        value: the value, unfolded and stripped.
        raw: the octets as read or as they will be sent, without the final CRLF.
    """

    key: str
    value: str
    raw: str


def make_field(name: str, value: str) -> Field:
    """Return a field of our own making; raises ValueError when the value would break the line."""
    if "\n" in value or "\r" in value:
        raise ValueError(f"the value of {name} holds a line end: {value!r}")
    return _new_tuple(Field, (canonical(name), value, f"{name}: {value}"))

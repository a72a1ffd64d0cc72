"""Who of a trace belongs to the trust domain, and what an identity field holds."""

from mcsip.conformance.rule import Fault
from mcsip.errors import PeerError
from mcsip.mc.roles import Role
from mcsip.sip.address import parse_address
from mcsip.sip.headers import long_name
from mcsip.sip.message import Message
from mcsip.sip.uri import SipUri
from mcsip.trace import NodeInfo

#: The entities of an MC system, which believe each other; clients stand outside [ours].
TRUSTED = frozenset({Role.SIP_CORE, Role.MC_SERVER, Role.MC_GATEWAY})


def is_trusted(node: NodeInfo) -> bool:
    """Tell whether a node belongs to the trust domain; one of unknown role does not."""
    return node.role in TRUSTED


def identity_faults(message: Message, key: str) -> list[Fault] | None:
    """Return what is wrong with the values of an identity field; None when it is not there.

    Args:
        message: the message.
        key: "p-asserted-identity" or "p-preferred-identity".
    """
    if message.first(key) is None:
        return None
    values = message.items(key)
    faults: list[Fault] = []
    kinds: list[str] = []
    for value in values:
        kind = _kind_of(value)
        kinds.append(kind)
        if kind not in ("sip", "tel"):
            octets = value.encode("utf-8", "surrogateescape")
            faults.append(Fault("a sip, sips or tel URI", _said(value), field=key, text=octets))
    if not faults and len(kinds) != len(set(kinds)):
        octets = values[-1].encode("utf-8", "surrogateescape")
        said = f"{len(values)} values: {', '.join(kinds)}"
        faults.append(Fault("at most one sip URI and one tel URI", said, field=key, text=octets))
    if not values:
        faults.append(Fault(f"a value of {long_name(key)}", "an empty field", field=key))
    return faults


def _kind_of(value: str) -> str:
    """Return "sip" for a sip or sips URI, "tel", the scheme of another one, or "" for none."""
    try:
        uri = parse_address(value).uri
    except PeerError:
        return ""
    return "sip" if isinstance(uri, SipUri) else uri.scheme.lower()


def _said(value: str) -> str:
    kind = _kind_of(value)
    return f"a URI of the scheme {kind!r}" if kind else "a value that cannot be read"

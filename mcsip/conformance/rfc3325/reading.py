"""Who of a trace belongs to the trust domain, and what an identity field holds."""

from functools import lru_cache

from mcsip.conformance.rule import Fault
from mcsip.errors import PeerError
from mcsip.mc.roles import Role
from mcsip.sip.address import parse_address
from mcsip.sip.headers import long_name, split_list
from mcsip.sip.message import Message
from mcsip.sip.uri import SipUri
from mcsip.trace import NodeInfo

#: The entities of an MC system, which believe each other; clients stand outside [ours].
TRUSTED = frozenset({Role.SIP_CORE, Role.MC_SERVER, Role.MC_GATEWAY})


def is_trusted(node: NodeInfo) -> bool:
    """Tell whether a node belongs to the trust domain; one of unknown role does not."""
    return node.role in TRUSTED


def identity_faults(message: Message, key: str) -> tuple[Fault, ...] | None:
    """Return what is wrong with the values of an identity field; None when it is not there.

    Args:
        message: the message.
        key: "p-asserted-identity" or "p-preferred-identity".
    """
    lines = message.values(key)
    return _faults_of(key, tuple(lines)) if lines else None


@lru_cache(maxsize=4096)
def _faults_of(key: str, lines: tuple[str, ...]) -> tuple[Fault, ...]:
    values = [value for line in lines for value in split_list(line)]
    if not values:
        return (Fault(f"a value of {long_name(key)}", "an empty field", field=key),)
    kinds = [_kind_of(value) for value in values]
    faults = [
        Fault(
            "a sip, sips or tel URI",
            f"a URI of the scheme {kind!r}" if kind else "a value that cannot be read",
            field=key,
            text=value.encode("utf-8", "surrogateescape"),
        )
        for value, kind in zip(values, kinds, strict=True)
        if kind not in ("sip", "tel")
    ]
    if not faults and len(kinds) != len(set(kinds)):
        octets = values[-1].encode("utf-8", "surrogateescape")
        said = f"{len(values)} values: {', '.join(kinds)}"
        faults.append(Fault("at most one sip URI and one tel URI", said, field=key, text=octets))
    return tuple(faults)


def _kind_of(value: str) -> str:
    """Return "sip" for a sip or sips URI, "tel", the scheme of another one, or "" for none."""
    try:
        uri = parse_address(value).uri
    except PeerError:
        return ""
    return "sip" if isinstance(uri, SipUri) else uri.scheme.lower()

"""MC service IDs and public service identities.

An MC service ID is a SIP URI of a user in a system: ``sip:alice@primary.example``. Its domain names
the MC system that issued it, and so routes the messages of migration (TS 23.280 10.6.3.3 steps 3 to
5) [seed]. The form ``sip:user@domain`` without port or parameters is our choice [ours]: stage 2
says only that it is a URI.
"""

from functools import lru_cache
from string import ascii_letters, digits

from mcsip.errors import PeerError
from mcsip.mc.services import Service

MAX_ID_LENGTH = 255
"""Longest MC service ID in characters, as the ``sub`` of a token: TS 33.180 B.8 [read]."""
SCHEMES = ("sip:", "sips:")
_DOMAIN_CHARACTERS = frozenset(ascii_letters + digits + "-.")
_USER_CHARACTERS = frozenset(ascii_letters + digits + "-_.!~*'()%&=+$,;?/")
"""Unreserved, escaped and user-unreserved: RFC 3261 25.1 [read]."""


class IdentityError(PeerError):
    """A text is no MC service ID."""


@lru_cache(maxsize=4096)
def check_mc_id(text: str) -> str | None:
    """Return what is wrong with an MC service ID, or None when it is sound."""
    if len(text) > MAX_ID_LENGTH:
        return f"longer than {MAX_ID_LENGTH} characters"
    scheme, colon, rest = text.partition(":")
    if scheme.lower() + colon not in SCHEMES:
        return "no SIP URI (sip:user@domain)"
    user, at, domain = rest.partition("@")
    if not at or not user:
        return "no user part (sip:user@domain)"
    if not _USER_CHARACTERS.issuperset(user):
        return "a character that no user part has"
    return _domain_fault(domain)


def _domain_fault(domain: str) -> str | None:
    """Return what is wrong with the domain of an ID, or None."""
    if not domain:
        return "no domain (sip:user@domain)"
    if not _DOMAIN_CHARACTERS.issuperset(domain):
        return "more than a domain after the @"
    if not all(label and label[0] != "-" != label[-1] for label in domain.split(".")):
        return "no domain name after the @"
    return None


@lru_cache(maxsize=4096)
def canonical_id(mc_id: str) -> str:
    """Return an MC service ID with scheme and domain in lower case, to compare and to look up.

    The user part keeps its case (RFC 3261 19.1.4) [read].

    Raises:
        IdentityError: it is no MC service ID.
    """
    fault = check_mc_id(mc_id)
    if fault is not None:
        raise IdentityError(f"an MC service ID is wrong: {fault}")
    head, _, domain = mc_id.rpartition("@")
    scheme, _, user = head.partition(":")
    return f"{scheme.lower()}:{user}@{domain.lower()}"


@lru_cache(maxsize=4096)
def domain_of(mc_id: str) -> str:
    """Return the domain of an MC service ID in lower case: the MC system that issued it.

    Raises:
        IdentityError: it is no MC service ID.
    """
    return canonical_id(mc_id).rpartition("@")[2]


def psi_of(function: str, service: Service, domain: str) -> str:
    """Return the public service identity of a function of an MC system [ours].

    Args:
        function: what serves there, ``server`` or ``gateway``; says nothing of an inner host.
        service: the MC service.
        domain: the domain of the MC system.
    """
    return f"sip:{service.key}-{function}@{domain}"

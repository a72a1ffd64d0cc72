"""What a gateway between two MC systems may cover up, so that a rule does not call it a fault.

A SIP core forwards as RFC 3261 16 says. An MC gateway server that hides its system's topology also
rewrites what names the inside: it takes Via values off and puts them back on the response, writes
other Call-IDs, identities and Contacts, and removes whatever else shows an inner name. RFC 3261 has
no words for that (5.1.1 of RFC 5853 [gen] has); what such a gateway must not do all the same is
told by the rules of the document "mcsip topology hiding".
"""

import re
from collections.abc import Callable
from functools import lru_cache

from mcsip.conformance.views import Passage
from mcsip.mc.roles import Role
from mcsip.trace import NodeInfo

#: Fields that a gateway rewrites where it hides (see ``mcsip.sip.proxy.hiding``).
COVERED = frozenset(
    {"call-id", "contact", "from", "history-info", "in-reply-to", "p-asserted-identity"}
    | {"p-preferred-identity", "path", "record-route", "refer-to", "referred-by", "reply-to"}
    | {"server", "service-route", "to", "user-agent", "via", "warning"}
)


def covers(seen: Passage) -> bool:
    """Tell whether a request goes through a gateway, which may cover what names its system.

    So may a node of which no more is known than that it forwards: border elements do.
    """
    return seen.node.role is not Role.SIP_CORE


def names_inside(value: str, nodes: tuple[NodeInfo, ...]) -> bool:
    """Tell whether a value names a host or identity of the systems that these nodes belong to.

    A name counts where it stands for itself, so that the letters of others do not matter.
    """
    lowered = value.lower()
    return any(
        word in lowered and stands_alone(lowered) is not None
        for node in nodes
        for word, stands_alone in _words(node)
    )


@lru_cache(maxsize=1024)
def _words(node: NodeInfo) -> tuple[tuple[str, Callable[[str], object]], ...]:
    """Return what names a node or its system, in lower case, with what finds it standing alone."""
    identities = (each.partition(":")[2] or each for each in node.identities)
    words = [word.lower() for word in (node.domain, *node.hosts, *identities) if word]
    return tuple((word, re.compile(_alone(word)).search) for word in words)


def _alone(word: str) -> str:
    """Return the pattern of a word that is no part of a longer one."""
    # A domain is named by a host in it; a user part may hold more (RFC 3261 25.1).
    before = r"(?<![\w.!~*'()&=+$,;?/%-])" if "@" in word else r"(?<![\w-])"
    return rf"{before}{re.escape(word)}(?![\w-]|\.\w)"

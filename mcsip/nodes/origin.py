"""Whom a server or gateway believes: who asserts that it sends, and who can (RFC 3325).

Between MC systems no token says who speaks. A message about migration is taken only when a server
or gateway of the system that it claims to come from asserts so in P-Asserted-Identity [ours]. What
that proves depends on the transport, see docs/architecture.md: under mutual TLS the certificate of
the connection must name the system of the identity that is asserted, whatever the message is about
(``Credentials``).
"""

from typing import TYPE_CHECKING

from mcsip.mc.info import Info
from mcsip.mc.roles import Role
from mcsip.mc.xml import BodyError
from mcsip.migration.decision import Decision, Reason
from mcsip.nodes.bodies import asserted_identity
from mcsip.nodes.directory import Directory
from mcsip.nodes.neighbours import border
from mcsip.sip.message import Request
from mcsip.sip.stack import Source

if TYPE_CHECKING:
    from mcsip.nodes.base import Node


def check_origin(directory: Directory, request: Request, info: Info) -> Decision | None:
    """Return why a message between systems is not believed, or None when it is.

    Args:
        directory: knows the public service identities of all systems.
        request: the request, as it was received.
        info: what its info body says.

    Raises:
        BodyError: P-Asserted-Identity is malformed.
        IdentityError: an MC service ID is none.
    """
    claimed = info.origin_domain
    sender = asserted_identity(request)
    if sender is None:
        return Decision(Reason.WRONG_ORIGIN, "nobody asserts who sends")
    node = directory.node_of_psi(sender)
    if node is None or directory.topology.nodes[node].role is Role.SIP_CORE:
        return Decision(Reason.WRONG_ORIGIN, f"{sender} is no server that we know")
    system = directory.topology.system_of(node).domain
    if system != claimed:
        return Decision(Reason.WRONG_ORIGIN, f"{system} is not {claimed or 'named'}")
    return None


class Credentials:
    """Holds what is asserted to a node against the certificates of its peers.

    A system may speak for itself only. Behind the border the own system hands on what others have
    said: its gateway has checked it. Where nodes of the own system speak no TLS to each other, what
    comes from inside proves nothing, and is believed as without certificates; at the border nothing
    is believed of another system that its own certificate does not say [ours].

    Args:
        node: the server or gateway.
    """

    __slots__ = ("_inside_is_plain", "_is_border", "_node")

    def __init__(self, node: "Node") -> None:
        self._node = node
        own = node.system
        self._is_border = node.name in {each.name for each in border(own)}
        self._inside_is_plain = any(
            each.transport != "TLS" for each in own.nodes.values() if each.role is not Role.IDMS
        )

    def check(self, request: Request, source: Source) -> Decision | None:
        """Return why the one who asserts an identity is not believed, or None.

        Args:
            request: the request; who asserts nothing, or a user, is not judged here.
            source: where it came from.
        """
        node = self._node
        proven = node.endpoint.proven(source)
        if proven is None:  # nobody is asked for a certificate
            return None
        try:
            sender = asserted_identity(request)
        except BodyError:  # told by whoever reads it for what it says
            return None
        name = node.env.directory.node_of_psi(sender) if sender is not None else None
        if name is None:
            return None
        system = node.env.topology.system_of(name).domain
        if system in proven:
            return None
        if not self._is_border and node.domain in proven:
            return None
        if not proven and self._inside_is_plain and (system == node.domain or not self._is_border):
            return None
        shown = ", ".join(sorted(proven)) or "nobody"
        return Decision(Reason.WRONG_CERTIFICATE, f"{sender} from {shown}")

"""Whom a server or gateway believes about migration: who asserts that it sends (RFC 3325).

Between MC systems no token says who speaks. A message is taken only when a server or gateway of
the system that it claims to come from asserts so in P-Asserted-Identity [ours]; what that proves
depends on the transport, see docs/architecture.md.
"""

from mcsip.mc.info import Info
from mcsip.mc.roles import Role
from mcsip.migration.authorization import Decision, Reason
from mcsip.nodes.bodies import asserted_identity
from mcsip.nodes.directory import Directory
from mcsip.sip.message import Request


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

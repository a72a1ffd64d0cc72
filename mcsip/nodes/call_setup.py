"""What nodes that make and take private calls have in common: MC service servers and clients."""

from collections.abc import Callable

from mcsip.mc.private_call import SDP_TYPE
from mcsip.nodes.base import Node
from mcsip.nodes.bodies import INFO_CONTENT_TYPES
from mcsip.nodes.call_agent import CallAgent, LiveCall
from mcsip.nodes.proxying import route_uri
from mcsip.sip.call_events import CALL_METHODS, CallEvent, UaSettings
from mcsip.sip.dialog import Body
from mcsip.sip.locate import Locator
from mcsip.sip.message import Message
from mcsip.sip.uas import Capabilities

#: What is understood in calls: the info body beside the session description (TS 24.379 11.1 [2nd]).
CALL_CAPABILITIES = Capabilities(
    methods=CALL_METHODS, content_types=INFO_CONTENT_TYPES | {SDP_TYPE}
)


def make_agent(
    node: Node, listener: Callable[[LiveCall, CallEvent], None], contact: str | None = None
) -> CallAgent:
    """Return the call agent of a node that runs.

    Args:
        node: the node.
        listener: gets every event of its calls.
        contact: its Contact URI; None: that of its endpoint.
    """
    env = node.env
    transport = node.spec.transport
    if contact is None:
        contact = route_uri(node.endpoint.address(transport), transport).removesuffix(";lr")
    settings = UaSettings(
        contact=contact,
        capabilities=CALL_CAPABILITIES,
        locate=Locator(*env.transports(), preferred=transport),
        timers=env.timers,
    )
    return CallAgent(node.endpoint, env.ids, settings, listener)


def body_of(message: Message | None) -> Body | None:
    """Return the body of a message, or None when there is none."""
    if message is None or not message.body:
        return None
    return Body(message.first("content-type") or "", message.body)

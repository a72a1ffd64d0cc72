"""The trees of info bodies, without their texts.

A run writes thousands of bodies of few shapes: which elements are there. The tree of each shape is
made once; a body is a copy of it with its texts filled in, in half the time of a new tree.
"""

from functools import lru_cache

from lxml import etree

from mcsip.mc.elements import (
    MIGRATION_NAMESPACE,
    MOVED_TAG,
    NORMAL,
    PARTNER_SYSTEM_TAG,
    REASON_TAG,
    default_namespace,
    tags_of,
)
from mcsip.mc.messages import REQ_TYPE
from mcsip.mc.services import Service

DECLARATION = b'<?xml version="1.0" encoding="UTF-8"?>\r\n'
"""What stands before the root element."""
_OWN_NSMAP = default_namespace(MIGRATION_NAMESPACE)


@lru_cache(maxsize=256)
def skeleton(service: Service, carried_in: str, present: tuple[bool, ...]) -> etree._Element:
    """Return the tree of a shape of body; it is shared: copy it before filling it in.

    Args:
        service: whose info body it is.
        carried_in: ``req-type`` or ``resp-type``.
        present: which of the ten texts are there: access token, client ID, message, result,
            partner ID, profile index, primary ID, partner system, moved, reason; in this order.
    """
    t = tags_of(service)
    token, client, kind, result, partner, profile, primary, system, moved, reason = present
    root = etree.Element(t.root, None, t.nsmap)
    params = etree.SubElement(root, t.params)
    if token:
        _add_content(params, t.access_token, t.string)
    if client:
        _add_content(params, t.client_id, t.string)
    ext = etree.SubElement(params, t.any_ext)
    if kind:
        _add_content(ext, t.req_type if carried_in == REQ_TYPE else t.resp_type, t.string)
    if result:
        _add_content(ext, t.result, t.string)
    if partner:
        _add_content(ext, t.partner_id, t.uri)
    if profile:
        etree.SubElement(etree.SubElement(ext, t.selected_profile), t.profile_index)
    if primary:
        _add_content(ext, t.primary_id, t.uri)
    if system:
        etree.SubElement(ext, PARTNER_SYSTEM_TAG, None, _OWN_NSMAP)
    if moved:
        etree.SubElement(ext, MOVED_TAG, None, _OWN_NSMAP)
    if reason:
        etree.SubElement(ext, REASON_TAG, None, _OWN_NSMAP)
    return root


def _add_content(parent: etree._Element, tag: str, wrapper: str) -> None:
    """Add an element of type contentType, not encrypted (TS 24.379 F.1) [read]."""
    etree.SubElement(etree.SubElement(parent, tag, NORMAL), wrapper)

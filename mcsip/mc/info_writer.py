"""Info bodies from their texts.

A run writes thousands of bodies of few shapes: which elements are there. What stands between the
texts of a shape is made once; a body is that with its texts filled in.
"""

import re
from collections.abc import Sequence
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

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\r\n'
"""What stands before the root element."""
REASON_ATTRIBUTES = ("key", "clause", "domain", "role", "warning")
"""The attributes of our own reason element, in order [ours]."""
_OWN_NSMAP = default_namespace(MIGRATION_NAMESPACE)
#: Stands for a text in a shape; it is part of no name.
_TEXT = "*"

#: What XML cannot carry at all: XML 1.0 2.2, Char [gen].
_forbidden = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]").search
_special = re.compile('[&<>"\t\n\r]').search
_ESCAPES = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}
    | {white: f"&#{ord(white)};" for white in "\t\n\r"}
)


def write_body(service: Service, carried_in: str, texts: Sequence[str | None]) -> bytes:
    """Return the info body that holds these texts, in UTF-8.

    Args:
        service: whose info body it is.
        carried_in: ``req-type`` or ``resp-type``.
        texts: access token, client ID, message, result, partner ID, profile index, primary ID,
            partner system, moved, the ``REASON_ATTRIBUTES``, reason; None where there is none.

    Raises:
        ValueError: a text holds a character that XML cannot carry.
    """
    around = _shape(service, carried_in, tuple([text is not None for text in texts]))
    filled = [text for text in texts if text is not None]
    joined = "".join(filled)
    if _forbidden(joined):
        raise ValueError("a control character, or half of a surrogate pair")
    if _special(joined):
        filled = [text.translate(_ESCAPES) for text in filled]
    written = [part for pair in zip(around, filled, strict=False) for part in pair]
    return "".join([*written, around[-1]]).encode()


@lru_cache(maxsize=256)
def _shape(service: Service, carried_in: str, present: tuple[bool, ...]) -> tuple[str, ...]:
    """Return what stands before, between and after the texts of a shape of body."""
    t = tags_of(service)
    token, client, kind, result, partner, profile, primary, system, moved, *why, reason = present
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
        _add_text(etree.SubElement(ext, t.selected_profile), t.profile_index)
    if primary:
        _add_content(ext, t.primary_id, t.uri)
    if system:
        _add_text(ext, PARTNER_SYSTEM_TAG)
    if moved:
        _add_text(ext, MOVED_TAG)
    if reason:
        names = [name for name, there in zip(REASON_ATTRIBUTES, why, strict=True) if there]
        _add_text(ext, REASON_TAG).attrib.update(dict.fromkeys(names, _TEXT))
    text = DECLARATION + etree.tostring(root, encoding="unicode")
    return tuple(text.split(_TEXT))


def _add_content(parent: etree._Element, tag: str, wrapper: str) -> None:
    """Add an element of type contentType, not encrypted (TS 24.379 F.1) [read]."""
    _add_text(etree.SubElement(parent, tag, NORMAL), wrapper)


def _add_text(parent: etree._Element, tag: str) -> etree._Element:
    """Add an element that holds a text."""
    own = tag.startswith(f"{{{MIGRATION_NAMESPACE}}}")
    element = etree.SubElement(parent, tag, None, _OWN_NSMAP if own else None)
    element.text = _TEXT
    return element

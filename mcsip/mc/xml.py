"""Hardened reading of XML that a stranger sent.

What is refused, and where: a body above ``MAX_BODY_OCTETS`` before a parser sees it; a document
type declaration, and with it every entity of the sender's own, by a search over the octets before
they are parsed; every encoding but UTF-8, so that this search cannot be deceived; nesting beyond
``MAX_DEPTH`` after parsing (libxml2 itself stops at 256 levels). The
parser loads nothing from a file or from a network. Comments and processing instructions are dropped
while parsing, so that a comment never splits the text of an element.
"""

from typing import NoReturn, cast

from lxml import etree

from mcsip.errors import PeerError

MAX_BODY_OCTETS = 65_536
"""Largest XML body that is read; an info body has about 1,000 octets [ours]."""
MAX_DEPTH = 32
"""Deepest nesting of elements; the bodies of migration need 6 [ours]."""
MAX_REASON = 160
"""Longest text of a fault; it may become a reason phrase or a line of a log [ours]."""


class BodyError(PeerError):
    """A body cannot be read; ``status`` is what a server answers, ``line`` where it is wrong.

    Args:
        message: what is wrong, on one line, without control characters.
        status: 400, or 413 for a body that is too large (RFC 3261 21.4.1, 21.4.11).
        line: line number in the body, from 1; None when the fault has no place.
    """

    def __init__(self, message: str, *, status: int = 400, line: int | None = None) -> None:
        text = clean(message)
        super().__init__(
            text if line is None else f"{text} (line {line} of the body)", status=status
        )
        self.line = line


def clean(text: str) -> str:
    """Return ``text`` on one line, printable, at most ``MAX_REASON`` characters.

    What a peer sent may stand in it, and it may become a reason phrase: no CR or LF gets through.
    """
    if not text.isprintable():
        text = "".join(c if c.isprintable() else "?" for c in " ".join(text.split()))
    return text if len(text) <= MAX_REASON else text[: MAX_REASON - 1] + "…"


# encoding: overrides what the document declares, see the head of this file.
_PARSER = etree.XMLParser(
    encoding="UTF-8",
    resolve_entities=False,
    no_network=True,
    load_dtd=False,
    dtd_validation=False,
    attribute_defaults=False,
    huge_tree=False,
    remove_comments=True,
    remove_pis=True,
    collect_ids=False,
)
_TOO_DEEP = etree.XPath("boolean(" + "/*" * (MAX_DEPTH + 1) + ")")


def parse_xml(data: bytes) -> etree._Element:
    """Return the root element of an XML document in UTF-8.

    Raises:
        BodyError: 413 when it is too large; 400 when it is not well-formed, has a document type
            declaration, is in another encoding, or is nested too deeply.
    """
    if len(data) > MAX_BODY_OCTETS:
        raise BodyError(f"the body is larger than {MAX_BODY_OCTETS} octets", status=413)
    if b"\0" in data:
        _refuse(data, b"\0", "the body has a NUL octet; it must be XML in UTF-8")
    if b"!" in data and b"<!DOCTYPE" in data:
        _refuse(data, b"<!DOCTYPE", "a document type declaration is not allowed in a body")
    try:
        root = etree.fromstring(data, _PARSER)
    except etree.XMLSyntaxError as error:
        # The text of libxml2 ends with line and column; BodyError says the line.
        fault = str(error.msg).rpartition(", line ")[0] or str(error.msg)
        raise BodyError(f"the body is not well-formed XML: {fault}", line=error.lineno) from None
    # Each level but the last needs two tags, so that few of them cannot be deep.
    if data.count(b"<") > 2 * MAX_DEPTH and _TOO_DEEP(root):
        raise BodyError(f"the body has more than {MAX_DEPTH} levels of elements")
    return root


def line_of(element: etree._Element) -> int | None:
    """Return the line where an element starts, from 1; None when it was not read from octets.

    The type stubs of lxml know the attribute, and not its type.
    """
    line = cast("int | None", element.sourceline)
    return line or None


def _refuse(data: bytes, found: bytes, message: str) -> NoReturn:
    """Raise the error for ``found``, with the line where it stands."""
    raise BodyError(message, line=data.count(b"\n", 0, data.index(found)) + 1)

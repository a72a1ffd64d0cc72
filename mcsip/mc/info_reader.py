"""Reading the elements of migration out of an info body's tree."""

from lxml import etree

from mcsip.mc.elements import ENCRYPTED, RESULT_FAIL, RESULT_SUCCESS, Tags
from mcsip.mc.elements import MOVED_TAG as _MOVED
from mcsip.mc.elements import PARTNER_SYSTEM_TAG as _PARTNER_SYSTEM
from mcsip.mc.elements import REASON_TAG as _REASON
from mcsip.mc.xml import BodyError, line_of

_MAX_INDEX_DIGITS = 9
"""Longest user profile index that is read; xs:nonNegativeInteger knows no limit [ours]."""
_RESULTS = {RESULT_SUCCESS: True, "true": True, "1": True}
_RESULTS |= {RESULT_FAIL: False, "false": False, "0": False}
"""What migration-auth-result may hold: a string of ours, or xs:boolean [ours]."""


class Contents:
    """The elements of one body, collected; each may stand once in a body.

    Attributes:
        texts: text of each element of type contentType, and of the profile index, by tag.
        reason: our own element with the reason of a refusal.
        partner_system: text of our own element with the new partner system.
        moved: whether our own element says that the user comes from another partner system.
    """

    __slots__ = ("moved", "partner_system", "reason", "tags", "texts")

    def __init__(self, root: etree._Element, tags: Tags) -> None:
        self.tags = tags
        self.texts: dict[str, str] = {}
        self.reason: etree._Element | None = None
        self.partner_system: str | None = None
        self.moved = False
        if root.tag != tags.root:
            raise BodyError(
                f"the root element is {local_name(root)}, not {local_part(tags.root)}"
                " in its namespace",
                line=line_of(root),
            )
        self._read_root(root)

    def _read_root(self, root: etree._Element) -> None:
        """Read the parameters, and each anyExt: under the parameters or under the root [ours]."""
        tags = self.tags
        for child in root:
            if child.tag == tags.params:
                for parameter in child:
                    tag = parameter.tag
                    if tag == tags.any_ext:
                        self._read_ext(parameter)
                    elif tag == tags.access_token or tag == tags.client_id:  # noqa: PLR1714 - faster
                        self._set(tag, parameter, self._content_of(parameter))
            elif child.tag == tags.any_ext:
                self._read_ext(child)

    def _read_ext(self, ext: etree._Element) -> None:
        """Read the elements of migration among the children of an anyExt."""
        tags = self.tags
        for child in ext:
            tag = child.tag
            if tag in tags.ext_contents:
                self._set(tag, child, self._content_of(child))
            elif tag == tags.selected_profile:
                self._set(tags.profile_index, child, self._profile_index_of(child))
            elif tag == _REASON:
                if self.reason is not None:
                    raise _twice(child)
                self.reason = child
            elif tag == _PARTNER_SYSTEM:
                if self.partner_system is not None:
                    raise _twice(child)
                self.partner_system = (child.text or "").strip()
            elif tag == _MOVED:
                if self.moved:
                    raise _twice(child)
                self.moved = (child.text or "").strip() in {"true", "1"}

    def _set(self, key: str, element: etree._Element, text: str) -> None:
        """Keep the text of an element that may stand once: two might be read differently."""
        if key in self.texts:
            raise _twice(element)
        self.texts[key] = text

    def _content_of(self, element: etree._Element) -> str:
        """Return the text within an element of type contentType, whichever wrapper holds it."""
        if element.get("type") == ENCRYPTED:
            raise BodyError(
                f"{local_name(element)} is encrypted, which is not supported",
                line=line_of(element),
            )
        if len(element) == 1:
            wrapper = element[0]
            if wrapper.tag in self.tags.wrappers:
                return (wrapper.text or "").strip()
        raise BodyError(
            f"{local_name(element)} holds none of {', '.join(self.tags.wrapper_names)}",
            line=line_of(element),
        )

    def _profile_index_of(self, element: etree._Element) -> str:
        """Return the text of the child user-profile-index."""
        for child in element:
            if child.tag == self.tags.profile_index:
                return (child.text or "").strip()
        raise BodyError(f"{local_name(element)} is empty", line=line_of(element))


def index_from(text: str) -> int:
    """Return the user profile index that a text says; raises BodyError when it says none."""
    digits = text.removeprefix("+")
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= _MAX_INDEX_DIGITS):
        raise BodyError(f"the user profile index is {text!r}, not a number from 0")
    return int(digits)


def result_from(text: str) -> bool:
    """Return whether a migration-auth-result says success; raises BodyError when unclear."""
    result = _RESULTS.get(text)
    if result is None:
        raise BodyError(f"the migration-auth-result is {text!r}, neither success nor fail")
    return result


def local_part(tag: str) -> str:
    """Return a tag without its namespace."""
    return tag.rpartition("}")[2]


def local_name(element: etree._Element) -> str:
    """Return the name of an element without its namespace."""
    return local_part(str(element.tag))


def _twice(element: etree._Element) -> BodyError:
    return BodyError(f"{local_name(element)} stands there twice", line=line_of(element))

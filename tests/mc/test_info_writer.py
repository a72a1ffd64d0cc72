"""Every shape of body: well-formed, its texts in the order that they are given, whatever they say."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from mcsip.mc.info_writer import REASON_ATTRIBUTES, write_body
from mcsip.mc.services import MCPTT, Service
from mcsip.mc.xml import parse_xml

NAMES = (
    "access-token",
    "client-id",
    "resp-type",
    "migration-auth-result",
    "partner-id",
    "user-profile-index",
    "primary-id",
    "partner-system",
    "moved",
)
FIRST_OF_REASON = len(NAMES)
ALL = tuple(f"text {number}" for number in range(FIRST_OF_REASON + len(REASON_ATTRIBUTES) + 1))
XML_TEXT = st.text(
    st.characters(
        codec="utf-8",
        exclude_characters=[
            *(chr(c) for c in range(32) if c not in {9, 10, 13}),
            "\ufffe",
            "\uffff",
        ],
    )
)


def _leaves(body: bytes) -> list[tuple[str, str]]:
    """Return the name of each element that holds a text, or of its parent, and the text."""
    found = []
    for leaf in parse_xml(body).iter():
        if len(leaf) or etree.QName(leaf).localname == "anyExt":
            continue
        parent = leaf.getparent()
        assert parent is not None
        wrapped = etree.QName(leaf).localname in {"mcpttURI", "mcpttString"}
        found.append((etree.QName(parent if wrapped else leaf).localname, leaf.text or ""))
    return found


def test_the_texts_of_every_shape_stand_in_order() -> None:
    for present in product([False, True], repeat=len(NAMES)):
        texts = [text if there else None for text, there in zip(ALL, present, strict=False)]
        leaves = _leaves(write_body(MCPTT, "resp-type", [*texts, *[None] * 6]))
        assert [text for _, text in leaves] == [text for text in texts if text is not None]
        names = [name for name, there in zip(NAMES, present, strict=True) if there]
        assert [name.replace("mcptt-", "") for name, _ in leaves] == names


def test_the_reason_stands_last_with_its_attributes(service: Service) -> None:
    body = write_body(service, "resp-type", ALL)
    reason = [*parse_xml(body).iter()][-1]
    assert reason.text == ALL[-1]
    assert list(reason.attrib) == list(REASON_ATTRIBUTES)
    assert [*reason.attrib.values()] == list(ALL[FIRST_OF_REASON:-1])
    without_warning = write_body(service, "resp-type", [*ALL[:-2], None, ALL[-1]])
    assert list([*parse_xml(without_warning).iter()][-1].attrib) == list(REASON_ATTRIBUTES[:-1])


@given(XML_TEXT)
def test_any_text_arrives_as_it_is(text: str) -> None:
    """Also in attributes, where a reader would make spaces of white space: XML 1.0 3.3.3 [gen]."""
    body = write_body(MCPTT, "resp-type", [text, *[None] * 8, text, *[None] * 4, text])
    assert body.decode().count("<") == body.decode().count(">"), "nothing but our own tags"
    assert [found for _, found in _leaves(body)] == [text, text]
    assert [*parse_xml(body).iter()][-1].get("key") == text


@pytest.mark.parametrize("text", ["\0", "\x0b", "\ud800", "\ufffe"])
def test_what_xml_cannot_carry_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="a control character"):
        write_body(MCPTT, "req-type", [text, *[None] * 14])

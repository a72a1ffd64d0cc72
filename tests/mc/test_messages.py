"""The table of messages: what each carries on which hop (TS 23.280 10.6.3)."""

import pytest

from mcsip.mc.info import Info
from mcsip.mc.messages import (
    BY_WIRE_VALUE,
    DEAUTHORIZATION,
    MESSAGES,
    REQ_TYPE,
    REQUEST,
    RESP_TYPE,
    RESPONSE,
    USER_AUTHORISATION,
    Element,
    HopKind,
    MigrationMessage,
    Side,
)
from mcsip.mc.source import Grade
from mcsip.mc.steps import PROCEDURE_OF

ROWS = [
    ("migration-service-authorization-request", REQ_TYPE, Side.PRIMARY, set(HopKind)),
    ("migration-service-authorization-response", RESP_TYPE, Side.PARTNER, set(HopKind)),
    ("migration-service-deauthorization-notification", REQ_TYPE, Side.PARTNER, {HopKind.SYSTEM}),
    ("mc-service-user-authorisation-notification", REQ_TYPE, Side.PRIMARY, {HopKind.SYSTEM}),
    ("migration-trigger", REQ_TYPE, Side.PRIMARY, {HopKind.CLIENT}),
]


@pytest.mark.parametrize(("name", "carried_in", "towards", "hops"), ROWS)
def test_rows(name: str, carried_in: str, towards: Side, hops: set[HopKind]) -> None:
    message = MESSAGES[name]
    assert (message.carried_in, message.towards) == (carried_in, towards)
    assert set(message.content) == hops
    assert BY_WIRE_VALUE[carried_in, message.value] is message
    assert name in PROCEDURE_OF


def test_there_are_these_messages() -> None:
    assert list(MESSAGES) == [name for name, *_ in ROWS]


@pytest.mark.parametrize("message", MESSAGES.values(), ids=MESSAGES.keys())
def test_the_ids_are_in_every_message_and_the_token_in_one(message: MigrationMessage) -> None:
    for hop, content in message.content.items():
        assert Element.PRIMARY_ID in content.required
        token_here = hop is HopKind.CLIENT and message.name.endswith("-request")
        assert (Element.ACCESS_TOKEN in content.required) is token_here
        assert (Element.ACCESS_TOKEN in content.forbidden) is not token_here
        assert not content.required & content.optional
        assert not (content.required | content.optional) & content.forbidden


PROCEDURES = [REQUEST, RESPONSE, DEAUTHORIZATION, USER_AUTHORISATION]


@pytest.mark.parametrize("name", PROCEDURES)
def test_a_partner_that_issued_no_id_is_named_by_its_domain(name: str) -> None:
    """TR 23.781 6.x.1 step 3: the temporary identity is included if one was allocated."""
    content = MESSAGES[name].content[HopKind.SYSTEM]
    assert content.one_of == {Element.PARTNER_ID, Element.PARTNER_SYSTEM} <= content.optional


def test_the_strings_on_the_wire_are_placeholders() -> None:
    """TS 24.379 7A was not obtainable: nobody may claim conformance to these strings."""
    assert {message.wire.grade for message in MESSAGES.values()} == {Grade.OURS}


def test_an_element_is_a_field_of_info() -> None:
    assert {element.value for element in Element} <= set(Info._fields)

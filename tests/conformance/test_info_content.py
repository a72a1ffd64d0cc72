"""The content of info bodies: what the cases of the clauses leave open."""

import pytest

from mcsip.mc.communication import Communication, build_communication
from mcsip.mc.messages import DEAUTHORIZATION, REQUEST, RESPONSE
from mcsip.mc.services import MCPTT
from tests.conformance.mc_traces import (
    PARTNER_ID,
    PRIMARY_ID,
    carried,
    found,
    hop,
    info,
)

PREFIX = "ts24379/F.1"
CALL = build_communication(Communication(MCPTT, session_type="private", target=PRIMARY_ID))


def of(rule: str, octets: bytes) -> list[tuple[str, str]] | None:
    return found(f"{PREFIX}/{rule}", hop(carried(MCPTT, octets)))


@pytest.mark.parametrize(
    "rule",
    [
        "one-type",
        "type-known",
        "new-type",
        "id-form",
        "two-systems",
        "primary-id",
        "profile",
        "user",
        "result",
        "result-value",
        "reason",
    ],
)
def test_the_body_of_a_call_is_no_matter_of_migration(rule: str) -> None:
    assert of(rule, CALL) is None


def test_elements_of_migration_without_a_type() -> None:
    octets = info(MCPTT)
    start, end = octets.index(b"<req-type"), octets.index(b"</req-type>") + len(b"</req-type>")
    assert of("type-known", octets[:start] + octets[end:]) == [("neither of them", "")]


def test_a_type_of_something_else_is_not_judged() -> None:
    """The two elements are open sets of strings; other features have theirs."""
    octets = info(MCPTT, DEAUTHORIZATION, primary_id=None, partner_id=None)
    octets = octets.replace(b"migration-service-deauthorization-notification", b"location-request")
    assert of("type-known", octets) is None


def test_the_type_of_an_answer_in_the_element_for_requests() -> None:
    octets = info(MCPTT, RESPONSE).replace(b"resp-type", b"req-type")
    assert of("type-known", octets)


@pytest.mark.parametrize("value", ["forward-private-call-request", "migration", "migration-auth"])
def test_old_types(value: str) -> None:
    octets = info(MCPTT).replace(
        b"<anyExt>", f"<anyExt><request-type>{value}</request-type>".encode()
    )
    assert bool(of("new-type", octets)) is value.startswith("migration")


@pytest.mark.parametrize("text", ["sip:visitor@b.example", "sips:visitor@b.example"])
def test_ids(text: str) -> None:
    assert of("id-form", info(MCPTT, partner_id=text)) == []


@pytest.mark.parametrize(
    "text", ["tel:+123", "sip:b.example", "sip:v@b.example:5060", "sip:v@b.example;user=phone"]
)
def test_no_ids(text: str) -> None:
    assert of("id-form", info(MCPTT, partner_id=text))


def test_a_visitor_without_an_id_of_the_partner() -> None:
    octets = info(MCPTT, REQUEST, partner_id=None)
    assert of("two-systems", octets) is None
    assert of("id-form", octets) == []


@pytest.mark.parametrize("value", ["success", "fail", "true", "false", "1", "0"])
def test_results(value: str) -> None:
    octets = info(MCPTT, RESPONSE).replace(b">success<", f">{value}<".encode())
    assert of("result-value", octets) == []


def test_ids_of_one_domain_in_other_letters() -> None:
    octets = info(MCPTT).replace(PARTNER_ID.encode(), b"sip:visitor@AWAY.example")
    assert of("two-systems", octets)

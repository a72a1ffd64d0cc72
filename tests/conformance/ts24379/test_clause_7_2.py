"""TS 24.379 7.2: service authorisation by REGISTER and by PUBLISH."""

import pytest

from mcsip.mc.authorisation import ServiceAuthorisation, build_authorisation
from mcsip.mc.services import MCPTT, SERVICES, Service
from mcsip.trace import Trace
from tests.conformance.mc_traces import CLIENT_ID, TOKEN, Proofs, carried, found, hop
from tests.conformance.rfc3261.wire import request

FULL = build_authorisation(ServiceAuthorisation(MCPTT, TOKEN, CLIENT_ID))
WITHOUT_ID = build_authorisation(ServiceAuthorisation(MCPTT, TOKEN))
WITHOUT_TOKEN = FULL.replace(b"mcptt-access-token", b"mcptt-request-uri")


def registering(octets: bytes, service: Service = MCPTT) -> Trace:
    return hop(carried(service, octets, method="REGISTER", uri="sip:home.example"))


def publishing(event: str | None, octets: bytes = FULL) -> Trace:
    return hop(carried(MCPTT, octets, changes={"Event": event}, method="PUBLISH"))


PROOFS: Proofs = {
    "ts24379/7.2.1/register-token": (lambda: registering(FULL), lambda: registering(WITHOUT_TOKEN)),
    "ts24379/7.2.1/register-client-id": (
        lambda: registering(FULL),
        lambda: registering(WITHOUT_ID),
    ),
    "ts24379/7.2.2/publish-event": (
        lambda: publishing("poc-settings"),
        lambda: publishing("presence"),
    ),
}


@pytest.mark.parametrize(
    ("rule", "actual"),
    [
        ("ts24379/7.2.1/register-token", "an info body without it"),
        ("ts24379/7.2.1/register-client-id", "an info body without it"),
        ("ts24379/7.2.2/publish-event", "Event: presence"),
    ],
)
def test_a_rule_passes_what_is_right_and_finds_what_is_wrong(rule: str, actual: str) -> None:
    good, bad = PROOFS[rule]
    assert found(rule, good()) == []
    faults = found(rule, bad())
    assert faults is not None
    assert [said for said, _ in faults] == [actual]


@pytest.mark.parametrize("service", SERVICES.values(), ids=str)
def test_all_services(service: Service) -> None:
    octets = build_authorisation(ServiceAuthorisation(service, TOKEN))
    assert found("ts24379/7.2.1/register-token", registering(octets, service)) == []


def test_a_register_without_info_body_asks_for_nothing() -> None:
    data = request("REGISTER", uri="sip:home.example")
    for rule in ("register-token", "register-client-id"):
        assert found(f"ts24379/7.2.1/{rule}", hop(data)) is None


def test_a_publish_without_event_or_without_token() -> None:
    rule = "ts24379/7.2.2/publish-event"
    assert found(rule, publishing(None)) == [("no Event field", "")]
    assert found(rule, publishing("poc-settings;id=1")) == []
    assert found(rule, publishing("presence", WITHOUT_TOKEN)) is None

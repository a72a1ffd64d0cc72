"""RFC 3841 9.2: Accept-Contact and Reject-Contact."""

import pytest

from mcsip.mc.services import MCPTT, SERVICES, Service
from mcsip.trace import Trace
from tests.conformance.mc_traces import Proofs, found
from tests.conformance.rfc3261.wire import request, trace

RULE = "rfc3841/9.2/syntax"
TAG, ICSI = MCPTT.accept_contact


def said(value: str, name: str = "Accept-Contact") -> Trace:
    return trace(("ue", "core", request("MESSAGE", {name: value})))


PROOFS: Proofs = {RULE: (lambda: said(ICSI), lambda: said(ICSI.replace("%3A", ":")))}


@pytest.mark.parametrize("service", SERVICES.values(), ids=str)
def test_what_we_send(service: Service) -> None:
    for value in service.accept_contact:
        assert found(RULE, said(value)) == []


@pytest.mark.parametrize(
    "value",
    [
        f"{TAG}, {ICSI}",
        "*",
        '*;audio;video;methods="INVITE,BYE"',
        '*;class="personal,!business"',
        '*;+sip.priority="#>=5,#1:4"',
        '*;description="<a phone>"',
        "*;+g.3gpp.mcptt;REQUIRE;Explicit",
        "*;something=else",
    ],
)
def test_what_may_stand_there(value: str) -> None:
    assert found(RULE, said(value)) == []


@pytest.mark.parametrize(
    ("value", "actual"),
    [
        ("+g.3gpp.mcptt;require;explicit", "'+g.3gpp.mcptt'"),
        ("<sip:server@home.example>;require", "'<sip:server@home.example>'"),
        ('*;+g.3gpp.icsi-ref="urn:urn-7:x"', "'+g.3gpp.icsi-ref=\"urn:urn-7:x\"'"),
        ("*;+g.3gpp.icsi-ref=urn%3Aurn-7%3Ax", "'+g.3gpp.icsi-ref=urn%3Aurn-7%3Ax'"),
        ("*;+g.3gpp.mcptt;require=true", "'require=true'"),
        ("*;+;require", "'+'"),
    ],
    ids=["no star", "a URI", "colons", "not quoted", "require with a value", "no name"],
)
def test_what_may_not(value: str, actual: str) -> None:
    assert found(RULE, said(value)) == [(actual, value)]


def test_reject_contact() -> None:
    assert found(RULE, said('*;actor="msg-taker"', "Reject-Contact")) == []
    assert found(RULE, said("actor", "Reject-Contact")) == [("'actor'", "actor")]


def test_without_the_fields_there_is_nothing_to_look_at() -> None:
    assert found(RULE, trace(("ue", "core", request()))) is None

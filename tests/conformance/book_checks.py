"""What must hold for the rules of every document: they say what they require, and never raise."""

from mcsip.conformance.catalogue import RULES
from mcsip.conformance.check import check_trace
from mcsip.conformance.rule import AnyRule
from mcsip.mc.services import MCDATA, MCPTT, MCVIDEO, Service
from mcsip.mc.source import Grade
from tests.conformance.mc_traces import carried, info
from tests.conformance.rfc3261.wire import Changes, response, trace

ODD = (b"\xff\xfe\x00", b'"', b"<", b";;==", b",", b"2" * 40, b"<sip:>", b"*;+;=", b"")
ODD_BODIES = (b"", b"\0", b"\xff\xfe<\0", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", b"<a/>" * 9)
MORE: Changes = {
    "P-Asserted-Identity": "<sip:a@home.example>",
    "P-Preferred-Identity": "<sip:a@home.example>",
    "P-Preferred-Service": MCPTT.icsi,
    "Event": "presence",
    "Warning": '399 home.example "101 service authorisation failed"',
}


def rules_of_book(document: str) -> list[AnyRule]:
    """Return the rules of a document, by the first part of their ids; at least one."""
    found = [rule for rule in RULES if rule.id.startswith(f"{document}/")]
    assert found
    return found


def check_sentences(rules: list[AnyRule], *grades: Grade) -> None:
    """Assert that each rule says in one sentence what is required, and has one of these grades."""
    for rule in rules:
        assert rule.requirement[:1].isupper(), rule.id
        assert not rule.requirement.endswith("."), rule.id
        assert "{" not in rule.requirement, rule.id
        assert rule.source.grade in grades, rule.id


def check_odd_fields(rules: list[AnyRule], service: Service = MCPTT) -> None:
    """Hold messages against the rules in which one field holds what none should."""
    for method in ("MESSAGE", "PUBLISH", "REGISTER"):
        _with_odd_lines(rules, carried(service, info(service), "server", MORE, method=method))
    asked = carried(service, info(service), "server")
    _with_odd_lines(rules, response(asked, "403 Forbidden", MORE))
    _with_odd_lines(rules, response(asked, "200 OK", MORE, body=info(service)))


def check_odd_bodies(rules: list[AnyRule]) -> None:
    """Hold messages against the rules whose info bodies are cut anywhere, or are no such."""
    for service in (MCPTT, MCVIDEO, MCDATA):
        good = info(service)
        cut = [good[:at] for at in range(0, len(good), 37)]
        turned = [good[:at] + b"<" + good[at + 1 :] for at in range(0, len(good), 41)]
        for octets in (*ODD_BODIES, *cut, *turned):
            check_trace(trace(("ue", "core", carried(service, octets))), rules=rules)


def _with_odd_lines(rules: list[AnyRule], good: bytes) -> None:
    head, gap, body = good.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    for at in range(1, len(lines)):
        name = lines[at].partition(b":")[0]
        for odd in ODD:
            changed = [*lines[:at], name + b": " + odd, *lines[at + 1 :]]
            octets = b"\r\n".join(changed) + gap + body
            check_trace(trace(("server", "gateway", octets), ("ue", "core", octets)), rules=rules)

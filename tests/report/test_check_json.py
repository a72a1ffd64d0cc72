"""The result of a check for programs."""

import json
from collections.abc import Callable

from mcsip import __version__
from mcsip.report.check_json import build_conformance, render_check_json
from mcsip.report.checked import Check
from mcsip.report.checkmodel import check_schema

Golden = Callable[[str, str], None]


def test_every_kind_of_ending(checks: list[Check], golden: Golden) -> None:
    text = render_check_json(checks)
    golden("check.json", text.replace(f"mcsip {__version__}", "mcsip VERSION"))


def test_it_has_the_fields_of_the_schema(checks: list[Check]) -> None:
    """Every object has the properties of its definition, all of them and no other."""
    schema = check_schema()
    definitions = schema["$defs"]
    assert isinstance(definitions, dict)
    report = json.loads(render_check_json(checks))
    assert report["version"] == 1
    properties = schema["properties"]
    assert isinstance(properties, dict)
    assert set(report) == set(properties)
    for trace in report["traces"]:
        assert set(trace) == set(definitions["ConformanceModel"]["properties"])
        for rule in trace["rules"]:
            assert set(rule) == set(definitions["RuleModel"]["properties"])
            for fault in rule["findings"]:
                assert set(fault) == set(definitions["FaultModel"]["properties"])


def test_a_finding_points_at_the_octets(broken: Check) -> None:
    fault = build_conformance(broken).rules[0].findings[0]
    assert fault.span is not None
    data = broken.quotes[fault.number].wire.data
    assert data[slice(*fault.span)] == b"z9hG4bKid"
    assert fault.text == data.split(b"\r\n")[(fault.line or 0) - 1].decode()


def test_the_worst_verdict_and_no_secrets(checks: list[Check], secrets: tuple[bytes, ...]) -> None:
    text = render_check_json(checks)
    assert json.loads(text)["verdict"] == "fail"
    assert json.loads(render_check_json(checks[1:]))["verdict"] == "inconc"
    assert json.loads(render_check_json([]))["verdict"] == "none"
    assert not any(secret.decode() in text for secret in secrets)

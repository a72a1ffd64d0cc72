"""TS 24.379 4.4: the Warning field."""

from functools import partial

import pytest

from mcsip.mc.warning import warning_value
from mcsip.trace import Trace
from tests.conformance.mc_traces import Proofs, found
from tests.conformance.rfc3261.wire import request, response, trace

RULE = "ts24379/4.4"
GOOD = warning_value(101, "home.example")


def refused(value: str, status: str = "403 Forbidden", sender: str = "server") -> Trace:
    """Return the refusal of a request, with a Warning."""
    data = response(request(), status, None, ("Warning", value))
    return trace((sender, "core" if sender == "server" else "ue", data))


BAD = {
    "form": '101 home.example "service authorisation failed"',
    "code": '399 home.example "131 user not allowed"',
    "text": '399 home.example "101 your token has expired"',
    "status": warning_value(141, "home.example"),
}
PROOFS: Proofs = {
    f"{RULE}/{name}": (partial(refused, GOOD), partial(refused, bad)) for name, bad in BAD.items()
}


@pytest.mark.parametrize(("name", "value"), BAD.items())
def test_a_rule_passes_what_is_right_and_finds_what_is_wrong(name: str, value: str) -> None:
    assert found(f"{RULE}/{name}", refused(GOOD)) == []
    faults = found(f"{RULE}/{name}", refused(value))
    assert faults is not None
    assert [marked for _, marked in faults] == [value]


@pytest.mark.parametrize(
    "value",
    [
        '399 "101 service authorisation failed"',
        "399 home.example 101 service authorisation failed",
        '399 home.example "101 service" authorisation failed"',
        '99 home.example "x"',
    ],
    ids=["no host", "not quoted", "quote within", "two digits"],
)
def test_the_form(value: str) -> None:
    assert found(f"{RULE}/form", refused(value)), value


@pytest.mark.parametrize(
    ("name", "value", "status"),
    [
        ("form", '305 home.example "Incompatible media format"', "488 Not Acceptable Here"),
        ("form", '399 home.example "profile-unknown: no such profile"', "403 Forbidden"),
        ("code", '399 home.example "190 something newer than our table"', "403 Forbidden"),
        ("text", warning_value(100, "a.example", "local policy"), "403 Forbidden"),
        ("text", '399 a.example "101 Service Authorisation Failed: expired"', "403 Forbidden"),
        ("status", warning_value(145, "a.example"), "480 Temporarily Unavailable"),
    ],
    ids=["RFC 3261 20.43", "no MC code", "not known", "detail", "other case", "status of ours"],
)
def test_what_is_no_fault(name: str, value: str, status: str) -> None:
    assert not found(f"{RULE}/{name}", refused(value, status))


def test_a_response_without_a_warning_is_not_looked_at() -> None:
    data = response(request(), "403 Forbidden")
    for name in BAD:
        assert found(f"{RULE}/{name}", trace(("server", "core", data))) is None


def test_the_form_is_judged_for_mc_entities_only() -> None:
    assert found(f"{RULE}/form", refused(BAD["form"], sender="core")) is None

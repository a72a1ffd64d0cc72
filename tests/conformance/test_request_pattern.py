"""The MESSAGE of an MC service: what the cases of the clauses leave open."""

import pytest

from mcsip.conformance.mc_request import family
from mcsip.mc.services import MCDATA, MCPTT
from tests.conformance.mc_traces import PRIMARY_ID, carried, found, hop, info
from tests.conformance.rfc3261.wire import Changes, request

PREFIX = "ts24379/10.1.4.2.1"
ICSI = MCPTT.accept_contact[1].partition(";require")[0]
PLAIN: Changes = {"Content-Type": "text/plain"}


def of(
    rule: str, data: bytes, sender: str = "ue", receiver: str = "core"
) -> list[tuple[str, str]] | None:
    return found(f"{PREFIX}/{rule}", hop(data, sender, receiver))


def test_a_request_of_nobody() -> None:
    for rule in ("request-uri", "preferred-service", "accept-contact", "content-type"):
        assert of(rule, request()) is None


def test_mcdata_has_an_icsi_for_each_capability() -> None:
    icsi = f"{family(MCDATA)}.fd"
    data = carried(MCDATA, info(MCDATA), changes={"P-Preferred-Service": icsi})
    assert found("ts24282/pattern/preferred-service", hop(data)) == []


@pytest.mark.parametrize(
    "uri", ["sip:alice@away.example", "sip:visitor@home.example"], ids=["primary", "partner"]
)
def test_the_request_uri_is_of_nobody(uri: str) -> None:
    assert of("request-uri", carried(MCPTT, info(MCPTT), uri=uri))
    between = carried(MCPTT, info(MCPTT, client=False), "gateway", uri=uri)
    assert of("request-uri", between, "gateway", "away")


def test_towards_a_client_it_is_the_user_s() -> None:
    data = carried(MCPTT, info(MCPTT, client=False), "server", uri=PRIMARY_ID)
    assert of("request-uri", data, "server", "core") is None
    assert of("request-uri", data, "server", "ue") is None


def test_who_prefers_and_who_asserts() -> None:
    asked = carried(MCPTT, info(MCPTT))
    told = carried(MCPTT, info(MCPTT, client=False), "server")
    assert of("preferred-service", told, "server", "gateway") is None
    assert of("asserted-service", asked) is None
    assert of("asserted-identity", asked) is None


@pytest.mark.parametrize(
    "values",
    [
        [f"{ICSI};explicit;require", "*;explicit;+G.3GPP.MCPTT;require"],
        [f"*;+g.3gpp.mcptt;{ICSI.removeprefix('*;')};require;explicit"],
    ],
    ids=["another order", "one value"],
)
def test_preferences_that_say_the_same(values: list[str]) -> None:
    data = carried(MCPTT, info(MCPTT), changes={"Accept-Contact": ", ".join(values)})
    assert of("accept-contact", data) == []


def test_no_preference_at_all() -> None:
    data = carried(MCPTT, info(MCPTT), changes={"Accept-Contact": None})
    assert of("accept-contact", data) == [("no such value", ""), ("no such value", "")]
    assert of("accept-contact-fields", data) is None


@pytest.mark.parametrize("value", ['*;x="', "*", "g.3gpp.mcptt"])
def test_preferences_that_say_nothing(value: str) -> None:
    data = carried(MCPTT, info(MCPTT), changes={"Accept-Contact": value})
    assert len(of("accept-contact", data) or []) == 2


def test_a_multipart_body_that_is_not_sound() -> None:
    data = carried(MCPTT, b"--b\r\n", changes={"Content-Type": "multipart/mixed;boundary=b"})
    assert of("multipart", data)
    assert of("content-type", data) is None

"""The token endpoint without its HTTP: what RFC 6749, 7523 and 8693 say of right and wrong requests."""

import base64
import random
from urllib.parse import quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcsip.mc.oauth import (
    GRANT_EXCHANGE,
    GRANT_JWT_BEARER,
    GRANT_PASSWORD,
    TYPE_ACCESS_TOKEN,
    TYPE_JWT,
)
from mcsip.net.ids import SeededIds
from mcsip.nodes.identities import Identities, OAuthClient
from mcsip.nodes.idms_https import basic
from mcsip.nodes.idms_oauth import Answer, TokenEndpoint, plain

from .idms_world import GUEST, PARTNER_IDMS, PRIMARY_IDMS, SCOPE, alone, client_of, password_of
from .world import ALICE, BOB

WALL = 1_767_225_600.0
TOPOLOGY = alone()
IDENTITIES = Identities(TOPOLOGY, "1", SeededIds(random.Random("1")))
CLIENT = client_of(IDENTITIES, TOPOLOGY)
PASSWORD = password_of(IDENTITIES)
NOTES: list[str] = []


def endpoint(system: str) -> TokenEndpoint:
    return TokenEndpoint(
        IDENTITIES.idms(TOPOLOGY.systems[system]),
        IDENTITIES.oauth_clients,
        lambda: WALL,
        lambda _clause, text: NOTES.append(text),
    )


PRIMARY, PARTNER = endpoint("primary"), endpoint("partner")
LOGIN = {"grant_type": GRANT_PASSWORD, "username": ALICE, "password": PASSWORD, "scope": SCOPE}


def ask(
    form: dict[str, str],
    at: TokenEndpoint = PRIMARY,
    authorization: str | None = basic(CLIENT),
) -> Answer:
    return at.answer({name: [value] for name, value in form.items()}, authorization)


def access_token(user: str = ALICE) -> str:
    form = {**LOGIN, "username": user, "password": password_of(IDENTITIES, user)}
    return str(ask(form).body["access_token"])


def exchange(**changes: str | None) -> dict[str, str]:
    form = {
        "grant_type": GRANT_EXCHANGE,
        "subject_token": access_token(),
        "subject_token_type": TYPE_ACCESS_TOKEN,
        "resource": PARTNER_IDMS,
        **changes,
    }
    return {name: value for name, value in form.items() if value is not None}


def security_token() -> str:
    return str(ask(exchange()).body["access_token"])


def test_a_login() -> None:
    """RFC 6749 5.1."""
    answer = ask(LOGIN)
    assert answer.status == 200
    assert {name: answer.body[name] for name in answer.body if name != "access_token"} == {
        "token_type": "Bearer",
        "expires_in": 3600,
        "scope": SCOPE,
        "mc_id": ALICE,
    }
    assert ("Cache-Control", "no-store") in answer.headers
    assert str(answer.body["access_token"]) not in repr(answer)


def test_an_exchange() -> None:
    """RFC 8693 2.2.1; TS 33.180 B.7.3."""
    answer = ask(exchange(requested_token_type=TYPE_JWT))
    assert answer.status == 200
    assert {name: answer.body[name] for name in answer.body if name != "access_token"} == {
        "issued_token_type": TYPE_JWT,
        "token_type": "N_A",
        "expires_in": 300,
    }


@pytest.mark.parametrize("target", ["resource", "audience"])
def test_the_target_is_the_resource_or_the_audience(target: str) -> None:
    """RFC 8693 2.1."""
    assert ask(exchange(**{"resource": None, target: PARTNER_IDMS})).status == 200


def test_a_token_request_at_the_partner() -> None:
    """TS 33.180 B.7.4, B.7.5; RFC 7523 2.1."""
    form = {"grant_type": GRANT_JWT_BEARER, "assertion": security_token(), "scope": SCOPE}
    answer = ask(form, PARTNER)
    assert (answer.status, answer.body["mc_id"]) == (200, GUEST)
    replayed = ask(form, PARTNER)
    assert (replayed.status, replayed.body["error"]) == (400, "invalid_grant")
    assert replayed.body["mcsip_reason"] == "token-replayed"


@pytest.mark.parametrize("target", [None, PARTNER_IDMS, "partner.example"])
def test_a_token_exchange_at_the_partner(target: str | None) -> None:
    """RFC 8693: the other way to show a security token."""
    form = exchange(subject_token=security_token(), subject_token_type=TYPE_JWT, scope=SCOPE)
    form = {name: value for name, value in form.items() if name != "resource"}
    if target is not None:
        form["resource"] = target
    answer = ask(form, PARTNER)
    assert (answer.status, answer.body["issued_token_type"]) == (200, TYPE_ACCESS_TOKEN)
    assert (answer.body["token_type"], answer.body["mc_id"]) == ("Bearer", GUEST)
    again = ask(form, PARTNER)
    assert (again.body["error"], again.body["mcsip_reason"]) == (
        "invalid_request",  # RFC 8693 2.2.2
        "token-replayed",
    )


BAD: list[tuple[str, dict[str, str | None], str]] = [
    ("no grant type", {"grant_type": None}, "invalid_request"),
    ("empty grant type", {"grant_type": ""}, "invalid_request"),
    ("unknown grant type", {"grant_type": "magic"}, "unsupported_grant_type"),
    ("grant type in hieroglyphs", {"grant_type": '"\\\n\U00013080'}, "unsupported_grant_type"),
    ("code", {"grant_type": "authorization_code"}, "unsupported_grant_type"),
    ("client credentials", {"grant_type": "client_credentials"}, "unsupported_grant_type"),
    ("no username", {"username": None}, "invalid_request"),
    ("empty username", {"username": ""}, "invalid_request"),
    ("no password", {"password": None}, "invalid_request"),
    ("wrong password", {"password": "wrong"}, "invalid_grant"),
    ("another user", {"username": BOB}, "invalid_grant"),
    ("no such user", {"username": "sip:nobody@primary.example"}, "invalid_grant"),
    ("no MC service ID", {"username": "alice\r\nSet-Cookie: a"}, "invalid_grant"),
    ("no scope", {"scope": None}, "invalid_scope"),
    ("another scope", {"scope": "root"}, "invalid_scope"),
]


@pytest.mark.parametrize(("name", "changes", "error"), BAD, ids=[row[0] for row in BAD])
def test_a_bad_login(name: str, changes: dict[str, str | None], error: str) -> None:
    """RFC 6749 5.2."""
    form = {key: value for key, value in {**LOGIN, **changes}.items() if value is not None}
    check_error(ask(form), error)


def check_error(answer: Answer, error: str, status: int = 400) -> None:
    assert (answer.status, answer.body["error"]) == (status, error)
    assert ("Cache-Control", "no-store") in answer.headers
    text = str(answer.body.get("error_description", ""))
    assert text == plain(text)
    assert PASSWORD not in text
    assert CLIENT.secret not in text


BAD_EXCHANGES: list[tuple[str, dict[str, str | None], str]] = [
    ("no subject token", {"subject_token": None}, "invalid_request"),
    ("no subject token type", {"subject_token_type": None}, "invalid_request"),
    ("a SAML assertion", {"subject_token_type": "urn:ietf:params:oauth:token-type:saml2"},
     "invalid_request"),
    ("no token at all", {"subject_token": "nonsense"}, "invalid_request"),
    ("an actor", {"actor_token": "a", "actor_token_type": TYPE_JWT}, "invalid_request"),
    ("a refresh token wanted",
     {"requested_token_type": "urn:ietf:params:oauth:token-type:refresh_token"}, "invalid_request"),
    ("no resource", {"resource": None}, "invalid_target"),
    ("an unknown resource", {"resource": "https://idms.elsewhere.example"}, "invalid_target"),
    ("itself", {"resource": PRIMARY_IDMS}, "invalid_target"),
    ("two targets", {"audience": "https://idms.third.example"}, "invalid_target"),
    ("a security token elsewhere", {"subject_token_type": TYPE_JWT}, "invalid_target"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "changes", "error"), BAD_EXCHANGES, ids=[row[0] for row in BAD_EXCHANGES]
)
def test_a_bad_exchange(name: str, changes: dict[str, str | None], error: str) -> None:
    """RFC 8693 2.2.2."""
    check_error(ask(exchange(**changes)), error)


def test_whose_profiles_do_not_list_the_partner() -> None:
    answer = ask(exchange(subject_token=access_token(BOB)))
    check_error(answer, "invalid_target")
    assert answer.body["mcsip_reason"] == "partner-not-permitted"


def test_bad_token_requests_at_the_partner() -> None:
    """RFC 7523 3.1."""
    grant = {"grant_type": GRANT_JWT_BEARER}
    check_error(ask(grant, PARTNER), "invalid_request")
    check_error(ask({**grant, "assertion": "a.b.c", "scope": SCOPE}, PARTNER), "invalid_grant")
    own = {**grant, "assertion": access_token(), "scope": SCOPE}
    check_error(ask(own, PARTNER), "invalid_grant")
    wanted = exchange(
        subject_token=security_token(),
        subject_token_type=TYPE_JWT,
        requested_token_type=TYPE_JWT,
        scope=SCOPE,
    )
    check_error(ask(wanted, PARTNER), "invalid_request")


def test_a_parameter_is_there_once() -> None:
    """RFC 6749 3.2."""
    answer = PRIMARY.answer({**{k: [v] for k, v in LOGIN.items()}, "scope": [SCOPE, SCOPE]}, None)
    check_error(answer, "invalid_request")


# Who asks


def encoded(text: str | bytes) -> str:
    octets = text if isinstance(text, bytes) else text.encode()
    return "Basic " + base64.b64encode(octets).decode()


SECRET = CLIENT.secret


@pytest.mark.parametrize(
    "authorization",
    [
        basic(CLIENT),
        encoded(f"{CLIENT.client_id}:{SECRET}"),  # not form-encoded, as many clients do
        encoded(f"{CLIENT.client_id}:{SECRET}").replace("Basic", "bASIC"),
    ],
)
def test_a_client_authenticates_by_basic(authorization: str) -> None:
    """RFC 6749 2.3.1."""
    assert ask(LOGIN, authorization=authorization).status == 200


def test_a_client_authenticates_in_the_form() -> None:
    """RFC 6749 2.3.1: the other way."""
    form = {**LOGIN, "client_id": CLIENT.client_id, "client_secret": SECRET}
    assert ask(form, authorization=None).status == 200


@pytest.mark.parametrize(
    "authorization",
    [
        basic(OAuthClient(CLIENT.client_id, "wrong")),
        basic(OAuthClient("somebody", SECRET)),
        encoded(CLIENT.client_id),
        encoded(""),
        encoded(b"\xff\xfe:\x00"),
        "Basic !!!",
        "Basic",
        "Bearer " + SECRET,
        "",
        "ä",
    ],
)
def test_a_client_that_is_not_believed(authorization: str) -> None:
    """RFC 6749 5.2: 401 with WWW-Authenticate when it tried by the header field."""
    answer = ask(LOGIN, authorization=authorization)
    check_error(answer, "invalid_client", 401)
    assert dict(answer.headers)["WWW-Authenticate"].startswith("Basic")


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"client_id": CLIENT.client_id},
        {"client_id": CLIENT.client_id, "client_secret": "wrong"},
        {"client_id": "somebody", "client_secret": SECRET},
    ],
    ids=["nobody", "no secret", "wrong secret", "unknown"],
)
def test_a_client_that_is_not_believed_by_its_form(form: dict[str, str]) -> None:
    answer = ask({**LOGIN, **form}, authorization=None)
    assert answer.status in {400, 401}
    assert answer.body["error"] == "invalid_client"


def test_a_client_authenticates_in_one_way() -> None:
    """RFC 6749 2.3."""
    check_error(ask({**LOGIN, "client_secret": SECRET}), "invalid_request")


@pytest.mark.parametrize("grant", [GRANT_EXCHANGE, GRANT_JWT_BEARER])
def test_every_grant_needs_a_client(grant: str) -> None:
    form = {**exchange(), "grant_type": grant, "assertion": "a.b.c", "scope": SCOPE}
    check_error(ask(form, authorization=basic(OAuthClient("x", "y"))), "invalid_client", 401)


def test_no_secret_is_told() -> None:
    """Notes go into the trace."""
    NOTES.clear()
    access, security = access_token(), security_token()
    ask({"grant_type": GRANT_JWT_BEARER, "assertion": security, "scope": SCOPE}, PARTNER)
    ask({**LOGIN, "password": "another secret"})
    assert len(NOTES) >= 4
    for secret in (access, security, PASSWORD, SECRET, "another secret", "eyJ"):
        assert not any(secret in note for note in NOTES)


NAMES = st.sampled_from(
    [
        "grant_type", "username", "password", "scope", "client_id", "client_secret", "assertion",
        "subject_token", "subject_token_type", "resource", "audience", "requested_token_type",
        "actor_token", "x",
    ]
)  # fmt: skip
VALUES = st.text(max_size=30) | st.sampled_from(
    [GRANT_PASSWORD, GRANT_EXCHANGE, GRANT_JWT_BEARER, TYPE_JWT, TYPE_ACCESS_TOKEN, ALICE, SCOPE]
)


@given(
    st.dictionaries(NAMES, st.lists(VALUES, max_size=3)),
    st.none() | st.just(basic(CLIENT)) | st.text(max_size=40)
    | st.binary(max_size=30).map(encoded) | st.text(max_size=20).map(quote_plus),
)  # fmt: skip
@settings(deadline=None, max_examples=300)
def test_whatever_comes_is_answered(form: dict[str, list[str]], authorization: str | None) -> None:
    for at in (PRIMARY, PARTNER):
        answer = at.answer(form, authorization)
        assert answer.status in {400, 401}
        assert answer.body["error"]
        text = str(answer.body.get("error_description", ""))
        assert text == plain(text)

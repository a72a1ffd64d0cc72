"""What token requests and answers are made of."""

from mcsip.mc.oauth import GRANTS, TYPE_ACCESS_TOKEN, IdmsError, Issued


def test_a_token_is_not_shown() -> None:
    issued = Issued("eyJ.secret.token", TYPE_ACCESS_TOKEN, 3600.0, "openid", "sip:a@b", "done")
    assert "secret" not in repr(issued)


def test_a_refusal_has_its_code_and_reason() -> None:
    fault = IdmsError("invalid_grant", "token-expired", "it has expired")
    assert (fault.error, fault.reason, fault.message) == (
        "invalid_grant",
        "token-expired",
        "it has expired",
    )


def test_the_grant_types_are_those_of_the_rfcs() -> None:
    """RFC 6749 4.3.2, RFC 8693 2.1, RFC 7523 2.1."""
    assert GRANTS == (
        "password",
        "urn:ietf:params:oauth:grant-type:token-exchange",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
    )

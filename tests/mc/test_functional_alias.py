"""Publications of functional aliases: TS 24.379 9A [2nd], RFC 3863."""

import pytest

from mcsip.mc.functional_alias import (
    MAX_ALIASES,
    AliasPublication,
    build_publication,
    parse_publication,
)
from mcsip.mc.xml import BodyError

SAID = AliasPublication("sip:v@partner.example", "urn:uuid:1", ("sip:dispatch@partner.example",))


@pytest.mark.parametrize("aliases", [("sip:a@b.c",), ("sip:a@b.c", "sip:d@b.c")])
def test_round_trip(aliases: tuple[str, ...]) -> None:
    said = AliasPublication(SAID.user, SAID.client_id, aliases)
    assert parse_publication(build_publication(said)) == said


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<x/>",
        b'<presence xmlns="urn:ietf:params:xml:ns:pidf"/>',
        build_publication(AliasPublication("a", "b", ())),
        build_publication(AliasPublication("a", "b", ("",))),
        build_publication(AliasPublication("a", "b", ("sip:a@b.c",) * (MAX_ALIASES + 1))),
    ],
    ids=["empty", "other", "no client", "no alias", "empty alias", "too many"],
)
def test_what_is_refused(body: bytes) -> None:
    with pytest.raises(BodyError):
        parse_publication(body)

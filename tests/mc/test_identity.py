"""MC service IDs (TS 23.280 10.6.3.3 steps 3 to 5; the form is ours)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcsip.errors import PeerError
from mcsip.mc.identity import MAX_ID_LENGTH, canonical_id, check_mc_id, domain_of, psi_of
from mcsip.mc.services import MCPTT, MCVIDEO


@pytest.mark.parametrize(
    ("mc_id", "domain"),
    [
        ("sip:alice@primary.example", "primary.example"),
        ("SIP:Alice@Primary.EXAMPLE", "primary.example"),
        ("sips:a-b_c.d%20;x=1@p.example", "p.example"),
        ("sip:alice@localhost", "localhost"),
    ],
)
def test_sound(mc_id: str, domain: str) -> None:
    assert check_mc_id(mc_id) is None
    assert domain_of(mc_id) == domain


@pytest.mark.parametrize(
    ("mc_id", "fault"),
    [
        ("", "no SIP URI"),
        ("alice", "no SIP URI"),
        ("tel:+49123", "no SIP URI"),
        ("urn:uuid:1", "no SIP URI"),
        ("sip:primary.example", "no user part"),
        ("sip:@primary.example", "no user part"),
        ("sip:alice@", "no domain"),
        ("sip:al ice@p.example", "a character"),
        ("sip:alice:secret@p.example", "a character"),
        ("sip:alice\r\n@p.example", "a character"),
        ("sip:ali<ce@p.example", "a character"),
        ("sip:älice@p.example", "a character"),
        ("sip:alice@p.example:5060", "more than a domain"),
        ("sip:alice@p.example;x=1", "more than a domain"),
        ("sip:alice@p.example?x=1", "more than a domain"),
        ("sip:alice@p.example@q.example", "more than a domain"),
        ("sip:alice@p.example\r\nX: y", "more than a domain"),
        ("sip:alice@[::1]", "more than a domain"),
        ("sip:alice@p..example", "no domain name"),
        ("sip:alice@p.example.", "no domain name"),
        ("sip:alice@-p.example", "no domain name"),
        ("sip:" + "a" * MAX_ID_LENGTH + "@p", "longer than"),
    ],
)
def test_wrong(mc_id: str, fault: str) -> None:
    found = check_mc_id(mc_id)
    assert found is not None
    assert fault in found
    with pytest.raises(PeerError) as caught:
        domain_of(mc_id)
    assert caught.value.status == 400
    assert caught.value.message.isprintable()


def test_the_user_part_keeps_its_case() -> None:
    """RFC 3261 19.1.4."""
    assert canonical_id("SIP:Alice@P.Example") == "sip:Alice@p.example"


@given(st.text(max_size=60))
@settings(deadline=None)
def test_any_text_is_sound_or_has_a_fault(text: str) -> None:
    for mc_id in (text, f"sip:{text}@p.example", f"sip:alice@{text}"):
        if check_mc_id(mc_id) is None:
            assert canonical_id(canonical_id(mc_id)) == canonical_id(mc_id)
            assert domain_of(mc_id).isprintable()


def test_a_public_service_identity_names_the_system_only() -> None:
    assert psi_of("server", MCPTT, "partner.example") == "sip:mcptt-server@partner.example"
    assert psi_of("gateway", MCVIDEO, "p.example") == "sip:mcvideo-gateway@p.example"

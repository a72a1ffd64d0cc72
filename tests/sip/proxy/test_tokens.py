"""Fields that hold tokens: one kind is never taken for another."""

from mcsip.sip.field import make_field

from .conftest import make_hiding

HIDING = make_hiding()


def test_a_call_id_is_no_route_and_no_uri() -> None:
    token = HIDING._call_id(make_field("Call-ID", "abc@10.1.0.5")).value
    assert HIDING.routes_of(token) is None
    assert HIDING.uri_of(token) is None


def test_a_contact_is_no_route() -> None:
    contact = HIDING._contact(make_field("Contact", "<sip:a@10.1.0.5>;q=1"), always=False)
    user = contact.value.partition("sip:")[2].partition("@")[0]
    assert HIDING.uri_of(user) == "sip:a@10.1.0.5"
    assert HIDING.routes_of(user) is None
    assert contact.value.endswith(">;q=1")


def test_a_contact_of_all_bindings_stays() -> None:
    """10.2.2: ``*``."""
    field = make_field("Contact", "*")
    assert HIDING._contact(field, always=True) is field


def test_an_empty_list_of_routes_comes_back_empty() -> None:
    """Nobody inside stayed in the path but we."""
    [ours] = [HIDING._routes("record-route", [], []).value]
    user = ours.partition("sip:")[2].partition("@")[0]
    assert HIDING.routes_of(user) == []


def test_a_to_that_is_not_ours_stays() -> None:
    field = make_field("To", "<sip:alice@gw.partner.example>;tag=a")
    assert HIDING._inner_party(field) is field


def test_a_party_shows_neither_host_nor_port_nor_transport() -> None:
    """RFC 3261 19.1.1, table 1, and 8.1.1.3; in its dialog the token leads back."""
    seen = HIDING._party(make_field("From", "<sip:a@10.1.0.5:5070>;tag=t"), lone=False)
    uri = seen.value.partition("<")[2].partition(">")[0]
    assert uri.endswith(f"@{HIDING._face.domain}"), seen
    assert ":" not in uri.removeprefix("sip:")
    back = HIDING._inner_party(make_field("To", seen.value))
    assert back.value == "<sip:a@10.1.0.5:5070>;tag=t"

"""The table of header fields: RFC 3261 7.3, 20."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcsip.sip.headers import HEADER_FIELDS, canonical, is_list, long_name, split_list

# RFC 3261 7.3.3, 20 and the extensions' own RFCs
COMPACT = {
    "a": "accept-contact",
    "b": "referred-by",
    "c": "content-type",
    "d": "request-disposition",
    "e": "content-encoding",
    "f": "from",
    "i": "call-id",
    "j": "reject-contact",
    "k": "supported",
    "l": "content-length",
    "m": "contact",
    "o": "event",
    "r": "refer-to",
    "s": "subject",
    "t": "to",
    "u": "allow-events",
    "v": "via",
    "x": "session-expires",
}


@pytest.mark.parametrize(("letter", "key"), COMPACT.items())
def test_compact_forms(letter: str, key: str) -> None:
    assert canonical(letter) == canonical(letter.upper()) == key
    assert HEADER_FIELDS[key].compact == letter


@pytest.mark.parametrize("name", ["Via", "VIA", "via", "vIa", "Via ", "v\t", "V  "])
def test_any_case_and_white_space_before_the_colon(name: str) -> None:
    """RFC 3261 7.3.1."""
    assert canonical(name) == "via"


@pytest.mark.parametrize("name", ["X-Mine", "extensionHeader-!.%*+_`'~", "C%6Fntact"])
def test_extension_fields_are_never_lists(name: str) -> None:
    assert canonical(name) == name.lower()
    assert not is_list(canonical(name))


@pytest.mark.parametrize("row", HEADER_FIELDS.values(), ids=lambda row: row.name)
def test_each_name_is_its_own_key(row: object) -> None:
    name = str(getattr(row, "name", ""))
    assert long_name(canonical(name)) == name


def test_name_of_an_extension_field() -> None:
    assert long_name("x-my-field") == "X-My-Field"


@pytest.mark.parametrize(
    "key", ["authorization", "proxy-authorization", "www-authenticate", "proxy-authenticate"]
)
def test_credentials_hold_commas_of_their_own(key: str) -> None:
    """RFC 3261 7.3.1: the exceptions to the comma rule."""
    assert not is_list(key)


@pytest.mark.parametrize(
    ("value", "items"),
    [
        ("a", ["a"]),
        (" a , b,\tc ", ["a", "b", "c"]),
        ("", []),
        (" ", []),
        (",a,,b,", ["a", "b"]),
        ('"a, b" <sip:x>, <sip:y,z>;q=1', ['"a, b" <sip:x>', "<sip:y,z>;q=1"]),
        (r'"a\", b" <x>, c', [r'"a\", b" <x>', "c"]),
        ("a>, b", ["a>", "b"]),
    ],
)
def test_split_list(value: str, items: list[str]) -> None:
    assert split_list(value) == items


@given(st.text('ab,"\\<> ', max_size=20))
@settings(deadline=None)
def test_split_list_loses_nothing_but_separators(value: str) -> None:
    items = split_list(value)
    assert "".join(items).replace(",", "").replace(" ", "") == value.replace(",", "").replace(
        " ", ""
    )

"""Parameters: RFC 3261 7.3.1, 25.1."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcsip.sip.errors import ParseError
from mcsip.sip.params import (
    Params,
    end_of_quoted,
    get_param,
    params_text,
    parse_params,
    quote,
    split_quoted,
    unquote,
    with_param,
    without_param,
)

TOKEN = st.text("abcXYZ019-.!%*_+`'~", min_size=1, max_size=8)
QUOTED = st.text(max_size=12).map(quote)
PARAMS = st.lists(st.tuples(TOKEN, st.none() | TOKEN | QUOTED), max_size=5).map(tuple)


@pytest.mark.parametrize(
    ("text", "params"),
    [
        ("", ()),
        (";tag=1928", (("tag", "1928"),)),
        ("tag=1928", (("tag", "1928"),)),
        (";lr", (("lr", None),)),
        (";a=;b", (("a", ""), ("b", None))),
        (";  tag  =  98asjd8 ; q = 0.33", (("tag", "98asjd8"), ("q", "0.33"))),
        (';x="a;b=c";y=1', (("x", '"a;b=c"'), ("y", "1"))),
        (r';x="a\";b";y', (("x", r'"a\";b"'), ("y", None))),
        (";;a;;b;", (("a", None), ("b", None))),
        (";a=b=c", (("a", "b=c"),)),
    ],
)
def test_parse(text: str, params: Params) -> None:
    assert parse_params(text) == params


@pytest.mark.parametrize("text", [";=x", ";a;=", ';a="b', ';a="b\\"'])
def test_malformed(text: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse_params(text)
    assert caught.value.status == 400


@given(PARAMS)
@settings(deadline=None)
def test_text_round_trip(params: Params) -> None:
    text = params_text(params)
    assert parse_params(text) == params
    assert params_text(parse_params(text)) == text


def test_names_are_compared_without_case() -> None:
    """RFC 3261 7.3.1."""
    params = parse_params(";Tag=A;RPORT")
    assert get_param(params, "tag") == "A"
    assert get_param(params, "rport") == ""
    assert get_param(params, "lr") is None


def test_with_and_without() -> None:
    params = parse_params(";a=1;B=2")
    assert params_text(with_param(params, "b", "3")) == ";a=1;B=3"
    assert params_text(with_param(params, "c", None)) == ";a=1;B=2;c"
    assert params_text(without_param(params, "b")) == ";a=1"
    assert without_param(params, "zz") == params


@given(st.text(max_size=20))
@settings(deadline=None)
def test_quote_round_trip(text: str) -> None:
    quoted = quote(text)
    assert unquote(quoted) == text
    assert end_of_quoted(quoted, 0) == len(quoted)


@pytest.mark.parametrize(
    ("text", "said"),
    [("plain", "plain"), ('"', '"'), ('""', ""), (r'"a\\b\"c"', r"a\b" + '"c'), ('"a\\"', "a\\")],
)
def test_unquote(text: str, said: str) -> None:
    assert unquote(text) == said


def test_split_at_characters_outside_of_quotes() -> None:
    assert split_quoted('a,"b,c",d', ",") == ["a", '"b,c"', "d"]
    with pytest.raises(ParseError):
        split_quoted('a,"b', ",")

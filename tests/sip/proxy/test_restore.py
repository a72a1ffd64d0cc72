"""Pieces of header fields."""

import pytest

from mcsip.sip.proxy.restore import public_item, restored_head, route_position, tag_of, tagged

from .conftest import answer, make_request


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("<sip:a@b>;tag=1", ("<sip:a@b>", "1")),
        ("<sip:a@b>;tag=1;x=y", ("<sip:a@b>", "1")),
        ("<sip:a@b>;x=y;tag=1", ("<sip:a@b>;x=y", "1")),
        ("<sip:a@b> ; TAG = 1", ("<sip:a@b>", "1")),
        ("<sip:a@b;tag=no>;tag=1", ("<sip:a@b;tag=no>", "1")),
        ("sip:a@b;tag=1", ("sip:a@b", "1")),
        ("<sip:a@b>", None),
        ("<sip:tag@b>", None),
        ('"x;tag=1" <sip:a@b>', None),
        ("<sip:tag", None),
    ],
)
def test_tagged(value: str, expected: tuple[str, str] | None) -> None:
    assert tagged(value) == expected


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ('"D" <sip:a@b;x>;expires=60', ("sip:a@b;x", ";expires=60")),
        ("sip:a@b;expires=60", ("sip:a@b", ";expires=60")),
        ("<sip:a@b>;secret=1;q=1", ("sip:a@b", ";q=1")),
    ],
)
def test_public_item(item: str, expected: tuple[str, str]) -> None:
    assert public_item(item, lambda text: "secret" in text) == expected


@pytest.mark.parametrize(
    ("items", "sent", "position"),
    [
        (["<a>", "<ours>", "<b>"], ["<ours>", "<b>"], 1),
        (["<a>", "<OURS>", "<b>"], ["<ours>", "<b>"], 1),
        ([], ["<ours>"], 0),
        (["<a>"], [], 1),
    ],
    ids=["ours is found", "written otherwise: by number", "none", "we recorded nothing"],
)
def test_route_position(items: list[str], sent: list[str], position: int) -> None:
    assert route_position(items, sent) == position


def test_a_response_without_to_leaves_the_request_s() -> None:
    request = make_request()
    draft = answer(request, 200).edit()
    draft.remove("To")
    response = draft.finish()
    assert tag_of(response) is None
    assert [field.raw for field in restored_head(request, response)] == [
        field.raw for field in request.fields if field.key != "max-forwards"
    ]


def test_the_to_of_a_dialog_stays_octet_for_octet() -> None:
    """8.2.6.2: the request has a tag already."""
    request = make_request("BYE", "To:  <sip:bob@primary.example> ;tag=x")
    head = restored_head(request, answer(request, 200))
    assert "To:  <sip:bob@primary.example> ;tag=x" in [field.raw for field in head]

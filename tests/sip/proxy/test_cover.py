"""Single fields: what is remembered, and what is not."""

from mcsip.sip.field import make_field
from mcsip.sip.proxy.cover import MAX_REMEMBERED, MAX_VERDICTS, Cover

from .conftest import FACE, INNER


def test_a_field_that_tells_nothing_is_the_same_object() -> None:
    field = make_field("X-Any", "nothing")
    assert Cover(INNER, FACE).field(field) is field


def test_what_was_seen_once_is_remembered() -> None:
    cover = Cover(INNER, FACE)
    field = make_field("P-Asserted-Identity", "<sip:psi@10.1.0.5>")
    seen = cover.field(field)
    assert seen is not None
    assert cover.shown[field.raw] is seen


def test_memory_is_bounded() -> None:
    cover = Cover(INNER, FACE)
    for number in range(MAX_VERDICTS + 10):
        cover.field(
            make_field("X-Any", f"v{'a' * (number % 7)}{chr(97 + number % 26)}{number * 7}x")
        )
    assert len(cover.shown) <= MAX_VERDICTS
    cover.field(make_field("X-Long", "a" * MAX_REMEMBERED))
    assert all(len(raw) <= MAX_REMEMBERED for raw in cover.shown)


def test_an_identity_keeps_what_tells_nothing() -> None:
    """RFC 7044 5: index; a parameter that names an inner host goes."""
    seen = Cover(INNER, FACE).field(
        make_field("History-Info", "<sip:a@10.1.0.5>;index=1;was=10.1.0.6")
    )
    assert seen is not None
    assert seen.value == f"<{FACE.identity}>;index=1"

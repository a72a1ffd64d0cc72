"""Header fields of our own making (RFC 3261 7.3)."""

import pytest

from mcsip.sip.field import Field, make_field


@pytest.mark.parametrize("name", ["Via", "v", "VIA"])
def test_the_key_is_the_long_name(name: str) -> None:
    assert make_field(name, "x") == Field("via", "x", f"{name}: x")


@pytest.mark.parametrize("value", ["a\r\nb", "a\nb", "a\rb"])
def test_no_value_breaks_its_line(value: str) -> None:
    with pytest.raises(ValueError, match="holds a line end"):
        make_field("Subject", value)

"""MC warning texts (TS 24.379 4.4) [2nd] in the Warning header field (RFC 3261 20.43)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcsip.errors import UsageError
from mcsip.mc.source import Grade
from mcsip.mc.warning import (
    NEVER_EXISTED,
    WARNINGS,
    McWarning,
    parse_warning,
    warning_text,
    warning_value,
)


@pytest.mark.parametrize(
    ("code", "status", "text"),
    [
        (100, 403, "100 function not allowed due to local policy"),
        (101, 403, "101 service authorisation failed"),
        (141, 404, "141 user unknown to the participating function"),
        (142, 404, "142 unable to determine the controlling function"),
        (145, 404, "145 unable to determine called party"),
        (179, 403, "179 service not authorized with the interconnected system"),
    ],
)
def test_rows(code: int, status: int, text: str) -> None:
    assert WARNINGS[code].status == status
    assert warning_value(code, "p.example") == f'399 p.example "{text}"'


def test_grades() -> None:
    """The text of 164 was not read; the others are as a public project states them."""
    assert WARNINGS[164].status == 486
    grades = {code: row.source.grade for code, row in WARNINGS.items()}
    assert grades.pop(164) is Grade.OURS
    assert set(grades.values()) == {Grade.SECOND}
    assert not set(NEVER_EXISTED) & set(WARNINGS)


def test_detail() -> None:
    assert warning_text(100, "profile 1") == "100 function not allowed due to profile 1"
    assert warning_text(101, "expired") == "101 service authorisation failed: expired"


def test_a_detail_cannot_break_the_field() -> None:
    value = warning_value(100, "p.example", 'a"b\\c\r\nEvil: x\0' + "y" * 500)
    assert "\r" not in value
    assert "\n" not in value
    read = parse_warning(value)
    assert read is not None
    assert read.text.startswith('100 function not allowed due to a"b\\c Evil: x')
    assert len(value) < 300


@pytest.mark.parametrize("agent", ["", 'p"', "a b", "a\r\nb", "a,b", "<a>", "ä"])
def test_an_agent_is_a_host_name(agent: str) -> None:
    with pytest.raises(UsageError):
        warning_value(101, agent)


@pytest.mark.parametrize("code", [99, 129, 135, 999])
def test_unknown_codes_are_not_sent(code: int) -> None:
    with pytest.raises(UsageError):
        warning_value(code, "p.example")


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ('399 p.example "101 x"', McWarning(399, "p.example", "101 x", 101)),
        ('  399  p.example:5060  "179"  ', McWarning(399, "p.example:5060", "179", 179)),
        ('370 devnull "Choose"', McWarning(370, "devnull", "Choose", None)),
        ('399 p "1011 x"', McWarning(399, "p", "1011 x", None)),
        ('399 p "a \\"b\\" \\\\"', McWarning(399, "p", 'a "b" \\', None)),
        ("", None),
        ("399", None),
        ("399 p", None),
        ("399 p text", None),
        ('399 p "', None),
        ('399 p "a"b"', None),
        ('399 p "a"\\"', None),
        ('399 p "a\\"', None),
        ('39 p "a"', None),
        ('abc p "a"', None),
    ],
)
def test_parsing(value: str, read: McWarning | None) -> None:
    assert parse_warning(value) == read


@given(st.sampled_from(list(WARNINGS)), st.text(max_size=300))
@settings(deadline=None)
def test_what_is_built_is_read(code: int, detail: str) -> None:
    read = parse_warning(warning_value(code, "p.example", detail))
    assert read == McWarning(399, "p.example", warning_text(code, detail), code)

"""The Mermaid diagram."""

from collections.abc import Callable

from mcsip.report.checked import Check
from mcsip.report.ladder import Box, Ladder, Lane, build_ladder
from mcsip.report.mermaid import render_mermaid
from mcsip.trace import Trace

Golden = Callable[[str, str], None]


def test_the_main_procedure(success: Trace, golden: Golden) -> None:
    golden("ladder-success.mmd", render_mermaid(build_ladder(success), 'The "main" job'))


def test_refused_by_a_gateway_and_lost(troubled: Trace, golden: Golden) -> None:
    golden("ladder-troubled.mmd", render_mermaid(build_ladder(troubled)))


def test_nothing_means_something_to_mermaid() -> None:
    lane = Lane("n", "a;b", "x<y>", None)
    text = render_mermaid(Ladder((lane,), (Box(1, 0.0, 0, "", "", "end; note\nover #1"),)))
    assert "participant n0 as x#60;y#62;" in text
    assert "box transparent a#59;b" in text
    assert "Note over n0: end#59; note?over #35;1\n" in text


def test_what_is_wrong_stands_below_its_arrow(broken: Check, golden: Golden) -> None:
    text = render_mermaid(broken.ladder, "A check", broken.marks)
    golden("check.mmd", text)
    assert "Note over n0,n1: ✗ ts23280/10.6.3.3/order" in text

"""The SVG image."""

from collections.abc import Callable

from lxml import etree

from mcsip.mc.roles import Role
from mcsip.report.checked import Check
from mcsip.report.ladder import Box, Ladder, Lane, build_ladder
from mcsip.report.svg import render_svg
from mcsip.trace import Trace

Golden = Callable[[str, str], None]
NS = "{http://www.w3.org/2000/svg}"


def parse(text: str) -> etree._Element:
    return etree.fromstring(text.encode())


def texts(root: etree._Element) -> list[str]:
    return ["".join(map(str, each.itertext())) for each in root.iter(f"{NS}text")]


def test_the_main_procedure(success: Trace, golden: Golden) -> None:
    golden("ladder-success.svg", render_svg(build_ladder(success), 'The "main" <job>'))


def test_lost_refused_and_repeated(troubled: Trace, golden: Golden) -> None:
    text = render_svg(build_ladder(troubled))
    golden("ladder-troubled.svg", text)
    assert any("×2" in each for each in texts(parse(text)))
    assert 'class="shaft lost"' in text


def test_systems_are_bands_and_their_names_stand_once(success: Trace) -> None:
    root = parse(render_svg(build_ladder(success)))
    shown = texts(root)
    assert shown.count("partner") == 1
    assert shown.count("primary") == 1
    bands = [each.get("class") for each in root.iter(f"{NS}rect")]
    assert {"b0", "b1"} <= set(bands)


def test_what_is_wrong_stands_below_its_arrow(broken: Check) -> None:
    shown = texts(parse(render_svg(broken.ladder, "x", broken.marks)))
    assert "✗ ts23280/10.6.3.3/order" in shown


def test_everything_stands_within_the_image(
    success: Trace, refused: Trace, troubled: Trace
) -> None:
    for trace in (success, refused, troubled):
        root = parse(render_svg(build_ladder(trace)))
        width, height = (float(root.get(name, "0")) for name in ("width", "height"))
        for each in root.iter(f"{NS}rect", f"{NS}text"):
            x, y = float(each.get("x", "0")), float(each.get("y", "0"))
            assert 0 <= x <= width
            assert 0 <= y <= height
            assert x + float(each.get("width", "0")) <= width


def test_it_needs_nothing_else_and_runs_nothing(success: Trace) -> None:
    text = render_svg(build_ladder(success))
    for word in ("<script", "href", "url(", "@import", "onload"):
        assert word not in text
    assert text.count("http") == 1, "the name space"


def test_texts_from_the_wire_stay_texts() -> None:
    lanes = (Lane("a", "s<1>", "<b>&\x1b", Role.CLIENT),)
    text = render_svg(Ladder(lanes, (Box(1, 0.0, 0, "", "", "</svg><script>\x00"),)), '"><script>')
    root = parse(text)
    assert "<b>&?" in texts(root)
    assert not list(root.iter(f"{NS}script"))
    assert root.get("aria-label") == '"><script>'


def test_nothing_happened() -> None:
    assert parse(render_svg(Ladder((), ()))).tag == f"{NS}svg"

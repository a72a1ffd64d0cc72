"""The PlantUML diagram."""

from collections.abc import Callable

from mcsip.report.checked import Check
from mcsip.report.ladder import Box, Ladder, Lane, build_ladder
from mcsip.report.plantuml import render_plantuml
from mcsip.trace import Trace

Golden = Callable[[str, str], None]


def test_the_main_procedure(success: Trace, golden: Golden) -> None:
    golden("ladder-success.puml", render_plantuml(build_ladder(success), 'The "main" job'))


def test_what_is_wrong_stands_below_its_arrow(broken: Check) -> None:
    lines = render_plantuml(broken.ladder, "", broken.marks).splitlines()
    mark = next(i for i, line in enumerate(lines) if "ts23280/10.6.3.3/order" in line)
    assert lines[mark].startswith("note over n0,n1 #pink : ✗ ")
    assert lines[mark - 2].startswith("n1 --> n0 : 200 OK")


def test_lost_and_refused(troubled: Trace) -> None:
    text = render_plantuml(build_ladder(troubled))
    assert "->x" in text
    assert "403 " in text
    assert "title" not in text


def test_nothing_means_something_to_plantuml() -> None:
    """Creole's emphasis, links and escapes; a line of its own cannot begin."""
    lanes = (Lane("a", "", 'a "b"\n@enduml', None),)
    ladder = Ladder(lanes, (Box(1, 0.0, 0, "", "", "**x** <b>~ [[u]]\n@enduml"),))
    lines = render_plantuml(ladder).splitlines()
    assert lines[-1] == "@enduml"
    assert lines.count("@enduml") == 1
    assert "rnote over n0 : ~**x~** ~<b>~~ ~[[u~]]?@enduml" in lines
    assert "participant \"a 'b'?@enduml\" as n0" in lines

"""Service areas in topology files."""

import pytest
from pydantic import ValidationError

from mcsip.migration.geography import Circle, Polygon, Position
from mcsip.topology.areas import AreaFile, area_of

SQUARE = [[0, 0], [0, 1.5], [1, 1], [1, 0]]


def test_both_shapes() -> None:
    circle = AreaFile.model_validate({"circle": {"center": [48.2, 16.4], "radius_m": 500}})
    assert area_of(circle) == Circle(Position(48.2, 16.4), 500)
    polygon = AreaFile.model_validate({"polygon": SQUARE})
    corners = (Position(0, 0), Position(0, 1.5), Position(1, 1), Position(1, 0))
    assert area_of(polygon) == Polygon(corners)
    assert area_of(None) is None


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ({}, "either a circle or a polygon"),
        ({"circle": {"center": [0, 0], "radius_m": 1}, "polygon": SQUARE}, "either a circle or"),
        ({"circle": {"center": [0, 0], "radius_m": 0}}, "greater than 0"),
        ({"circle": {"center": [91, 0], "radius_m": 1}}, "the latitude 91 is not from -90 to 90"),
        ({"polygon": [[0, 0], [0, 1], [0, -181]]}, "the longitude -181 is not from -180 to 180"),
        ({"polygon": [[0, 0], [0, 1]]}, "at least 3"),
        ({"polygon": [[0, 0], [0, 1], [0]]}, "at least 2"),
    ],
)
def test_what_is_no_area(file: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        AreaFile.model_validate(file)

"""Service areas as topology files write them (TS 23.280 5.2.9.1, geographical changes [seed])."""

from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from mcsip.filemodel import FileModel
from mcsip.migration.geography import Area, Circle, Polygon, Position


def _check_place(place: list[float]) -> list[float]:
    latitude, longitude = place
    if not -90 <= latitude <= 90:
        raise ValueError(f"the latitude {latitude:g} is not from -90 to 90")
    if not -180 <= longitude <= 180:
        raise ValueError(f"the longitude {longitude:g} is not from -180 to 180")
    return place


Place = Annotated[list[float], Field(min_length=2, max_length=2), AfterValidator(_check_place)]
"""A place: [latitude, longitude], in degrees (WGS 84)."""


class CircleFile(FileModel):
    """All places within a distance of a centre."""

    center: Place = Field(description="The centre: [latitude, longitude], in degrees.")
    radius_m: float = Field(gt=0, le=20_100_000, description="The distance, in metres.")


class AreaFile(FileModel):
    """Where a system serves: a circle or a polygon."""

    circle: CircleFile | None = Field(None, description="All places within a distance of one.")
    polygon: Annotated[list[Place], Field(min_length=3, max_length=1000)] | None = Field(
        None, description="The corners in order round it, each [latitude, longitude]."
    )

    @model_validator(mode="after")
    def check_shape(self) -> "AreaFile":
        """Refuse an area of no shape, or of two."""
        if (self.circle is None) == (self.polygon is None):
            raise ValueError("an area is either a circle or a polygon")
        return self


def position_of(place: list[float]) -> Position:
    """Return a place of a file as a value."""
    return Position(place[0], place[1])


def area_of(file: AreaFile | None) -> Area | None:
    """Return an area of a file as a value; None where none is said."""
    if file is None:
        return None
    if file.circle is not None:
        return Circle(position_of(file.circle.center), file.circle.radius_m)
    return Polygon(tuple(position_of(corner) for corner in file.polygon or ()))

"""Where users are and where systems serve: positions, areas, and whither a client goes by itself.

Clause: TS 23.280 5.2.9.1, migration "may be requested by the MC service client due to its
geographical changes" [seed]. The shapes of areas, and the rule by which a client chooses, are
[ours]: the seeds say nothing of either.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt
from typing import NamedTuple

from mcsip.migration.policy import UserProfile

EARTH_RADIUS_M = 6_371_008.8
"""Mean radius of the Earth, in metres (IUGG) [gen]."""


class Position(NamedTuple):
    """A place on the Earth, in degrees (WGS 84): latitude -90 to 90, longitude -180 to 180."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Circle:
    """All places within a distance of a centre.

    Attributes:
        centre: the centre.
        radius_m: the distance, in metres.
    """

    centre: Position
    radius_m: float

    def contains(self, place: Position) -> bool:
        """Tell whether a place is in it; its edge is."""
        return distance_m(self.centre, place) <= self.radius_m


@dataclass(frozen=True, slots=True)
class Polygon:
    """All places within straight lines on the map between its corners.

    Attributes:
        corners: at least three, in order round it; it does not cross the meridian of 180 degrees.
    """

    corners: tuple[Position, ...]

    def contains(self, place: Position) -> bool:
        """Tell whether a place is in it: a ray to the east crosses an odd number of edges."""
        inside = False
        before = self.corners[-1]
        for corner in self.corners:
            if (corner.latitude > place.latitude) != (before.latitude > place.latitude):
                slope = (before.longitude - corner.longitude) / (before.latitude - corner.latitude)
                crossing = corner.longitude + (place.latitude - corner.latitude) * slope
                inside ^= place.longitude < crossing
            before = corner
        return inside


Area = Circle | Polygon


def distance_m(one: Position, other: Position) -> float:
    """Return the distance of two places along a great circle, in metres (haversine formula)."""
    latitude = radians(other.latitude - one.latitude)
    longitude = radians(other.longitude - one.longitude)
    across = cos(radians(one.latitude)) * cos(radians(other.latitude))
    half = sin(latitude / 2) ** 2 + across * sin(longitude / 2) ** 2
    return 2 * EARTH_RADIUS_M * asin(sqrt(min(1.0, half)))


class Choice(NamedTuple):
    """Whither a client goes.

    Attributes:
        domain: the system.
        profile: index of the user profile that permits it; None for the own system.
    """

    domain: str
    profile: int | None


def choose_system(
    place: Position,
    areas: Mapping[str, Area | None],
    profiles: Mapping[int, UserProfile],
    *,
    home: str,
    current: str,
) -> Choice | None:
    """Return whither a client goes because of where it is, or None when it stays.

    It returns to its own system as soon as it is in that system's area. It stays in a system as
    long as it is in its area. Else it goes to the first partner, by index of the user profile and
    then by domain, whose area it is in. An area that is not said is everywhere, for the system
    where the client is, and nowhere for one that it might go to.

    Args:
        place: where the client is.
        areas: the service area of each system, by domain; None where it is not said.
        profiles: the user's profiles by index.
        home: domain of the user's primary system.
        current: domain of the system that serves the user.
    """
    own = areas.get(home)
    if own is not None and own.contains(place):
        return None if current == home else Choice(home, None)
    here = areas.get(current)
    if here is None or here.contains(place):
        return None
    for index in sorted(profiles):
        for domain in sorted(profiles[index].migrate_to):
            there = areas.get(domain)
            if domain != current and there is not None and there.contains(place):
                return Choice(domain, index)
    return None

"""Positions, areas, and whither a client goes by itself (TS 23.280 5.2.9.1)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcsip.migration.geography import (
    Area,
    Choice,
    Circle,
    Polygon,
    Position,
    choose_system,
    distance_m,
)
from mcsip.migration.policy import UserProfile

VIENNA, GRAZ = Position(48.2082, 16.3738), Position(47.0707, 15.4395)
SQUARE = Polygon((Position(0, 0), Position(0, 10), Position(10, 10), Position(10, 0)))
BENT = Polygon((Position(0, 0), Position(0, 10), Position(10, 10), Position(2, 5), Position(10, 0)))


def test_a_distance() -> None:
    assert distance_m(VIENNA, GRAZ) == pytest.approx(145_000, rel=0.01)
    assert distance_m(VIENNA, VIENNA) == 0
    assert distance_m(Position(0, -90), Position(0, 90)) == pytest.approx(20_015_115, rel=1e-6)


def test_a_circle_holds_its_edge() -> None:
    radius_m = distance_m(VIENNA, GRAZ)
    assert Circle(VIENNA, radius_m).contains(GRAZ)
    assert not Circle(VIENNA, radius_m - 1).contains(GRAZ)


@pytest.mark.parametrize(
    ("area", "place", "inside"),
    [
        (SQUARE, (5, 5), True),
        (SQUARE, (5, 11), False),
        (SQUARE, (5, -1), False),
        (SQUARE, (-1, 5), False),
        (SQUARE, (11, 5), False),
        (BENT, (1, 5), True),
        (BENT, (5, 5), False),
        (BENT, (9, 9.5), True),
    ],
)
def test_a_polygon(area: Polygon, place: tuple[float, float], inside: bool) -> None:
    assert area.contains(Position(*place)) is inside


@settings(deadline=None)
@given(st.floats(-20, 20), st.floats(-20, 20), st.integers(0, 3))
def test_the_corner_that_comes_first_does_not_matter(x: float, y: float, first: int) -> None:
    turned = Polygon((*SQUARE.corners[first:], *SQUARE.corners[:first]))
    assert turned.contains(Position(x, y)) == SQUARE.contains(Position(x, y))


HOME, B, C = "primary.example", "b.example", "c.example"
AREAS: dict[str, Area | None] = {
    HOME: Circle(Position(0, 0), 100_000),
    B: Circle(Position(0, 1.5), 100_000),
    C: Circle(Position(0, 3), 100_000),
}
PROFILES = {
    1: UserProfile(1, "home"),
    2: UserProfile(2, "abroad", frozenset({B, C})),
    3: UserProfile(3, "far", frozenset({C})),
}
AT_HOME, OVERLAP, IN_B, IN_BOTH, IN_C, NOWHERE = (
    Position(0, degrees) for degrees in (0.0, 0.8, 1.5, 2.25, 3.0, 30.0)
)


@pytest.mark.parametrize(
    ("place", "current", "choice"),
    [
        (AT_HOME, HOME, None),
        (OVERLAP, HOME, None),
        (IN_B, HOME, Choice(B, 2)),
        (IN_BOTH, HOME, Choice(B, 2)),
        (IN_C, HOME, Choice(C, 2)),
        (NOWHERE, HOME, None),
        (IN_B, B, None),
        (IN_BOTH, B, None),
        (IN_BOTH, C, None),
        (IN_C, B, Choice(C, 2)),
        (OVERLAP, B, Choice(HOME, None)),
        (AT_HOME, C, Choice(HOME, None)),
        (NOWHERE, C, None),
    ],
)
def test_whither_a_client_goes(place: Position, current: str, choice: Choice | None) -> None:
    assert choose_system(place, AREAS, PROFILES, home=HOME, current=current) == choice


def test_the_first_profile_that_permits_it() -> None:
    profiles = {3: PROFILES[3], 1: PROFILES[1], 4: UserProfile(4, "", frozenset({C}))}
    chosen = choose_system(IN_C, AREAS, profiles, home=HOME, current=HOME)
    assert chosen == Choice(C, 3)
    assert choose_system(IN_B, AREAS, profiles, home=HOME, current=HOME) is None


def test_a_system_of_no_area_is_never_left_and_never_entered() -> None:
    areas = {**AREAS, HOME: None}
    assert choose_system(IN_B, areas, PROFILES, home=HOME, current=HOME) is None
    assert choose_system(AT_HOME, areas, PROFILES, home=HOME, current=C) is None
    areas = {**AREAS, B: None}
    assert choose_system(IN_B, areas, PROFILES, home=HOME, current=HOME) is None
    assert choose_system(IN_C, areas, PROFILES, home=HOME, current=B) is None

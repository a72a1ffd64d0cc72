"""What a stack takes on: see test_server_side.py for what comes of it."""

import sys

from mcsip.sip.limits import Limits


def test_without_turns_the_core_gets_everything() -> None:
    assert Limits().turn == sys.maxsize


def test_a_turn_has_a_length() -> None:
    assert Limits(at_once=3).turn == 3

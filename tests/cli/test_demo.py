"""``mcsip demo``: the main scenario, from any folder."""

from collections.abc import Callable
from typing import Any

Cli = Callable[..., Any]


def test_demo_shows_all_twelve_steps(cli: Cli) -> None:
    done = cli("demo")
    assert done.code == 0
    assert "all 12 steps" in done.out
    assert "PASS" in done.out

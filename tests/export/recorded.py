"""Runs in memory, and what nodes did in them, for the tests of exports."""

from functools import cache
from pathlib import Path

from mcsip.export.courses import Course, find_courses
from mcsip.resources import scenarios_dir
from mcsip.scenario.load import load_scenario
from mcsip.scenario.model import RunOptions
from mcsip.scenario.result import Verdict
from mcsip.scenario.run import Run, run_scenario
from mcsip.sip.message import Request, Response

RETURN_HOME = scenarios_dir() / "return-home" / "success.yaml"


@cache
def run_of(path: Path = RETURN_HOME, transport: str = "udp", seed: int = 1) -> Run:
    """Return a run in memory that passes."""
    options = RunOptions(network="memory", transport=transport)
    run = run_scenario(load_scenario(path, over=options), seed=seed)
    assert run.result.verdict is Verdict.PASS
    return run


def courses_of(node: str, path: Path = RETURN_HOME, transport: str = "udp") -> list[Course]:
    """Return what a node does."""
    return find_courses(run_of(path, transport).trace, node)


def titles(course: Course) -> list[str]:
    """Return a course, one text for each message: ``< partner.core MESSAGE``."""
    lines = []
    for event in course.events:
        message = event.message
        assert isinstance(message, Request | Response)
        what = message.method if isinstance(message, Request) else message.status
        lines.append(f"{'>' if event.sent else '<'} {event.peer} {what}")
    return lines

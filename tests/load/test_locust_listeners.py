"""What Locust is told before a load, and what it refuses."""

import json
from pathlib import Path

import pytest

from . import under_locust
from .test_locust_job import write
from .under_locust import python, run

pytestmark = [pytest.mark.slow, pytest.mark.interop]


@pytest.fixture(autouse=True)
def locust() -> None:
    under_locust.need_locust()


def test_the_scenario_may_come_from_the_environment(tmp_path: Path) -> None:
    found = run(tmp_path, LOCUST_SCENARIO=str(write(tmp_path)))
    assert "migrate" in {row["name"] for row in json.loads(found.stdout)}


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        ((), 2, "which scenario? Name one with --scenario or LOCUST_SCENARIO"),
        (("--scenario", "none.yaml"), 3, "none.yaml:1:1: "),
        (("--scenario", "load.yaml", "--pace", "0"), 2, "more than 0 seconds"),
        (("--scenario", "load.yaml", "--users-per-worker", "-3"), 2, "fewer than none"),
        (("--scenario", "load.yaml", "--transport", "sctp"), 2, "sctp"),
        (("--scenario", "load.yaml", "--service", "mcfax"), 2, "mcfax"),
    ],
)
def test_what_cannot_be_done_is_refused_before_anything_starts(
    tmp_path: Path, arguments: tuple[str, ...], code: int, told: str
) -> None:
    """With the exit codes of ``mcsip``: 2 for the command line, 3 for a file."""
    write(tmp_path)
    found = run(tmp_path, *arguments)
    assert found.returncode == code
    assert told in found.stderr
    assert "Traceback" not in found.stderr
    assert found.stdout == ""


def test_too_few_users_in_a_file_end_the_process(tmp_path: Path) -> None:
    users = tmp_path / "users.csv"
    users.write_text("SEQUENTIAL\nsip:u1@primary.example\n")
    found = run(tmp_path, "--scenario", str(write(tmp_path)), "--users-file", str(users))
    assert found.returncode == 3
    assert "3 users are wanted, and the file has 1" in found.stderr
    assert "Traceback" not in found.stderr


RUN_TIME = """
import sys
from argparse import Namespace
from time import monotonic
from gevent.hub import get_hub

loop = get_hub().loop
loop.update_now()
began, shown = monotonic(), loop.now()
from mcsip.load.locust_listeners import add_arguments, check_arguments
from locust.argument_parser import get_empty_argument_parser

parser = get_empty_argument_parser()
add_arguments(parser)
options = parser.parse_args(sys.argv[1:])
passed = monotonic() - began
check_arguments(Namespace(runner=None, parsed_options=options))
assert loop.now() - shown >= passed, (loop.now() - shown, passed)
"""


def test_the_run_time_counts_from_when_the_load_runs(tmp_path: Path) -> None:
    """gevent's time stands still while nobody waits, and ours takes seconds to be imported."""
    found = python(tmp_path, "-c", RUN_TIME, "--scenario", str(write(tmp_path)))
    assert found.returncode == 0, found.stderr

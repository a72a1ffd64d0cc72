"""From the command line to a job: what is the case where nothing is said."""

from pathlib import Path
from typing import Any

import pytest

from mcsip.cli.load import command
from mcsip.cli.load_job import make_job
from mcsip.errors import UsageError
from mcsip.load.pace import Stage
from mcsip.load.run import Job
from mcsip.load.threshold import NO_FAILURE
from mcsip.topology.injection import Order

GOOD = "authorization/success"


def job_of(*arguments: str, scenario: str = GOOD) -> Job:
    """Return the job of a command line."""
    context = command.make_context("load", [scenario, *arguments])
    options: dict[str, Any] = {
        key: value for key, value in context.params.items() if key != "scenario"
    }
    return make_job(scenario, options)


def test_what_is_the_case_where_nothing_is_said() -> None:
    job = job_of("-r", "10", "-d", "60")
    assert job.pace.stages == (Stage(10.0, 10.0, 60.0),)
    assert (len(job.copies), job.order, job.limit, job.grace_s) == (100, Order.SEQUENTIAL, None, 10)
    assert (job.options.seed, job.options.endpoints, job.options.sample_every) == (0, 8, 10)
    assert job.thresholds == (NO_FAILURE,)
    assert job.plan.scenario.options.network == "loopback"


def test_users_go_home_where_more_calls_are_due_than_there_are_users() -> None:
    assert job_of("-r", "10", "-d", "60").options.reset
    assert not job_of("-r", "10", "-d", "10").options.reset
    assert not job_of("-r", "10", "-d", "60", "-m", "100").options.reset
    assert not job_of("-r", "10", "-d", "60", "--no-reset").options.reset
    assert job_of("-r", "10", "-d", "1", "--reset").options.reset


def test_a_number_of_calls_says_how_long() -> None:
    assert job_of("-r", "10", "-m", "50").pace.duration_s == 5
    ramped = job_of("-r", "10", "-m", "50", "--ramp", "2").pace
    assert len(list(ramped.due())) == 50
    assert ramped.duration_s == 6


def test_thresholds_may_be_repeated_or_separated_by_commas() -> None:
    job = job_of("-r", "1", "-d", "1", "--threshold", "failures<1%,p95<1s", "--threshold", "rate>1")
    assert [each.text for each in job.thresholds] == ["failures<1%", "p95<1s", "rate>1"]


def test_all_failures_count_unless_a_threshold_says_otherwise() -> None:
    of_steps = "failures(migrate)<5,failures(reset)<5"
    job = job_of("-r", "1", "-d", "1", "--reset", "--threshold", of_steps)
    assert job.thresholds[-1] is NO_FAILURE
    assert [each.step for each in job.thresholds[:-1]] == ["migrate", "reset"]
    with pytest.raises(UsageError, match="users go home after their calls only with --reset"):
        job_of("-r", "1", "-d", "1", "--no-reset", "--threshold", of_steps)


def test_databases_are_files_or_urls() -> None:
    elsewhere = ["--sut", "primary.server=udp:127.0.0.1:5060"]
    elsewhere += ["--sut", "partner.server=udp:127.0.0.1:5070"]
    records = ["--records", "primary.server=a.sqlite"]
    records += ["--records", "partner.server=postgresql://x"]
    databases = job_of("-r", "1", "-d", "1", *elsewhere, *records).databases
    assert databases == {"primary.server": Path("a.sqlite"), "partner.server": "postgresql://x"}


def test_calls_have_as_long_as_the_scenario_lets_pass() -> None:
    assert job_of("-r", "1", "-d", "1").grace_s == 10
    memory = ("-r", "1", "-d", "1", "--network", "memory")
    assert job_of(*memory, scenario="calls/cancelled").grace_s == 10 + 20 + 1
    assert job_of(*memory, "--grace", "3", scenario="calls/cancelled").grace_s == 3


def test_a_sample_of_nobody() -> None:
    assert job_of("-r", "1", "-d", "1", "--check-sample", "0").options.sample_every == 0


def test_more_sockets_than_the_process_may_have_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import resource

    monkeypatch.setattr(resource, "getrlimit", lambda _: (256, 4096))
    monkeypatch.setattr(resource, "setrlimit", lambda *_: None)
    job_of("-r", "1", "-d", "1", "-n", "100", "--endpoints", "0")
    with pytest.raises(UsageError, match=r"raise 'ulimit -n', or let users share"):
        job_of("-r", "1", "-d", "1", "-n", "10000", "--endpoints", "0")

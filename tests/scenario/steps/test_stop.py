"""The step stop: a node goes away."""

from pathlib import Path

from .playing import READY, faults, no_meaning, play, verdicts


def test_a_server_that_is_stopped_answers_nobody(tmp_path: Path) -> None:
    run = play(
        tmp_path,
        f"{READY}- stop: {{node: primary.server}}\n"
        "- migrate: {client: alice-ue, to: partner, profile: 2}\n"
        "  expect: {result: failed}\n",
    )
    assert verdicts(run) == ["pass"] * 4
    assert run.result.steps[2].title == "stop primary.server"


def test_names_are_checked(tmp_path: Path) -> None:
    assert faults(tmp_path, "- stop: {node: primary.x}") == ["there is no node 'primary.x'"]


def test_a_node_that_is_not_ours_is_left_alone(tmp_path: Path) -> None:
    assert (
        no_meaning(tmp_path, "- stop: {node: partner.server}", "partner.server=udp:192.0.2.1:5060")
        == "partner.server is not ours: it cannot be stopped from here"
    )

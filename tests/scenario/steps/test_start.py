"""The step start: a node comes back with what it had stored."""

from pathlib import Path

from .playing import MIGRATED, faults, no_meaning, play, verdicts


def test_a_record_outlives_its_server(tmp_path: Path) -> None:
    run = play(
        tmp_path,
        f"{MIGRATED}- stop: {{node: primary.server}}\n- start: {{node: primary.server}}\n"
        "- expect_record:\n"
        "    primary.server: {user: sip:alice@primary.example, status: migrated}\n",
    )
    assert verdicts(run) == ["pass"] * 4
    assert run.result.steps[2].title == "start primary.server"


def test_names_are_checked(tmp_path: Path) -> None:
    assert faults(tmp_path, "- start: {node: primary.x}") == ["there is no node 'primary.x'"]


def test_a_node_that_is_not_ours_is_left_alone(tmp_path: Path) -> None:
    assert (
        no_meaning(tmp_path, "- start: {node: partner.server}", "partner.server=udp:192.0.2.1:5060")
        == "partner.server is not ours: it cannot be started from here"
    )

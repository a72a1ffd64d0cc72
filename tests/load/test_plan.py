"""What of a scenario a load drives, what only for a sample, and what cannot be driven."""

from dataclasses import replace
from pathlib import Path

import pytest

from mcsip.errors import FileError, UsageError
from mcsip.load.plan import check_users, make_plan, step_for
from mcsip.scenario.model import RunOptions
from mcsip.topology.model import Backend
from mcsip.topology.under_test import parse_under_test

from .world import plan_of, shipped, written

WORDS = {
    "alice-ue": "alice-ue-7",
    "sip:alice@primary.example": "sip:alice-7@primary.example",
}


def test_steps_of_clients_are_driven_and_expectations_are_for_the_sample() -> None:
    plan = plan_of()
    assert plan.driven == ("authenticate", "register", "migrate")
    assert [p.name for p in plan.steps if p.judged] == ["expect_messages", "expect_record"]


def test_a_verb_that_comes_again_is_numbered() -> None:
    driven = plan_of("return-home/and-away-again").driven
    assert driven == ("given", "return_home", "authenticate", "register", "migrate", "wait")
    assert plan_of("data/at-home").driven[:4] == (
        "authenticate",
        "register",
        "authenticate-2",
        "register-2",
    )


@pytest.mark.parametrize("step", ["stop", "start", "roll_key"])
def test_a_step_that_acts_on_nodes_is_refused_with_its_place(tmp_path: Path, step: str) -> None:
    of = "system: partner" if step == "roll_key" else "node: partner.server"
    steps = f"  - register: {{client: alice-ue, in: partner}}\n  - {step}: {{{of}}}\n"
    with pytest.raises(FileError) as caught:
        make_plan(written(tmp_path, steps))
    (fault,) = caught.value.diagnostics
    assert (fault.file, fault.line) == ("own.yaml", 5)
    assert f"'{step}' acts on a node, which all users share" in fault.message
    assert fault.hint


def test_a_scenario_in_which_nobody_acts_is_refused(tmp_path: Path) -> None:
    steps = (
        "  - expect_record: {partner.server: {user: sip:alice@primary.example, status: absent}}\n"
    )
    with pytest.raises(FileError, match="there is nothing to drive"):
        make_plan(written(tmp_path, steps))


def test_a_client_of_somebody_else_cannot_be_driven() -> None:
    over = RunOptions(under_test=(parse_under_test("alice-ue=udp:127.0.0.1:5999"),))
    with pytest.raises(UsageError, match=r"alice-ue: a load drives clients of ours"):
        make_plan(shipped("authorization/success", over))


def test_a_step_for_another_user_names_it_everywhere() -> None:
    authenticate, _, migrate, messages, record = (p.step for p in plan_of().steps)
    assert step_for(authenticate, WORDS).title == "alice-ue-7 authenticates in partner"
    assert step_for(migrate, WORDS).title == "alice-ue-7 migrates to partner with profile 2"
    listed = step_for(messages, WORDS).arguments.list_
    assert listed[0][0] == listed[-1][1] == "alice-ue-7"
    users = {each.user for each in step_for(record, WORDS).arguments.records.values()}
    assert users == {"sip:alice-7@primary.example"}


def test_a_step_for_another_user_leaves_the_step_as_it_was() -> None:
    step = plan_of().steps[2].step
    made = step_for(step, WORDS)
    assert step.title == "alice-ue migrates to partner with profile 2"
    assert (made.position, made.expectation) == (step.position, step.expectation)


def test_where_a_server_is_chosen_by_the_id_what_names_it_is_not_judged() -> None:
    plan = plan_of("identities/none")
    assert not [p.name for p in plan.steps if p.judged and p.name == "expect_messages"]
    assert any("which of several servers" in remark for remark in plan.remarks)


def test_what_is_expected_of_all_media_is_not_expected_of_one_user() -> None:
    calls = [p.step for p in plan_of("calls/media-direct").steps if p.step.verb == "call"]
    assert any(call.expectation and call.expectation.media_through is not None for call in calls)
    made = [step_for(call, {}) for call in calls]
    assert all(each.expectation is None or each.expectation.media_through is None for each in made)


def test_more_users_than_a_system_has_ids_for_are_refused() -> None:
    plan = plan_of("identities/issued")
    check_users(plan, 1)
    with pytest.raises(UsageError, match=r"1000 users, and \S+ has only 1 MC service ID for"):
        check_users(plan, 1000)


def test_clients_of_another_make_cannot_be_multiplied() -> None:
    scenario = shipped("authorization/success")
    topology = scenario.topology
    borrowed = replace(topology.clients["alice-ue"], backend=Backend.PJSUA2)
    clients = {**topology.clients, "alice-ue": borrowed}
    with pytest.raises(UsageError, match="alice-ue: a client of another make"):
        make_plan(replace(scenario, topology=replace(topology, clients=clients)))

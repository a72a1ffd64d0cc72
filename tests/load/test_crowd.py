"""The users of one process: who shares endpoints, who is followed, who is not there."""

from mcsip.load.crowd import Crowd, CrowdOptions, crowded, served_elsewhere
from mcsip.load.plan import make_plan
from mcsip.load.statistics import Statistics
from mcsip.net.virtual import run_virtual
from mcsip.topology.copies import numbered_copies

from .world import shipped

SCENARIO = shipped("authorization/success")


async def made(users: int, options: CrowdOptions) -> Crowd:
    plan = make_plan(SCENARIO)
    copies = numbered_copies(SCENARIO.topology, users)
    crowd = Crowd(plan, copies, Statistics(plan.driven), options)
    await crowd.start()
    return crowd


def ports(users: int, options: CrowdOptions) -> list[int]:
    """Return at how many clients each endpoint has, the largest first."""

    async def main() -> list[int]:
        crowd = await made(users, options)
        ends = [id(client.endpoint) for client in crowd.simulation.clients.values()]
        await crowd.stop()
        return sorted((ends.count(end) for end in set(ends)), reverse=True)

    return run_virtual(main())


def test_users_share_endpoints() -> None:
    assert ports(10, CrowdOptions(endpoints=4)) == [5, 5, 5, 5]  # two clients each


def test_users_may_have_endpoints_of_their_own() -> None:
    assert ports(3, CrowdOptions(endpoints=0)) == [1] * 6


def test_who_is_followed_has_endpoints_of_its_own() -> None:
    assert ports(10, CrowdOptions(endpoints=1, sample_every=5)) == [16, 1, 1, 1, 1]


def test_every_so_manieth_user_is_followed() -> None:
    async def main() -> list[int]:
        crowd = await made(10, CrowdOptions(sample_every=4))
        await crowd.stop()
        return [user.number for user in crowd.users if user.trace is not None]

    assert run_virtual(main()) == [1, 5, 9]


def test_where_nobody_is_followed_nothing_is_recorded() -> None:
    async def main() -> bool:
        crowd = await made(2, CrowdOptions())
        await crowd.stop()
        return crowd.sample is None and crowd.simulation.env.trace is None

    assert run_virtual(main())


def test_the_clients_of_the_scenario_themselves_are_not_there() -> None:
    topology = crowded(SCENARIO.topology, numbered_copies(SCENARIO.topology, 2))
    assert sorted(topology.clients) == ["alice-ue-1", "alice-ue-2", "bob-ue-1", "bob-ue-2"]
    assert "sip:alice@primary.example" in topology.systems["primary"].users


def test_nodes_that_are_served_elsewhere_are_not_ours() -> None:
    topology = served_elsewhere(SCENARIO.topology)
    assert topology.foreign == list(topology.nodes)

"""The roles are those that topology files know, and the client."""

from typing import get_args

from mcsip.mc.roles import Role
from mcsip.topology.file import RoleKey


def test_each_role_of_a_topology_is_one() -> None:
    assert {str(role) for role in Role} - {"client"} == set(get_args(RoleKey))

"""Steps of the procedures, row by row from TS 23.280 10.6.3.3 and its siblings."""

import pytest

from mcsip.mc.messages import (
    DEAUTHORIZATION,
    MESSAGES,
    REQUEST,
    RESPONSE,
    USER_AUTHORISATION,
    Side,
)
from mcsip.mc.roles import Role
from mcsip.mc.steps import STEPS, Procedure, step_of

ENDS = {
    "ue": (Role.CLIENT, Side.PARTNER),
    "partner.core": (Role.SIP_CORE, Side.PARTNER),
    "partner.server": (Role.MC_SERVER, Side.PARTNER),
    "partner.gateway": (Role.MC_GATEWAY, Side.PARTNER),
    "primary.core": (Role.SIP_CORE, Side.PRIMARY),
    "primary.server": (Role.MC_SERVER, Side.PRIMARY),
    "primary.gateway": (Role.MC_GATEWAY, Side.PRIMARY),
}
ALONE = Procedure.WITHOUT_INTERCONNECTION
ROWS = [
    # 10.6.3.3, both gateways
    (None, REQUEST, "ue", "partner.server", "1"),
    (None, REQUEST, "partner.server", "partner.gateway", "3"),
    (None, REQUEST, "partner.gateway", "primary.gateway", "4"),
    (None, REQUEST, "primary.gateway", "primary.server", "5"),
    (None, RESPONSE, "primary.server", "primary.gateway", "8"),
    (None, RESPONSE, "primary.gateway", "partner.gateway", "9"),
    (None, RESPONSE, "partner.gateway", "partner.server", "10"),
    (None, RESPONSE, "partner.server", "ue", "12"),
    # 10.6.3.3 NOTE 3: no gateway on the primary's side, on the partner's side, on both
    (None, REQUEST, "partner.gateway", "primary.server", "4-5"),
    (None, REQUEST, "partner.server", "primary.gateway", "3-4"),
    (None, REQUEST, "partner.server", "primary.server", "3-5"),
    (None, RESPONSE, "primary.server", "partner.gateway", "8-9"),
    (None, RESPONSE, "primary.gateway", "partner.server", "9-10"),
    (None, RESPONSE, "primary.server", "partner.server", "8-10"),
    # hops through a SIP core
    (None, REQUEST, "ue", "partner.core", "1"),
    (None, REQUEST, "partner.core", "partner.server", "1"),
    (None, REQUEST, "partner.server", "partner.core", "3"),
    (None, REQUEST, "partner.core", "partner.gateway", "3"),
    (None, REQUEST, "primary.gateway", "primary.core", "5"),
    (None, REQUEST, "primary.core", "primary.server", "5"),
    (None, RESPONSE, "primary.server", "primary.core", "8"),
    (None, RESPONSE, "primary.core", "primary.gateway", "8"),
    (None, RESPONSE, "partner.gateway", "partner.core", "10"),
    (None, RESPONSE, "partner.core", "partner.server", "10"),
    (None, RESPONSE, "partner.server", "partner.core", "12"),
    (None, RESPONSE, "partner.core", "ue", "12"),
    # 10.6.3.3.2.1
    (None, DEAUTHORIZATION, "primary.server", "primary.gateway", "1"),
    (None, DEAUTHORIZATION, "primary.gateway", "partner.gateway", "2"),
    (None, DEAUTHORIZATION, "partner.gateway", "partner.server", "3"),
    (None, DEAUTHORIZATION, "primary.server", "partner.gateway", "1-2"),
    (None, DEAUTHORIZATION, "primary.gateway", "partner.server", "2-3"),
    (None, DEAUTHORIZATION, "primary.server", "partner.server", "1-3"),
    # 10.6.3.3.2.2
    (None, USER_AUTHORISATION, "partner.server", "partner.gateway", "1"),
    (None, USER_AUTHORISATION, "partner.gateway", "primary.gateway", "1"),
    (None, USER_AUTHORISATION, "primary.gateway", "primary.server", "1"),
    (None, USER_AUTHORISATION, "partner.server", "primary.server", "1"),
    (Procedure.ONWARD, DEAUTHORIZATION, "primary.gateway", "partner.gateway", "2"),
    (Procedure.ONWARD, DEAUTHORIZATION, "primary.server", "partner.server", "2"),
    # 23.700-90
    (ALONE, REQUEST, "ue", "partner.server", "1"),
    (ALONE, RESPONSE, "partner.server", "ue", "2"),
    # hops that no procedure has
    (None, REQUEST, "primary.server", "partner.server", None),
    (None, REQUEST, "ue", "primary.server", None),
    (None, REQUEST, "ue", "partner.gateway", None),
    (None, RESPONSE, "ue", "partner.server", None),
    (None, DEAUTHORIZATION, "partner.server", "ue", None),
    (ALONE, REQUEST, "partner.server", "partner.gateway", None),
    (ALONE, DEAUTHORIZATION, "primary.server", "partner.server", None),
    (None, "hello", "ue", "partner.server", None),
]


@pytest.mark.parametrize(("procedure", "message", "sender", "receiver", "step"), ROWS)
def test_step_of_a_hop(
    procedure: Procedure | None, message: str, sender: str, receiver: str, step: str | None
) -> None:
    assert step_of(message, *ENDS[sender], *ENDS[receiver], procedure) == step


@pytest.mark.parametrize(
    ("procedure", "count"),
    [
        (Procedure.AUTHORIZATION, 12),
        (Procedure.RETURN_HOME, 4),
        (Procedure.ONWARD, 2),
        (Procedure.WITHOUT_INTERCONNECTION, 2),
    ],
)
def test_steps_are_numbered_as_in_the_clause(procedure: Procedure, count: int) -> None:
    steps = STEPS[procedure]
    assert [step.number for step in steps] == [str(n) for n in range(1, count + 1)]
    assert all(step.message is None or step.message in MESSAGES for step in steps)


def test_a_step_names_its_clause() -> None:
    step = STEPS[Procedure.AUTHORIZATION][5]
    assert step.clause == "TS 23.280 10.6.3.3 step 6"
    assert step.message is None

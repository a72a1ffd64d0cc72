"""The step ``authenticate``: a client gets a token from the identity management of a system.

Clause: the pre-condition of TS 23.280 10.6.3.3 "a user authentication process has taken place"
[seed]; TS 33.180 5.1.4 [read]. Tokens other than ``valid`` are wrong on purpose.

Example::

    - authenticate: {client: alice-ue, in: partner}
    - authenticate: {client: alice-ue, in: partner, token: expired}
    - authenticate: {client: alice-ue, in: primary, for: tactical}
"""

from typing import Literal

from pydantic import Field

from mcsip.filemodel import FileModel
from mcsip.scenario.context import StepContext
from mcsip.scenario.names import Names
from mcsip.scenario.result import Verdict
from mcsip.scenario.steps.base import NoExpectation, Step

TokenKey = Literal[
    "valid", "expired", "forged", "wrong-audience", "wrong-scope", "wrong-id", "none"
]


class AuthenticateArguments(FileModel):
    """Who authenticates where, and what comes of it."""

    client: str = Field(description="The client.")
    in_: str = Field(alias="in", description="The system whose identity management it asks.")
    for_: str | None = Field(
        None,
        alias="for",
        description="The partner that a security token is for (TR 23.700-90, TS 33.180 B.7.2).",
    )
    token: TokenKey = Field("valid", description="What the token is like.")


class Authenticate(Step[AuthenticateArguments, NoExpectation]):
    """A client gets a token from the identity management of a system."""

    verb = "authenticate"

    @property
    def title(self) -> str:
        """The step in one line."""
        arguments = self.arguments
        aim = f" for {arguments.for_}" if arguments.for_ else ""
        kind = "" if arguments.token == "valid" else f" ({arguments.token} token)"  # noqa: S105
        return f"{arguments.client} authenticates in {arguments.in_}{aim}{kind}"

    def check(self, names: Names) -> None:
        """Check client and systems."""
        names.client(self.under("client"), self.arguments.client)
        names.system(self.under("in"), self.arguments.in_)
        if self.arguments.for_ is not None:
            names.system(self.under("for"), self.arguments.for_)

    async def perform(self, context: StepContext) -> None:
        """Get the token."""
        from mcsip.nodes.identities import TokenKind

        arguments = self.arguments
        client = context.simulation.clients[arguments.client]
        await client.authenticate(
            arguments.in_, for_system=arguments.for_, token=TokenKind(arguments.token)
        )
        context.judge(Verdict.PASS, "authenticated", self.position)

"""The step ``authenticate``: a client gets a token from the identity management of a system.

Clause: the pre-condition of TS 23.280 10.6.3.3 "a user authentication process has taken place"
[seed]; TS 33.180 5.1.4, B.7 [read]. With ``for``, the client gets a security token for a partner,
and for that, at the partner, the partner's access token (TR 23.700-90 [seed]). Tokens other than
``valid`` are wrong on purpose: with ``for`` it is the security token, else the access token.

Where a system of the topology has a node with the role ``idms``, it is asked over HTTPS. A client
that was refused does not ask to migrate: ``migrate`` then ends with the same reason. Without
``expect``, a valid token is expected to be granted, and of a wrong one nothing is expected.

Example::

    - authenticate: {client: alice-ue, in: partner}
    - authenticate: {client: alice-ue, in: partner, token: expired}
    - authenticate: {client: alice-ue, in: primary, for: tactical}
    - authenticate: {client: alice-ue, in: primary, for: tactical, token: replayed}
      expect: {result: refused, by: tactical.idms, reason: token-replayed}
"""

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from mcsip.filemodel import FileModel
from mcsip.scenario.context import StepContext
from mcsip.scenario.names import Names
from mcsip.scenario.result import Verdict
from mcsip.scenario.steps.base import Step, StepKind
from mcsip.topology import Topology

if TYPE_CHECKING:
    from mcsip.nodes.client import AuthenticationOutcome

TokenKey = Literal[
    "valid", "expired", "forged", "wrong-audience", "wrong-scope", "wrong-id", "replayed", "none"
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
    token: TokenKey = Field(
        "valid", description="What the token is like; replayed: shown a second time (with for)."
    )


class AuthenticateExpectation(FileModel):
    """How it ends for the client."""

    result: Literal["success", "refused", "failed"] = Field(
        "success",
        description="success; refused: a server said no; failed: one could not be asked.",
    )
    by: str | None = Field(
        None, description="Who refused: a node, system.node, or the domain of a system without one."
    )
    reason: str | None = Field(None, description="Key of the reason.")


class Authenticate(Step[AuthenticateArguments, AuthenticateExpectation]):
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
        """Check client and systems, and the names in the expectation."""
        arguments = self.arguments
        names.client(self.under("client"), arguments.client)
        names.system(self.under("in"), arguments.in_)
        if arguments.for_ is not None:
            names.system(self.under("for"), arguments.for_)
            if arguments.for_ == arguments.in_:
                names.fault(self.under("for"), "a security token is for another system")
        elif arguments.token == "replayed":  # noqa: S105
            names.fault(self.under("token"), "only a security token is replayed", "write for: too")
        expected = self.expectation
        if expected is None:
            return
        if expected.by is not None:
            if "." in expected.by and expected.by in _domains(names.topology):
                names.domain(self.expected("by"), expected.by)
            else:
                names.node(self.expected("by"), expected.by)
        if expected.reason is not None:
            names.reason(self.expected("reason"), expected.reason)
        if expected.result == "success":
            for key in ("by", "reason"):
                if getattr(expected, key) is not None:
                    position = names.root.at_key(self.expected(key))
                    names.fault_at(position, f"success has no {key!r}")

    async def perform(self, context: StepContext) -> None:
        """Get the token, and compare how that ended."""
        from mcsip.nodes.identities import TokenKind

        arguments = self.arguments
        if context.is_foreign(arguments.client):
            context.judge(
                Verdict.NONE,
                f"{arguments.client} is not ours: how it gets its token is not seen",
                self.position,
            )
            return
        client = context.simulation.clients[arguments.client]
        outcome = await client.authenticate(
            arguments.in_, for_system=arguments.for_, token=TokenKind(arguments.token)
        )
        expected = self.expectation
        actual = describe(outcome, context.scenario.topology)
        if expected is None:
            if arguments.token != "valid":  # noqa: S105
                context.judge(Verdict.PASS, actual, self.position)
                return
            expected = AuthenticateExpectation.model_validate({})
        rows: list[tuple[str, object, object]] = [("result", expected.result, outcome.result)]
        if expected.by is not None:
            rows.append(("by", expected.by, asked(outcome, context.scenario.topology)))
        if expected.reason is not None:
            rows.append(("reason", expected.reason, outcome.reason))
        for key, wanted, found in rows:
            if str(wanted) == str(found):
                context.judge(Verdict.PASS, f"{key}: {found}", self.at_expected(key))
            else:
                context.judge(
                    Verdict.FAIL,
                    f"another {key} than expected",
                    self.at_expected(key),
                    expected=f"{key}: {wanted}",
                    actual=actual,
                )


KIND = StepKind.of(Authenticate, AuthenticateArguments, AuthenticateExpectation)


def _domains(topology: Topology | None) -> set[str]:
    return set() if topology is None else {each.domain for each in topology.systems.values()}


def asked(outcome: "AuthenticationOutcome", topology: Topology) -> str | None:
    """Return the node that refused or could not be asked, or its system's domain without one."""
    system = None if outcome.by_domain is None else topology.with_domain(outcome.by_domain)
    if system is None or system.idms is None:
        return outcome.by_domain
    return system.idms.name


def describe(outcome: "AuthenticationOutcome", topology: Topology) -> str:
    """Return an outcome in one line, for people."""
    parts = [f"result: {outcome.result}"]
    who = asked(outcome, topology)
    if who is not None:
        parts.append(f"by: {who}")
    if outcome.reason is not None:
        parts.append(f"reason: {outcome.reason}")
    line = ", ".join(parts)
    return f"{line} ({outcome.text})" if outcome.text else line

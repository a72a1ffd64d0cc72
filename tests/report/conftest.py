"""Traces of the main procedure, made by hand: TS 23.280 10.6.3.3 with gateways on both sides."""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path

import pytest

from mcsip.mc.info import Info, InfoReason, build_info
from mcsip.mc.messages import REQUEST, RESPONSE
from mcsip.mc.request import Identities, build_mc_request
from mcsip.mc.roles import Role
from mcsip.mc.services import SERVICES, Service
from mcsip.report.case import Case, make_case, skipped_case
from mcsip.report.checked import Check
from mcsip.scenario.result import Finding, Place, ScenarioResult, StepResult, Verdict, add_step
from mcsip.sip.build import build_request, build_response
from mcsip.sip.field import make_field
from mcsip.sip.message import Request
from mcsip.trace import Direction, NodeInfo, Peer, Trace

from .checks import broken_check, cut_check, empty_check, good_check

MCPTT = SERVICES["mcptt"]
PRIMARY_ID = "sip:alice@primary.example"
PARTNER_ID = "sip:alice.visitor@partner.example"
TOKEN = (
    "eyJhbGciOiJFZERTQSIsInR5cCI6IkpXVCJ9."
    "eyJtY3B0dF9pZCI6InNpcDphbGljZS52aXNpdG9yQHBhcnRuZXIuZXhhbXBsZSJ9."
    "c2lnbmF0dXJlLXRoYXQtbXVzdC1uZXZlci1iZS1zaG93bg"
)
SECRETS = (b"eyJ", b"c2lnbmF0dXJl", b"hunter2hash")
CLAUSE = "TS 23.280 10.6.3.3"

ADDRESSES = {
    "alice-ue": Peer("127.0.0.1", 40001),
    "partner.core": Peer("127.0.2.1", 5060),
    "partner.server": Peer("127.0.2.2", 5060),
    "partner.gateway": Peer("127.0.2.3", 5060),
    "primary.gateway": Peer("127.0.1.3", 5060),
    "primary.server": Peer("127.0.1.2", 5060),
    "primary.core": Peer("127.0.1.1", 5060),
}
NODES = (
    NodeInfo("alice-ue", "primary", Role.CLIENT, "mcptt"),
    NodeInfo("primary.core", "primary", Role.SIP_CORE),
    NodeInfo("primary.server", "primary", Role.MC_SERVER, "mcptt"),
    NodeInfo("primary.gateway", "primary", Role.MC_GATEWAY),
    NodeInfo("partner.core", "partner", Role.SIP_CORE),
    NodeInfo("partner.server", "partner", Role.MC_SERVER, "mcptt"),
    NodeInfo("partner.gateway", "partner", Role.MC_GATEWAY),
)


class Letters:
    """An id source that counts in letters."""

    def __init__(self) -> None:
        self._count = 0

    def token(self) -> str:
        self._count += 1
        return "id" + "".join(chr(ord("a") + int(digit)) for digit in f"{self._count:04d}")


def with_via(request: Request, transport: str, peer: Peer, branch: str) -> Request:
    """Return the request with a Via on top, as the stack adds it."""
    via = make_field("Via", f"SIP/2.0/{transport} {peer.host}:{peer.port};branch=z9hG4bK{branch}")
    return Request(request.method, request.uri, (via, *request.fields), request.body)


@dataclass
class Writer:
    """Writes a trace as nodes would, one hop after the other."""

    trace: Trace = field(default_factory=lambda: Trace(1_700_000_000.0))
    ids: Letters = field(default_factory=Letters)
    at: float = 0.0
    service: Service = MCPTT

    def __post_init__(self) -> None:
        for node in NODES:
            self.trace.add_node(node)
        for name, peer in ADDRESSES.items():
            self.trace.announce(name, *peer)

    def note(self, node: str, step: str, text: str) -> None:
        self.at += 0.0005
        self.trace.append_note(self.at, node, step, f"{CLAUSE} step {step}", text)

    def copy(
        self, sender: str, receiver: str, transport: str, data: bytes, *, lost: bool = False
    ) -> None:
        """One copy of a message on the way: sent, and received unless lost."""
        local, remote = ADDRESSES[sender], ADDRESSES[receiver]
        self.at += 0.0005
        self.trace.append_entry(
            self.at,
            sender,
            Direction.SENT,
            transport,
            local,
            remote,
            data,
            "lost" if lost else None,
        )
        if not lost:
            self.at += 0.0002
            self.trace.append_entry(
                self.at, receiver, Direction.RECEIVED, transport, remote, local, data
            )

    def hop(
        self,
        sender: str,
        receiver: str,
        request: Request,
        *,
        transport: str = "UDP",
        status: int | None = 200,
        fields: tuple[tuple[str, str], ...] = (),
        lose_first: bool = False,
        lost: bool = False,
    ) -> None:
        """A request and its answer between two neighbours."""
        request = with_via(request, transport, ADDRESSES[sender], self.ids.token())
        data = request.octets()
        if lose_first or lost:
            self.copy(sender, receiver, transport, data, lost=True)
            self.at += 0.5
        if lost:
            self.copy(sender, receiver, transport, data, lost=True)
            return
        self.copy(sender, receiver, transport, data)
        if status is not None:
            response = build_response(request, status, to_tag=self.ids.token(), fields=fields)
            self.copy(receiver, sender, transport, response.octets())

    def register(self) -> None:
        """REGISTER of the client, with digest credentials (RFC 3261 22.4)."""
        credentials = (
            'Digest username="alice", realm="partner.example", nonce="n", uri="sip:partner.example",'
            ' response="hunter2hash"'
        )
        request = build_request(
            "REGISTER",
            "sip:partner.example",
            from_=f"<{PARTNER_ID}>;tag={self.ids.token()}",
            to=f"<{PARTNER_ID}>",
            call_id=self.ids.token(),
            cseq=1,
            fields=[
                ("Contact", "<sip:alice@127.0.0.1:40001>"),
                ("Expires", "3600"),
                ("Authorization", credentials),
            ],
        )
        self.hop("alice-ue", "partner.core", request, transport="TCP")

    def message(self, sender: str, receiver: str, info: Info) -> Request:
        """The MESSAGE with an info body, without Via."""
        domain = receiver.partition(".")[0] + ".example"
        uri = f"sip:mcptt-server@{domain}" if "." in receiver else PARTNER_ID
        return build_mc_request(
            "MESSAGE",
            self.service,
            build_info(info),
            self.ids,
            uri=uri,
            to=uri,
            sender=Identities(
                "sip:mcptt-server@partner.example",
                "sip:mcptt-server@partner.example",
                asserted=True,
            ),
        )

    def request_info(self, *, token: bool) -> Info:
        return Info(
            self.service,
            REQUEST,
            primary_id=PRIMARY_ID,
            partner_id=PARTNER_ID,
            client_id="urn:uuid:6ba7b810-9dad-11d1-80b4-00c04fd430c8",
            access_token=TOKEN if token else None,
            profile_index=2,
        )

    def response_info(self, reason: InfoReason | None = None) -> Info:
        return Info(
            self.service,
            RESPONSE,
            primary_id=PRIMARY_ID,
            partner_id=PARTNER_ID,
            profile_index=2,
            success=reason is None,
            reason=reason,
        )

    def through_core(self, path: tuple[str, ...], info: Info, transport: str) -> None:
        """A message over a SIP core: two hops of one request (RFC 3261 16.6, 16.7)."""
        request = self.message(path[0], path[-1], info)
        pairs = list(pairwise(path))
        requests = []
        for sender, receiver in pairs:
            request = with_via(request, transport, ADDRESSES[sender], self.ids.token())
            requests.append(request)
            self.copy(sender, receiver, transport, request.octets())
        tag = self.ids.token()
        for (sender, receiver), request in zip(pairs[::-1], requests[::-1], strict=True):
            response = build_response(request, 200, to_tag=tag)
            self.copy(receiver, sender, transport, response.octets())


GATEWAYS = ("partner.server", "partner.gateway", "primary.gateway", "primary.server")
REFUSAL = InfoReason(
    "profile-not-permitted",
    "user profile 3 does not name partner.example",
    f"{CLAUSE} step 6",
    "primary.example",
    Role.MC_SERVER,
    100,
)


def main_trace(*, reason: InfoReason | None = None, lose: bool = False) -> Trace:
    """The 12 steps; refused at step 6 when a reason is given."""
    write = Writer()
    write.register()
    write.through_core(
        ("alice-ue", "partner.core", "partner.server"), write.request_info(token=True), "TCP"
    )
    write.note("partner.server", "2", "initial authorization check: permitted")
    info = write.request_info(token=False)
    for sender, receiver in pairwise(GATEWAYS):
        lose_first = lose and sender == "partner.gateway"
        write.hop(sender, receiver, write.message(sender, receiver, info), lose_first=lose_first)
    if reason is None:
        write.note("primary.server", "6", "authorization check: permitted")
        write.note("primary.server", "7", "migrated to partner.example, profile 2")
    else:
        write.note("primary.server", "6", f"authorization check: {reason.key}")
    back = GATEWAYS[::-1]
    for sender, receiver in pairwise(back):
        write.hop(sender, receiver, write.message(sender, receiver, write.response_info(reason)))
    if reason is None:
        write.note("partner.server", "11", "active, mapped to sip:alice@primary.example")
    write.through_core(
        ("partner.server", "partner.core", "alice-ue"), write.response_info(reason), "TCP"
    )
    return write.trace


def gateway_trace() -> Trace:
    """A request that the gateway refuses, and one that never arrives."""
    write = Writer()
    info = write.request_info(token=False)
    request = write.message("partner.server", "partner.gateway", info)
    write.hop(
        "partner.server",
        "partner.gateway",
        request,
        status=403,
        fields=(
            (
                "Warning",
                '399 partner.example "179 service not authorized with the interconnected system"',
            ),
        ),
    )
    request = write.message("partner.gateway", "primary.gateway", info)
    write.hop("partner.gateway", "primary.gateway", request, transport="TLS", lost=True)
    request = write.message("partner.gateway", "primary.gateway", info)
    write.hop("partner.gateway", "primary.gateway", request, transport="TLS", status=None)
    return write.trace


@pytest.fixture(scope="session")
def success() -> Trace:
    """The main procedure, all 12 steps."""
    return main_trace()


@pytest.fixture(scope="session")
def refused() -> Trace:
    """Refused by the primary system at step 6, one request repeated."""
    return main_trace(reason=REFUSAL, lose=True)


@pytest.fixture(scope="session")
def troubled() -> Trace:
    """Refused by a gateway, lost, and never answered."""
    return gateway_trace()


@pytest.fixture(scope="session")
def secrets() -> tuple[bytes, ...]:
    """What no report may show."""
    return SECRETS


FILE = "scenarios/authorization/success.yaml"


def make_result(trace: Trace, *steps: StepResult, **fields: object) -> ScenarioResult:
    """A result of the sample scenario with these steps."""
    result = ScenarioResult(
        name="Service authorization for migration to a partner MC system",
        file=FILE,
        clauses=(CLAUSE,),
        tags=("migration",),
        service="mcptt",
        transport="tcp",
        network="loopback",
        seed=1,
        started_at=trace.started_at,
        duration_s=0.0165,
        elapsed_s=0.25,
    )
    for step in steps:
        result = add_step(result, step)
    return replace(result, **fields)  # type: ignore[arg-type]  # names are checked by replace


def step(number: int, verb: str, title: str, *findings: Finding) -> StepResult:
    """A step of the sample scenario, started 5 ms after the one before."""
    line = 6 + number
    verdict = Verdict.worst(finding.verdict for finding in findings)
    place = Place(FILE, line, 5, f"  - {verb}: {{client: alice-ue, to: partner}}", len(verb))
    return StepResult(number, verb, title, place, verdict, findings, number * 0.005, 0.004)


PASSED = Finding(Verdict.PASS, "the result is success", Place(FILE, 10, 14))
FAILED = Finding(
    Verdict.FAIL,
    "the result is not the one expected",
    Place(FILE, 10, 23, "    expect: {result: success}", 7),
    expected="success",
    actual="refused by primary.example (mc-server): profile-not-permitted\n(token " + TOKEN + ")",
    hint="profile 3 of alice names no partner; see scenarios/topologies/two-systems.yaml:31",
)
BROKEN = Finding(
    Verdict.ERROR,
    "partner.gateway cannot listen at 127.0.0.1:5060: address already in use",
    Place(FILE, 3, 11, "topology: two-systems.topology.yaml", 27),
)
UNSURE = Finding(
    Verdict.INCONC,
    "no answer before the time limit of the scenario",
    Place(FILE, 9, 5, "  - migrate: {client: alice-ue, to: partner}", 7),
    expected="an outcome within 40 s",
    actual="none",
)


@pytest.fixture(scope="session")
def passed_case(success: Trace) -> Case:
    """The main procedure, as expected."""
    result = make_result(
        success,
        step(1, "register", "alice-ue registers in partner", replace(PASSED, message="200")),
        step(2, "migrate", "alice-ue migrates to partner", PASSED),
    )
    return make_case(result, success, pcap="capture.pcap")


@pytest.fixture(scope="session")
def failed_case(refused: Trace) -> Case:
    """Refused by the primary system where success was expected."""
    result = make_result(
        refused,
        step(1, "register", "alice-ue registers in partner", replace(PASSED, message="200")),
        step(2, "migrate", "alice-ue migrates to partner", PASSED, FAILED),
        step(3, "expect_record", "primary.server has alice migrated"),
        name="Refused <by> the primary & \x1bsurprised #1",
    )
    return make_case(result, refused)


@pytest.fixture(scope="session")
def cases(passed_case: Case, failed_case: Case, troubled: Trace) -> list[Case]:
    """One scenario of each kind of ending."""
    broken = make_result(Trace(1_700_000_001.0), step(1, "register", "register", BROKEN))
    unsure = make_result(troubled, step(1, "migrate", "migrate", UNSURE), name="No answer")
    idle = make_result(Trace(), name="Nothing judged", started_at=1_700_000_000.0)
    return [
        passed_case,
        failed_case,
        make_case(replace(broken, name="Port taken"), Trace(1_700_000_001.0)),
        make_case(unsure, troubled),
        skipped_case(replace(idle, name="Filtered"), "does not match -k refused"),
        make_case(idle, Trace()),
    ]


@pytest.fixture(scope="session")
def broken(refused: Trace) -> Check:
    """A check that found something."""
    return broken_check(refused, TOKEN)


@pytest.fixture(scope="session")
def checks(broken: Check, success: Trace) -> list[Check]:
    """One check of each kind of ending."""
    return [broken, good_check(success), empty_check(), empty_check(3), cut_check(success)]


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compare a text with a file under golden/; UPDATE_GOLDEN=1 writes the file instead."""

    def compare(name: str, text: str) -> None:
        path = Path(request.path).parent / "golden" / name
        if os.environ.get("UPDATE_GOLDEN"):
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="")
        with path.open(encoding="utf-8", newline="") as file:
            assert text == file.read(), f"{name} differs; UPDATE_GOLDEN=1 pytest accepts the change"

    return compare


@pytest.fixture(scope="session")
def tshark() -> str:
    """Path of tshark; skip where it is missing, but fail under CI=true."""
    path = shutil.which("tshark")
    if path is None:
        reason = "tshark (Debian package tshark) is not installed"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return path

"""Reports to open: a refused migration with findings, a capture, ten thousand messages."""

from dataclasses import replace

from mcsip.exchanges import find_exchanges
from mcsip.mc.multipart import Part, build_multipart
from mcsip.report.html import Section, Subject, to_html
from mcsip.scenario.result import DiffRow, Place, Sign
from mcsip.sip.build import build_request
from mcsip.trace import Trace
from tests.report.conftest import (
    FAILED,
    FILE,
    PASSED,
    REFUSAL,
    Writer,
    gateway_trace,
    main_trace,
    make_result,
    step,
)
from tests.report.faults import check_of

REQUEST = "migration-service-authorization-request"
RESPONSE = "migration-service-authorization-response"
NASTY = "</script><img src=x onerror=\"document.title='broken'\">"


def subjects() -> list[Subject]:
    """A scenario that passed, one that failed with a check, and a capture."""
    success, refused = main_trace(), main_trace(reason=REFUSAL, lose=True)
    seen = find_exchanges(refused)
    diff = (
        DiffRow(Sign.BOTH, seen[1].sender, seen[1].receiver, seen[1].label, seen[1].number, 200),
        DiffRow(Sign.MISSING, "partner.gateway", "primary.gateway", "BYE", status=200),
        DiffRow(Sign.EXTRA, seen[3].sender, seen[3].receiver, seen[3].label, seen[3].number, 200),
    )
    unexpected = replace(FAILED, place=Place(FILE, 10, 22, "    expect: {result: success}", 7))
    migrate = step(2, "migrate", "alice-ue migrates", unexpected)
    failed = step(3, "expect_messages", "2 messages", replace(unexpected, diff=diff))
    return [
        Subject(
            "Service authorization",
            success,
            make_result(success, step(1, "migrate", "alice-ue migrates", PASSED)),
        ),
        Subject("Refused", refused, make_result(refused, migrate, failed), check_of(refused)),
        Subject("capture.pcap", gateway_trace(), check=None),
    ]


def small_report() -> str:
    return to_html(
        subjects(),
        title="Three",
        environment={"Python": "3.11"},
        sections=[Section("Load", "200 flows/s")],
    )


def load_report() -> str:
    """A report whose whole has failed, while its one subject has passed."""
    return to_html(
        subjects()[:1],
        title="Load",
        environment={"Python": "3.11"},
        opening=Section("Load", "p95 missed", "missed"),
        sections=[Section("Rate", "200 flows/s")],
    )


def nasty_trace() -> Trace:
    """Messages that a careless page would take for its own: markup, binary, broken XML, parts."""
    write = Writer()
    body = f"<a:info xmlns:a='urn:x'><a:b c=\"{NASTY}\">{NASTY}</a:b><!-- never closed".encode()
    kind, several = build_multipart(
        [Part("application/vnd.3gpp.mcptt-info+xml", body), Part("text/plain", NASTY.encode())],
        "edge",
    )
    for content_type, content in (
        ("application/vnd.3gpp.mcptt-info+xml", body),
        (kind, several),
        ("application/octet-stream", bytes(range(256))),
        ("application/xml", b"<" * 50_000),
        ("application/xml", b"<!--" * 20_000),
    ):
        request = build_request(
            "MESSAGE",
            "sip:server@partner.example",
            from_=f'"{NASTY[:9]}" <sip:a@b.example>;tag={write.ids.token()}',
            to="<sip:server@partner.example>",
            call_id=write.ids.token(),
            cseq=1,
            fields=[("Content-Type", content_type), ("Subject", NASTY)],
            body=content,
        )
        write.hop("partner.server", "partner.gateway", request)
    write.note("partner.server", "1", NASTY)
    write.copy("partner.server", "partner.gateway", "UDP", NASTY.encode() + b"\x00\xff")
    return write.trace


def large_report(count: int) -> str:
    """So many messages of a request and its answer, each with an info body."""
    write = Writer()
    info = write.request_info(token=True)
    for _ in range(count // 2):
        request = write.message("partner.server", "partner.gateway", info)
        write.hop("partner.server", "partner.gateway", request)
    return to_html([Subject("Large", write.trace)])

"""What a check might find in a trace: one rule kept, two broken, one with nothing to look at."""

from mcsip.conformance.result import CheckResult, Finding, RuleResult
from mcsip.conformance.rule import Level, Rule, Scope
from mcsip.conformance.views import MessageSeen, Release
from mcsip.mc.source import Grade, Source
from mcsip.trace import Trace


def rule(name: str, level: Level, requirement: str, source: Source) -> Rule[MessageSeen]:
    return Rule(name, level, source, requirement, Scope.MESSAGE, lambda seen: None)


KEPT = rule(
    "rfc3261/8.1.1.7/magic-cookie", Level.SHALL, "The branch of a Via begins with the magic cookie",
    Source("RFC 3261", "8.1.1.7", Grade.GENERAL),
)  # fmt: skip
BROKEN = rule(
    "rfc3325/9.1/one-identity", Level.SHALL, "A request <asserts> & names who sends it",
    Source("RFC 3325", "9.1", Grade.GENERAL),
)  # fmt: skip
ADVISED = rule(
    "ts24379/F.1.3/root", Level.SHOULD, "The root element is that of the service",
    Source("TS 24.379", "F.1.3", Grade.READ),
)  # fmt: skip
UNSEEN = rule(
    "rfc3261/17.1.1.2/timer-a", Level.SHALL, "An INVITE is repeated over UDP",
    Source("RFC 3261", "17.1.1.2", Grade.GENERAL),
)  # fmt: skip


def check_of(trace: Trace) -> CheckResult:
    """A check that finds fault with the third MESSAGE that was sent: with a field, and its body."""
    entry = [entry for entry in trace.entries if entry.data.startswith(b"MESSAGE")][4]
    start = entry.data.index(b"P-Asserted-Identity")
    field = (start, entry.data.index(b"\r\n", start))
    root = entry.data.index(b"mcpttinfo", entry.data.index(b"\r\n\r\n"))
    place = (entry.number, entry.at, entry.node, "partner.gateway")
    return CheckResult(
        "capture.pcap",
        Release.R18,
        (
            RuleResult(KEPT, 44),
            RuleResult(
                BROKEN,
                8,
                (
                    Finding(
                        BROKEN,
                        "sip:partner.example",
                        "sip:</script>@x",
                        *place,
                        entry.data[:start].count(b"\n") + 1,
                        field,
                    ),
                ),
                2,
            ),
            RuleResult(
                ADVISED,
                8,
                (Finding(ADVISED, "mcvideoinfo", "mcpttinfo", *place, None, (root, root + 9)),),
            ),
            RuleResult(UNSEEN),
        ),
        44,
        1,
        ("cut after 1200 packets",),
        incomplete=True,
    )

"""Checks made by hand: a few rules of invented clauses, and what came of them."""

from mcsip.conformance.result import CheckResult, Finding, RuleResult
from mcsip.conformance.rule import AnyRule, Faults, Level, RuleBook
from mcsip.conformance.views import MessageSeen, Release
from mcsip.mc.source import Grade
from mcsip.report.checked import Check, make_check
from mcsip.trace import Trace, TraceEntry

NODES = """node             role        system   domain           address         known by
partner.gateway  mc-gateway  partner  partner.example  127.0.2.3:5060  P-Asserted-Identity"""


def _rules() -> tuple[AnyRule, ...]:
    sip = RuleBook("rfc3261", "RFC 3261", Grade.GENERAL)
    stage2 = RuleBook("ts23280", "TS 23.280", Grade.SEED)

    @sip.on_message("8.1.1.7", "magic-cookie", "the branch begins with the magic cookie")
    @sip.on_message("8.1.1.6", "hop-limit", "Max-Forwards is 70", level=Level.SHOULD)
    @sip.on_message("20.14", "content-length", "Content-Length is the length of the body")
    @stage2.on_message("10.6.3.3", "order", "the steps come in the order of the procedure")
    @stage2.on_message("10.6.3.4", "de-authorization", "the partner answers a de-authorization")
    def check(seen: MessageSeen) -> Faults:
        return None

    return (*sip.rules[::-1], *stage2.rules[::-1])


RULES = {rule.id.rpartition("/")[2]: rule for rule in _rules()}


def find(
    trace: Trace, entry: TraceEntry, rule: str, text: bytes, expected: str, actual: str
) -> Finding:
    """A finding about octets of an entry, or about all of it."""
    node = trace.node_at(entry.remote) or ""
    span = None
    line = None
    if text:
        start = entry.data.index(text)
        span = (start, start + len(text))
        line = entry.data.count(b"\n", 0, start) + 1
    found = (entry.number, entry.at, entry.node, node)
    return Finding(RULES[rule], expected, actual, *found, line, span)


def broken_check(trace: Trace, token: str, *, strict: bool = False) -> Check:
    """Of five rules two are broken, one of them in many places; one had nothing to look at."""
    request = next(entry for entry in trace.entries if b"MESSAGE sip" in entry.data)
    answer = next(entry for entry in trace.entries if entry.data.startswith(b"SIP/2.0 200"))
    cookie = find(
        trace, request, "magic-cookie", b"z9hG4bKid", "a branch that begins with x\nand no other", f"z9hG4bK {token}"
    )  # fmt: skip
    order = find(trace, answer, "order", b"", "step 3 after step 2", "step 3 first")
    hops = [
        find(trace, entry, "hop-limit", b"Max-Forwards: 70", "69", "70")
        for entry in trace.entries
        if b"Max-Forwards: 70" in entry.data
    ]
    result = CheckResult(
        "captures/two \x1bvendors.pcap",
        Release.R18,
        (
            RuleResult(RULES["magic-cookie"], 40, (cookie,)),
            RuleResult(RULES["hop-limit"], 12, tuple(hops), 3),
            RuleResult(RULES["content-length"], 40),
            RuleResult(RULES["order"], 1, (order,)),
            RuleResult(RULES["de-authorization"]),
        ),
        messages=40,
        strangers=2,
        remarks=("packet 12, octet 1404: the packet is cut: capture with a larger snap length",),
        incomplete=True,
    )
    return make_check(result, trace, nodes=NODES, strict=strict, elapsed_s=0.25)


def good_check(trace: Trace) -> Check:
    """Two rules, both kept."""
    rules = (RuleResult(RULES["magic-cookie"], 40), RuleResult(RULES["content-length"], 40))
    return make_check(CheckResult("good.jsonl", Release.R19, rules, messages=40), trace)


def empty_check(messages: int = 0) -> Check:
    """Nothing to look at."""
    rules = (RuleResult(RULES["order"]),)
    return make_check(CheckResult("empty.pcap", Release.R17, rules, messages=messages), Trace())


def cut_check(trace: Trace) -> Check:
    """What could be read is good."""
    rules = (RuleResult(RULES["magic-cookie"], 4),)
    remarks = ("packet 9, octet 4000: the file ends in the middle of a packet",)
    result = CheckResult("cut.pcap", Release.R18, rules, 4, 0, remarks, incomplete=True)
    return make_check(result, trace)

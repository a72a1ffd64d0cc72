"""SIPp in the place of a node: its part in a scenario as XML, and a script that runs it.

One process of SIPp 3.6 plays a node. A node is moved by what comes in, so that its scenario begins
with one ``recv`` for all requests, which branches by what the request is; each branch is a course
(``courses``). What a node sends of its own accord, as clients do, is a scenario of its own, and
what comes in meanwhile is answered by an out-of-call scenario.

Within a branch one call has several transactions, each with another peer and its own Call-ID:
``setdest`` turns the call to a peer, and the part of a Call-ID before ``///`` is not looked at by
SIPp when it looks for the call of an answer. Over TCP a call lets go of its connection
(``closecon``) before it turns to another peer, and cannot come back to it; there a node that passes
requests on answers first and passes on afterwards, as a back-to-back user agent may.

What SIPp cannot do as the node did it is refused, never exported as something else.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from mcsip.errors import UsageError
from mcsip.export.courses import Course, Event, peers_of
from mcsip.export.sipp_text import Wording, answer_text, keyword_of, request_text
from mcsip.export.sipp_values import MEMORY, Values, kinds_of, memory_keyword
from mcsip.export.sipp_writer import Writer, attribute, scenario_xml
from mcsip.sip.message import Request, Response

ANSWER_WITHIN_MS = 32_000
"""How long SIPp waits for an answer: Timer F with the usual T1 (RFC 3261 17.1.2.2)."""
TIMEWAIT_MS = 2_000
"""How long a lost answer over UDP is given again: two retransmissions of the request, which come
0.5 s and 1.5 s after it (RFC 3261 17.1.2.1)."""
POLL_MS = 50
"""How often the leading scenario looks whether what it waits for has come in [ours]."""
_METHODS = frozenset({"MESSAGE", "PUBLISH", "REGISTER", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Part:
    """A node's part in a scenario, as SIPp has it.

    Attributes:
        leading: XML of what it begins itself, or "".
        serving: XML of what it does when requests come in, or "".
        requests: how many requests come in.
        values: what is another one in every run.
        first: name of the peer that it sends to first of its own accord, or "".
        peers: names of those whose addresses it must know.
    """

    leading: str
    serving: str
    requests: int
    values: Values
    first: str = ""
    peers: tuple[str, ...] = ()


def build_part(
    title: str,
    courses: Sequence[Course],
    values: Values,
    hosts: Mapping[str, str],
    transport: str,
    *,
    pauses: Collection[int] = (),
) -> Part:
    """Return a node's part in a run.

    Args:
        title: name of the scenario, for people.
        courses: what the node does.
        values: its values that are others in every run.
        hosts: keyword of each node by its host in the run, ``sipp_text.OWN`` for its own.
        transport: "udp" or "tcp".
        pauses: numbers in the trace of requests before which whoever judges the run needs time.

    Raises:
        UsageError: SIPp cannot do it, or the node does nothing.
    """
    _check(courses)
    leads = any(course.leading for course in courses)
    bodies = [
        _write_leading(number, courses, values, hosts, pauses, udp=transport == "udp")
        if course.leading
        else _write_course(number, course, values, hosts, udp=transport == "udp")
        for number, course in enumerate(courses)
    ]
    serving = [number for number, course in enumerate(courses) if not course.leading]
    for number in serving:  # what is kept is known once all are written
        _remember(bodies[number], number, values, leads=leads)
    leading = next((b for b, course in zip(bodies, courses, strict=True) if course.leading), None)
    return Part(
        "" if leading is None else scenario_xml(title, leading),
        scenario_xml(title, _dispatch(serving, bodies, courses, leads=leads)) if serving else "",
        len(serving),
        values,
        next((c.events[0].peer for c in courses if c.leading), ""),
        tuple(name for name in peers_of(courses) if _names(keyword_of(name), bodies)),
    )


def _names(keyword: str, bodies: Iterable[Writer]) -> bool:
    """Tell whether the address of a node is needed somewhere."""
    return any(f"[{keyword}_ip]" in line for body in bodies for line in body.lines)


def _check(courses: Sequence[Course]) -> None:
    """Refuse what SIPp cannot do as the node did it."""
    for event in (event for course in courses for event in course.events):
        if event.request.method not in _METHODS:
            raise UsageError(
                f"it takes part in a call ({event.request.method}): exported are"
                f" {', '.join(sorted(_METHODS))}"
            )


# Courses


def _write_course(
    number: int, course: Course, values: Values, hosts: Mapping[str, str], *, udp: bool
) -> Writer:
    """Return the branch of a request that comes in: what follows it."""
    writer = Writer(udp)
    origin = course.events[0].peer
    here, last = origin, course.events[0]
    for at, event in enumerate(_in_order(course, udp=udp)[1:], 1):
        wording = Wording(hosts, values.used(number, event.message))
        if not event.sent:
            assert isinstance(event.message, Response)
            _expect(writer, event.message)
            last = event
            continue
        if event.peer != here:
            writer.turn_to(event.peer)
            here = event.peer
        if isinstance(event.message, Request):
            call, kept = _call(values.lines[number] + 1, at), {}
            if event.message.call_id == course.cause.call_id:  # passed on (RFC 3261 16.6)
                kept = _save(writer, course.cause)
                call = f"[${kept['call-id']}]"
            text = request_text(event.message, wording, call.strip(), udp=udp, saved=kept)
            writer.send(text, request=True)
        else:
            assert isinstance(event.message, Response)
            saved = {} if last is course.events[0] else _save(writer, course.cause)
            writer.send(answer_text(event.message, wording, saved), request=False)
    for origin_of in values.needed(number):
        writer.take(origin_of.variable, origin_of.regexp, origin_of.header)
    return writer


def _call(branch: int, at: int) -> str:
    """Return the Call-ID of a request: SIPp looks only at what stands behind the slashes."""
    return f"{branch}.{at}///[call_id]"


def _in_order(course: Course, *, udp: bool) -> Sequence[Event]:
    """Return the events as SIPp can do them: over TCP an answer comes before what is passed on.

    Raises:
        UsageError: the answer depends on what came of passing on.
    """
    events = course.events
    answer = next((e for e in events if e.sent and e.request is course.cause), None)
    if udp or answer is None or events.index(answer) == 1:
        return events
    assert isinstance(answer.message, Response)
    if answer.message.status >= 300:
        raise UsageError(
            f"over TCP it would have to pass back the answer {answer.message.status} on a"
            " connection that SIPp has let go of by then: export it for UDP"
        )
    return (events[0], answer, *(event for event in events[1:] if event is not answer))


def _expect(writer: Writer, response: Response) -> None:
    writer.add(f'<recv response="{response.status}" timeout="{ANSWER_WITHIN_MS}"/>')


def _save(writer: Writer, request: Request) -> dict[str, str]:
    """Keep what an answer repeats (RFC 3261 8.2.6.2), for after other messages have come in."""
    saved = {}
    for name in ("From", "To", "Call-ID", "CSeq"):
        saved[name.lower()] = variable = f"its_{keyword_of(name).lower()}"
        writer.take(variable, ".*", f"{name}:")
    for place in range(1, len(request.vias) + 1):
        saved[f"via {place}"] = variable = f"its_via_{place}"
        writer.take(variable, ".*", f"Via:{place}")
    return saved


def _write_leading(
    number: int,
    courses: Sequence[Course],
    values: Values,
    hosts: Mapping[str, str],
    pauses: Collection[int],
    *,
    udp: bool,
) -> Writer:
    """Return what the node does of its own accord; it waits for what comes in meanwhile."""
    writer = Writer(udp)
    course, others = courses[number], [each for each in courses if not each.leading]
    here = course.events[0].peer
    waited: set[int] = set()
    for at, event in enumerate(course.events):
        if not event.sent:
            assert isinstance(event.message, Response)
            _expect(writer, event.message)
            continue
        due = {
            values.lines[courses.index(other)]
            for other in others
            if other.events[-1].number < event.number
        }
        _wait(writer, sorted(due - waited))
        waited |= due
        if event.number in pauses:
            writer.add("<pause/>")
        if event.peer != here:
            writer.turn_to(event.peer)
            here = event.peer
        assert isinstance(event.message, Request), "it has received none here"
        wording = Wording(hosts, values.used(number, event.message))
        writer.send(request_text(event.message, wording, _call(0, at), udp=udp), request=True)
    _wait(writer, sorted({values.lines[courses.index(other)] for other in others} - waited))
    if udp:
        writer.add(f'<timewait milliseconds="{TIMEWAIT_MS}"/>')
    return writer


def _wait(writer: Writer, lines: Iterable[int]) -> None:
    """Wait until requests of these kinds have come in and been answered."""
    for line in lines:
        label = f"{line + 1}"
        writer.add(
            f'<label id="{label}"/>',
            f'<pause milliseconds="{POLL_MS}"/>',
            "<nop>",
            "  <action>",
            f'    <assignstr assign_to="came" value="{memory_keyword(line, 0)}"/>',
            '    <todouble assign_to="count" variable="came"/>',
            '    <test assign_to="not_yet" variable="count" compare="less_than" value="1"/>',
            "  </action>",
            "</nop>",
            f'<nop next="{label}" test="not_yet"/>',
        )


def _remember(writer: Writer, number: int, values: Values, *, leads: bool) -> None:
    """Write into the memory what a later course needs, and that the request has come in.

    A node that begins something itself waits for that, so that it comes after the answer.
    """
    lent = values.lent(number)
    for origin in lent:
        writer.take(origin.variable, origin.regexp, origin.header)
    if not lent and not leads:
        return
    line = attribute(";".join(("1", *(f"[${origin.variable}]" for origin in lent))))
    action = f'<replace file="{MEMORY}" line="{values.lines[number]}" value="{line}"/>'
    element = f"  <nop><action>{action}</action></nop>"
    writer.lines.insert(len(writer.lines) if leads else 0, element)


# Telling requests apart


def _dispatch(
    serving: Sequence[int], bodies: Sequence[Writer], courses: Sequence[Course], *, leads: bool
) -> Writer:
    """Return the scenario that takes every request: one ``recv``, then a branch for each kind."""
    out = Writer(bodies[0].udp)
    branches = _branches(bodies, courses, leads=leads)
    methods = "|".join(dict.fromkeys(courses[number].cause.method for number in serving))
    known = "|".join(f"({pattern})" for pattern, _ in branches)
    out.variables.append("known")
    takes = [
        f'<ereg regexp="{attribute(known)}" search_in="msg" check_it="true" assign_to="known"/>'
    ]
    several = len(branches) > 1
    for at, (pattern, body) in enumerate(branches, 1):
        if several:
            takes.append(
                f'<ereg regexp="{attribute(pattern)}" search_in="msg" assign_to="is_{at}"/>'
            )
        takes += body.takes
        out.variables += body.variables
    out.add(f'<recv request="^({methods})$" regexp_match="true">', "  <action>")
    out.add(*(f"    {each}" for each in dict.fromkeys(takes)))
    out.add("  </action>", "</recv>")
    end = len(branches) + 1
    if several:
        out.add(*(f'<nop next="{at}" test="is_{at}"/>' for at in range(1, end)))
    for at, (_, body) in enumerate(branches, 1):
        if several:
            out.add("", f'<label id="{at}"/>')
        out.lines += body.lines
        if at + 1 < end:
            out.add(f'<nop next="{end}"/>')
    out.add("")
    if several:
        out.add(f'<label id="{end}"/>')
    if out.udp:
        out.add(f'<timewait milliseconds="{TIMEWAIT_MS}"/>')
    return out


def _branches(
    bodies: Sequence[Writer], courses: Sequence[Course], *, leads: bool
) -> list[tuple[str, Writer]]:
    """Return the kinds of requests: what knows each, and what follows it.

    Raises:
        UsageError: two requests look alike, and what follows them does not.
    """
    found: dict[str, Writer] = {}
    for number, pattern in kinds_of(courses).items():
        same = found.setdefault(pattern, bodies[number])
        if same is not bodies[number] and (leads or same.lines != bodies[number].lines):
            raise UsageError(
                f"two requests that come in look alike ({pattern}), and it matters which is which:"
                " export a scenario with one user and one procedure"
            )
    return list(found.items())

"""Values that are others in every run: where a node gets them from, and where it keeps them.

A program that stands in for a node must not write down what belonged to one run: access tokens, MC
service IDs that a partner issues, Call-IDs. A node has such a value from a request that it
received, in the same course or an earlier one; a client has its credentials from its user. SIPp
takes a value out of a message with a regular expression into a variable, which lives as long as the
course; what a later course needs is kept in a file that SIPp holds in memory, a line for each kind
of request.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from mcsip.export.courses import Course
from mcsip.hops import read_info
from mcsip.mc.messages import MESSAGES
from mcsip.sip.message import Message, Request

MEMORY = "memory.csv"
CREDENTIALS = "credentials.csv"
_TOKEN = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]+")
"""A JSON Web Token (RFC 7519 3), as access tokens are (TS 33.180 B.8)."""
_CALL_ID = "call_id"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value came from.

    Attributes:
        course: number of the course whose first request had it.
        variable: name of the variable that it is taken into.
        regexp: SIPp's regular expression for it; the value is what its group matches.
        header: name of the field that is searched; "" for the whole message.
    """

    course: int
    variable: str
    regexp: str
    header: str = ""


@dataclass(slots=True)
class Values:
    """The values of one node.

    Attributes:
        origins: where each came from, by value: of every course that received it, in order.
        lines: line of the memory in which a course keeps its values, by number of the course.
        given: values that the node has from elsewhere, in the order of the credentials' fields.
        kept: values that later courses need, by line, in the order of the line's fields; the first
            field says whether such a request has come in.
        here: values that a course needs of its own request, by number of the course.
    """

    origins: dict[str, list[Origin]] = field(default_factory=dict)
    lines: Mapping[int, int] = field(default_factory=dict)
    given: list[str] = field(default_factory=list)
    kept: dict[int, list[str]] = field(default_factory=dict)
    here: dict[int, list[str]] = field(default_factory=dict)

    def used(self, course: int, message: Message) -> dict[str, str]:
        """Return the keyword for each value that a message of a course names.

        Args:
            course: number of the course.
            message: a message that the node sends.
        """
        text = _said(message)
        said: dict[str, str] = {}
        for value, origins in self.origins.items():
            if value in text and value not in self.given:
                said[value] = self.keyword(value, origins, course)
        for number, value in enumerate(self.given):
            if value in text:
                said[value] = f"[field{number} file={CREDENTIALS} line=0]"
        return said

    def keyword(self, value: str, origins: Sequence[Origin], course: int) -> str:
        """Return the keyword for a value of a request: of the course's own, or an earlier one."""
        own = next((origin for origin in origins if origin.course == course), None)
        if own is not None:
            here = self.here.setdefault(course, [])
            if value not in here:
                here.append(value)
            return f"[${own.variable}]"
        line = self.lines[origins[0].course]
        kept = self.kept.setdefault(line, [])
        if value not in kept:
            kept.append(value)
        return memory_keyword(line, kept.index(value) + 1)

    def needed(self, course: int) -> list[Origin]:
        """Return what a course must take out of its request for itself."""
        wanted = self.here.get(course, ())
        return [o for value in wanted for o in self.origins[value] if o.course == course]

    def lent(self, course: int) -> list[Origin]:
        """Return what a course must take out of its request for later ones."""
        wanted = self.kept.get(self.lines[course], ())
        return [o for value in wanted for o in self.origins[value] if o.course == course]

    @property
    def memory(self) -> str:
        """The memory before anything has come in."""
        lines = range(max(self.lines.values(), default=-1) + 1)
        return "".join(f"0{';' * len(self.kept.get(line, ()))}\n" for line in lines)


def memory_keyword(line: int, number: int) -> str:
    """Return the keyword for a field of the memory."""
    return f"[field{number} file={MEMORY} line={line}]"


def _said(message: Message) -> str:
    """Return a message without what is written anew anyway: Via, Call-ID, From's tag."""
    lines = [message.start_line]
    lines += [raw for name, _, raw in message.fields if name not in {"via", "call-id"}]
    head = "\n".join(lines)
    return head + "\n\n" + message.body.decode("utf-8", "surrogateescape")


def find_values(
    courses: Sequence[Course], issued: Mapping[str, str], lines: Mapping[int, int]
) -> Values:
    """Return the values of a node that are others in every run.

    Args:
        courses: what the node does.
        issued: MC service IDs that were made for the run; the value is not looked at.
        lines: line of the memory for each course that a request begins.
    """
    values = Values(lines=lines)
    for event in (event for course in courses if course.leading for event in course.events):
        if event.sent:
            _add_given(values, event.message, issued)
    for number, course in enumerate(courses):
        if course.leading:
            continue
        for value, origin in _received(number, course.cause, issued):
            values.origins.setdefault(value, []).append(origin)
    return values


def _add_given(values: Values, message: Message, issued: Mapping[str, str]) -> None:
    text = _said(message)
    for value in (*(each for each in issued if each in text), *_TOKEN.findall(text)):
        if value not in values.given:
            values.given.append(value)


def _received(
    number: int, request: Request, issued: Mapping[str, str]
) -> Iterator[tuple[str, Origin]]:
    """Yield the values that a request brings."""
    yield request.call_id, Origin(number, _CALL_ID, "[^ ].*", "Call-ID:")
    body = request.body.decode("utf-8", "surrogateescape")
    for value in issued:
        name = _enclosing(body, value)
        if name is not None:
            pattern = f"{name}[^>]*>[^<]*<[^>]*>([^<]+)<"
            yield value, Origin(number, name.replace("-", "_"), pattern)
    for token in _TOKEN.findall(body):
        part = "[A-Za-z0-9_-]+"
        yield token, Origin(number, "access_token", f"(eyJ{part}\\.{part}\\.{part})")


def _enclosing(body: str, value: str) -> str | None:
    """Return the name of the element whose content, one level down, a value is, or None."""
    found = re.search(rf"<([\w-]+)[^<>]*>\s*<[\w-]+[^<>]*>{re.escape(value)}<", body)
    return None if found is None else found[1]


def issued_ids(courses: Sequence[Course], known: Sequence[str]) -> dict[str, str]:
    """Return the MC service IDs in the messages of a node that the topology does not name.

    Args:
        courses: what the node does.
        known: MC service IDs that are the same in every run.
    """
    found: dict[str, str] = {}
    for course in courses:
        for event in course.events:
            info = read_info(event.message)
            if info is not None and info.partner_id and info.partner_id not in known:
                found[info.partner_id] = info.message
    return found


def kinds_of(courses: Sequence[Course]) -> dict[int, str]:
    """Return what knows the request of each course that one begins, by number of the course."""
    return {
        number: _pattern(course.cause)
        for number, course in enumerate(courses)
        if not course.leading
    }


def lines_of(courses: Sequence[Course]) -> dict[int, int]:
    """Return the line of the memory of each course that a request begins: one for each kind."""
    kinds = kinds_of(courses)
    order = list(dict.fromkeys(kinds.values()))
    return {number: order.index(kind) for number, kind in kinds.items()}


def _pattern(request: Request) -> str:
    """Return the regular expression that knows a kind of request: its method, its message."""
    info = read_info(request)
    if info is None:
        return f"^{request.method} "
    return f"^{request.method} .*>[ ]*{MESSAGES[info.message].value}[ ]*<"

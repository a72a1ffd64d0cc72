"""Users from a file in SIPp's injection format.

The first line says in which order users are taken, ``SEQUENTIAL``, ``RANDOM`` or ``USER``; each
line after it is one user, its fields separated by ``;``. Lines that are empty or begin with ``#``
are passed over, as SIPp does. What the fields mean is [ours]: first the MC service ID in the
primary for each client of the topology, in the order of the topology; then, if anything more, the
password of each for identity management.

    SEQUENTIAL
    sip:u1@primary.example;sip:v1@primary.example
    sip:u2@primary.example;sip:v2@primary.example
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from mcsip.errors import Diagnostic, FileError
from mcsip.excerpt import standing_for
from mcsip.mc.identity import SCHEMES, canonical_id, check_mc_id, domain_of
from mcsip.topology.copies import Copy, numbered_copies, with_copies
from mcsip.topology.model import Topology

MAX_FILE_OCTETS = 256 * 1024 * 1024
"""Largest file that is read: a million users with two long fields each [ours]."""
MAX_LINE_LENGTH = 10_000
"""Longest line of a user: some IDs and passwords [ours]."""
MAX_SHOWN = 60
"""Characters of a field that are told of [ours]."""
MAX_FAULTS = 50
"""Faults after which reading ends: one mistake is often on every line [ours]."""
_URI_PASSWORD = re.compile(r"\w+:[^:@]*:(.*)@")


class Order(StrEnum):
    """In which order users are taken."""

    SEQUENTIAL = "SEQUENTIAL"
    """In the order of the file, and from its beginning again."""
    RANDOM = "RANDOM"
    """At random."""
    USER = "USER"
    """Each user has a line of its own: here users always do, so it is like SEQUENTIAL."""


@dataclass(frozen=True, slots=True)
class Injection:
    """What a file says.

    Attributes:
        order: in which order users are taken.
        copies: the users, as copies of the topology's clients.
    """

    order: Order
    copies: tuple[Copy, ...]


def read_injection(path: Path, topology: Topology, limit: int | None = None) -> Injection:
    """Read users from a file.

    Args:
        path: the file.
        topology: whose clients they are copies of.
        limit: how many users are wanted; None: all.

    Raises:
        FileError: it cannot be read, or a line is wrong; with every fault, up to ``MAX_FAULTS``.
    """
    lines = _lines(path)
    reader = _Reader(str(path), topology)
    order = reader.order(lines[0] if lines else "")
    for number, line in enumerate(lines[1:], 2):
        if limit is not None and len(reader.copies) >= limit:
            break
        if line.strip() and not line.startswith("#"):
            reader.read(number, line)
        if len(reader.faults) >= MAX_FAULTS:
            break
    if not reader.faults and not reader.copies:
        reader.fault(max(1, len(lines)), 1, "", "no line names a user")
    if limit is not None and not reader.faults and len(reader.copies) < limit:
        message = f"{limit} users are wanted, and the file has {len(reader.copies)}"
        hint = "write more lines, or ask for fewer users"
        reader.fault(len(lines), 1, lines[-1], message, hint)
    if reader.faults or order is None:
        raise FileError(reader.faults)
    return Injection(order, tuple(reader.copies))


def with_users(topology: Topology, path: Path | None, count: int | None) -> Topology:
    """Return a topology with the users of a load beside its own.

    Args:
        topology: the topology.
        path: their file; None: generated ones.
        count: how many; None: all of the file, or none.

    Raises:
        FileError: the file cannot be read, or a line is wrong.
    """
    if path is not None:
        return with_copies(topology, read_injection(path, topology, count).copies)
    return topology if count is None else with_copies(topology, numbered_copies(topology, count))


def _lines(path: Path) -> list[str]:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_OCTETS + 1)
    except OSError as error:
        reason = error.strerror or str(error)
        raise FileError([Diagnostic(str(path), 1, 1, f"cannot be read: {reason}")]) from None
    if len(data) > MAX_FILE_OCTETS:
        message = f"the file is larger than {MAX_FILE_OCTETS} octets"
        raise FileError([Diagnostic(str(path), 1, 1, message)])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FileError([Diagnostic(str(path), line, 1, "not UTF-8 text")]) from None
    lines = text.split("\n")  # and nothing else ends a line, as in an editor
    if not lines[-1]:
        lines.pop()
    return [line.removesuffix("\r") for line in lines]


class _Reader:
    """Reads the lines of one file."""

    def __init__(self, name: str, topology: Topology) -> None:
        self._name = name
        self._clients = list(topology.clients.values())
        self._seen: dict[str, int] = {}
        self.copies: list[Copy] = []
        self.faults: list[Diagnostic] = []

    def fault(
        self, line: int, column: int, source: str, message: str, hint: str | None = None
    ) -> None:
        """Add a fault; passwords of the line are not shown."""
        length = len(source[column - 1 :].split(";", 1)[0]) or 1
        fields = source.split(";")
        shown = [_without_password(field, source) for field in fields[: len(self._clients)]]
        if any(fields[len(shown) :]):
            shown.append("…")
        text = ";".join(shown)
        self.faults.append(Diagnostic(self._name, line, column, message, text, length, hint))

    def order(self, first: str) -> Order | None:
        """Return what the first line says, or None with its fault."""
        word = first.strip()
        if word in list(Order):
            return Order(word)
        hint = "write SEQUENTIAL, RANDOM or USER; PRINTF= and other additions are not supported"
        self.fault(1, 1, first, "the first line does not say in which order users are taken", hint)
        return None

    def read(self, number: int, line: str) -> None:
        """Read one user."""
        if len(line) > MAX_LINE_LENGTH:
            message = f"the line has {len(line)} characters, expected at most {MAX_LINE_LENGTH}"
            self.fault(number, 1, "", message, "write each user on a line of its own")
            return
        fields = line.split(";")
        if fields[-1] == "":
            fields.pop()  # SIPp's files often end a line with a separator
        wanted = len(self._clients)
        if len(fields) not in {wanted, 2 * wanted}:
            names = ", ".join(client.name for client in self._clients)
            there_are = "1 field" if len(fields) == 1 else f"{len(fields)} fields"
            message = f"{there_are}, expected {wanted}, or {2 * wanted} with passwords"
            self.fault(number, 1, line, message, f"an MC service ID for each of {names}")
            return
        column = 1
        ids: dict[str, str] = {}
        for client, field in zip(self._clients, fields, strict=False):
            ids[client.mc_id] = self._id(number, column, line, field, domain_of(client.mc_id))
            column += len(field) + 1
        who = len(self.copies) + 1
        names_ = {client.name: f"{client.name}-{who}" for client in self._clients}
        passwords = dict(zip(ids.values(), fields[wanted:], strict=False))
        self.copies.append(Copy(who, names_, ids, passwords))

    def _id(self, number: int, column: int, line: str, field: str, domain: str) -> str:
        """Check one MC service ID, and return it in canonical form."""
        wrong = check_mc_id(field)
        if wrong is not None:
            told = _shown(field) if _without_password(field, line) == field else "this"
            message = f"{told} is not an MC service ID: {wrong}"
            self.fault(number, column, line, message, "write sip:user@domain")
            return field
        if domain_of(field) != domain:
            self.fault(number, column, line, f"the ID is not of the domain {domain}")
        user = canonical_id(field)
        known = user in self._seen
        first = self._seen.setdefault(user, number)
        if first != number:
            self.fault(number, column, line, f"{field} is already the user of line {first}")
        elif known:
            self.fault(number, column, line, f"{field} is in another field of line {number} too")
        return user


def _without_password(field: str, line: str) -> str:
    """Return a field without what may be a password in a wrong place; as many characters.

    That is whatever is no SIP URI in a line of several fields, and the password of a URI (RFC 3261
    19.1.1).
    """
    if not field.lower().startswith(SCHEMES):
        return standing_for(len(field)) if ";" in line else field
    found = _URI_PASSWORD.match(field)
    if found is None:
        return field
    begin, end = found.span(1)
    return field[:begin] + standing_for(end - begin) + field[end:]


def _shown(field: str) -> str:
    """Return a field for people, escaped, and cut where it is long."""
    return repr(field if len(field) <= MAX_SHOWN else f"{field[:MAX_SHOWN]}…")

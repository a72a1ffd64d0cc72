"""messages.log: every message of a run as text, and the inner steps between them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from mcsip.exchanges import Exchange, find_exchanges
from mcsip.redact import redact_text
from mcsip.report.wire import WireMessage, branch_of, steps_by_branch, title_of, wire_messages
from mcsip.trace import Trace, TraceNote

_RULE = "-" * 100


def render_messages_log(
    trace: Trace,
    exchanges: Sequence[Exchange] | None = None,
    *,
    rows: frozenset[int] | None = None,
) -> str:
    """Return the log.

    Args:
        trace: the trace.
        exchanges: its exchanges, when the caller has them already.
        rows: only the messages of these arrows and boxes of a ladder, by number; all when None.
    """
    known = steps_by_branch(find_exchanges(trace) if exchanges is None else exchanges)
    messages = wire_messages(trace)
    notes = trace.notes
    if rows is not None:
        messages = [message for message in messages if _belongs(message, known, rows)]
        notes = [note for note in notes if note.number in rows]
    began = datetime.fromtimestamp(trace.started_at, UTC).isoformat(timespec="milliseconds")
    parts = [f"Run of {began.replace('+00:00', 'Z')}: {len(messages)} messages\n"]
    items: list[WireMessage | TraceNote] = sorted([*messages, *notes], key=lambda item: item.number)
    parts += [
        _note(item) if isinstance(item, TraceNote) else _message(item, known) for item in items
    ]
    return "\n".join(parts)


def _belongs(
    message: WireMessage, known: Mapping[tuple[str, str], Exchange], rows: frozenset[int]
) -> bool:
    """Tell whether a message is part of one of these arrows, folded or hop by hop."""
    branch = branch_of(message.data)
    exchange = known.get(branch) if branch is not None else None
    if exchange is None:
        return message.number in rows
    hop = next(hop for hop in exchange.hops if branch_of(hop.request.octets()) == branch)
    return exchange.number in rows or hop.number in rows


def _note(note: TraceNote) -> str:
    """Return the entry of an inner step."""
    step = f"step {note.step}, " if note.step else ""
    name = note.clause.removesuffix(f" step {note.step}")
    clause = f" ({name})" if name else ""
    text = _readable(redact_text(note.text).encode("utf-8", "surrogateescape"))
    return f"{_RULE}\n#{note.number} {note.at:.6f} s {note.node}: {step}{text.strip()}{clause}\n"


def _message(message: WireMessage, known: dict[tuple[str, str], Exchange]) -> str:
    """Return the entry of a message."""
    head = [f"#{message.number} {message.at:.6f} s {message.sender} -> {message.receiver}"]
    title = title_of(message.data)
    branch = branch_of(message.data)
    exchange = known.get(branch) if branch is not None else None
    if exchange is not None and exchange.message is not None:
        title += f" {'of ' if title[0].isdigit() else ''}{exchange.message}"
    head.append(title)
    if exchange is not None and exchange.step:
        head.append(f"step {exchange.step}")
    if message.fault is not None:
        head.append(message.fault)
    source = _address(message.source.host, message.source.port)
    target = _address(message.target.host, message.target.port)
    where = f"{message.transport} {source} -> {target}, {len(message.data)} octets"
    return f"{_RULE}\n{', '.join(head)}\n{where}\n\n{_readable(message.data)}\n"


def _address(host: str, port: int) -> str:
    """Return an address as people write it."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _readable(data: bytes) -> str:
    """Return octets as text of lines; what no terminal should get is shown by its number."""
    text = data.decode("utf-8", "backslashreplace").replace("\r\n", "\n").rstrip("\n")
    return "".join(f"{_printable(line)}\n" for line in text.split("\n"))


def _printable(line: str) -> str:
    """Return a line with numbers in the place of what cannot be printed, but for tabs."""
    if line.isprintable():
        return line
    return "".join(
        char if char.isprintable() or char == "\t" else f"\\x{ord(char):02x}" for char in line
    )

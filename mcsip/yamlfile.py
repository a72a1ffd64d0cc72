"""YAML files, read into trees of ``document.Node``.

A file is read event by event, without recursion. Faults that do not hide each other are collected,
so that a person sees all of them at once.

Scalars follow the core schema of YAML 1.2: ``yes``, ``on``, ``1:30`` and ``2024-01-01`` are text.
Anchors, aliases and merge keys (``<<``) are understood. Deliberately absent: tags other than those
of the core schema, several documents in a file, keys that are not text or whole numbers.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from mcsip.document import Node, Position, Scalar, Source, hint_for
from mcsip.errors import Diagnostic, FileError

#: Largest file that is read, in octets [ours]: a thousand times a large scenario's size.
MAX_FILE_OCTETS = 4 * 1024 * 1024
#: Deepest nesting [ours]: far above any use, far below what would exhaust a stack.
MAX_DEPTH = 64
_TOO_DEEP = f"nested more than {MAX_DEPTH} levels deep"
#: Largest number of values once all aliases are written out [ours]: stops alias bombs.
MAX_VALUES = 200_000


def read_document(path: Path, name: str | None = None) -> Node:
    """Read a YAML file.

    Args:
        path: the file.
        name: how errors call it; the path as given when None.

    Raises:
        FileError: it cannot be read or is not one YAML document of a supported kind.
    """
    name = str(path) if name is None else name
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_OCTETS + 1)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise FileError([Diagnostic(name, 1, 1, f"the file cannot be read: {reason}")]) from error
    return parse_document(data, name, path.parent)


def parse_document(data: bytes, name: str = "<text>", folder: Path = Path()) -> Node:
    """Read YAML from octets; see ``read_document``."""
    if len(data) > MAX_FILE_OCTETS:
        message = f"the file is larger than {MAX_FILE_OCTETS} octets"
        raise FileError([Diagnostic(name, 1, 1, message)])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileError([_not_utf8(data, name, error)]) from error
    source = Source(name, folder, tuple(text.splitlines()))
    reader = _Reader(source)
    try:
        reader.read(text)
    except yaml.YAMLError as error:
        raise FileError([*reader.faults, reader.syntax_fault(error)]) from error
    if reader.root is None and not reader.faults:
        raise FileError([source.diagnostic(1, 1, "the file is empty")])
    if reader.faults or reader.root is None:
        raise FileError(reader.faults)
    return reader.root


def _not_utf8(data: bytes, name: str, error: UnicodeDecodeError) -> Diagnostic:
    before = data[: error.start]
    line = before.count(b"\n") + 1
    column = len(before) - (before.rfind(b"\n") + 1) + 1
    octet = f"0x{data[error.start]:02x}"
    return Diagnostic(
        name, line, column, f"not UTF-8: octet {octet}", hint="save the file as UTF-8"
    )


def _syntax_fault(source: Source, error: yaml.YAMLError) -> Diagnostic:
    """Return the fault that the YAML reader reports, at the place that a person must look at."""
    if isinstance(error, yaml.reader.ReaderError):
        return _control_character(source, error)
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return source.diagnostic(1, 1, f"not YAML: {error}")
    line, column = error.problem_mark.line + 1, error.problem_mark.column + 1
    problem = error.problem or "it cannot be read"
    if "nesting depth" in problem:  # libyaml reads ahead, and may know before we are told
        return source.diagnostic(line, column, _TOO_DEEP)
    text = source.lines[line - 1] if line <= len(source.lines) else ""
    if "\t" in text[:column] and ("cannot start any token" in problem or "tab" in problem):
        return source.diagnostic(line, column, "not YAML: a tab", hint="indent with spaces")
    context = (error.context or "").removeprefix("while parsing ").removeprefix("while scanning ")
    unclosed = error.context_mark is not None and context in {"a flow mapping", "a flow sequence"}
    if unclosed and error.context_mark is not None:
        opened = error.context_mark
        what = "mapping" if "mapping" in context else "list"
        closing = "}" if what == "mapping" else "]"
        message = f"not YAML: the {what} that opens here is not closed"
        hint = f"a comma or {closing!r} is missing at line {line}, column {column} at the latest"
        return source.diagnostic(opened.line + 1, opened.column + 1, message, hint=hint)
    if line > len(source.lines) and error.context_mark is not None:
        line, column = error.context_mark.line + 1, error.context_mark.column + 1
    return source.diagnostic(line, column, f"not YAML: {problem}", hint=_where(context))


def _where(context: str) -> str:
    """Return what the YAML reader was reading, as a hint, or ""."""
    return f"in {context}" if context.startswith(("a ", "an ")) else ""


def _control_character(source: Source, error: yaml.reader.ReaderError) -> Diagnostic:
    for number, text in enumerate(source.lines, 1):
        for column, character in enumerate(text, 1):
            if not character.isprintable() and character not in "\t\u00a0":
                message = f"not YAML: control character U+{ord(character):04X}"
                return source.diagnostic(number, column, message, hint="remove it")
    return source.diagnostic(1, 1, f"not YAML: {error.reason}")


_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})
_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", re.ASCII)
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", re.ASCII)
_LONGEST_NUMBER = 40
_CORE = "tag:yaml.org,2002:"


def _resolve(text: str) -> Scalar:
    """Return the value of a plain scalar by the core schema of YAML 1.2, clause 10.3.2."""
    if text in _NULL:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    if len(text) <= _LONGEST_NUMBER:
        if _INT.fullmatch(text):
            return int(text, 0) if text[:2] in {"0o", "0x"} else int(text)
        if _FLOAT.fullmatch(text):
            return float(text)
    return text


@dataclass(slots=True)
class _Open:
    """A collection whose end has not been read yet."""

    node: Node
    anchor: str | None
    key: Node | None = None
    merged: list[Node] = field(default_factory=list)


class _Reader:
    """Builds the tree from the events of the YAML parser."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.root: Node | None = None
        self.faults: list[Diagnostic] = []
        self._stack: list[_Open] = []
        self._anchors: dict[str, Node | None] = {}
        self._documents = 0

    def read(self, text: str) -> None:
        """Read all events; raises yaml.YAMLError."""
        for event in _events(text):
            match event:
                case yaml.DocumentStartEvent():
                    self._documents += 1
                    if self._documents > 1:
                        hint = "remove everything from the second '---' on"
                        self._fault(event, "a second YAML document in the file", hint)
                        return
                case yaml.ScalarEvent():
                    self._add(self._scalar(event), event.anchor)
                case yaml.AliasEvent():
                    self._alias(event)
                case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                    if not self._open(event):
                        return
                case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                    self._close(event)
            if self.root is not None and self.root.size > MAX_VALUES:
                return

    def syntax_fault(self, error: yaml.YAMLError) -> Diagnostic:
        """Return the fault that ended the reading."""
        mark = error.problem_mark if isinstance(error, yaml.MarkedYAMLError) else None
        at_end = mark is not None and mark.line >= len(self.source.lines)
        if at_end and self._stack and "expected node content" in str(error):
            node = self._stack[-1].node
            what = "mapping" if node.mapping is not None else "list"
            return node.position.fault(f"not YAML: the {what} that opens here is not closed")
        return _syntax_fault(self.source, error)

    def _fault(self, event: yaml.Event, message: str, hint: str | None = None) -> None:
        self.faults.append(self._position(event).fault(message, hint))

    def _told(self, event: yaml.Event, name: str | None) -> str:
        """Return a name as a fault tells it: not where it may be part of a secret."""
        at = self._position(event)
        return "…" if self.source.is_hidden(at.line, at.column) else repr(name)

    def _position(self, event: yaml.Event) -> Position:
        start, end = event.start_mark, event.end_mark
        assert start is not None
        assert end is not None  # libyaml marks every event
        if end.line == start.line:
            length = end.column - start.column
        else:
            length = len(self.source.lines[start.line]) - start.column
        return Position(self.source, start.line + 1, start.column + 1, max(1, length))

    def _scalar(self, event: yaml.ScalarEvent) -> Node:
        position = self._position(event)
        tag = event.tag
        if tag in {None, "!"} and event.implicit[0] and not event.style:
            return Node(position, _resolve(event.value))
        if tag is None or tag in {"!", f"{_CORE}str"}:
            return Node(position, event.value)
        if tag in {f"{_CORE}int", f"{_CORE}float", f"{_CORE}bool", f"{_CORE}null"}:
            return Node(position, _resolve(event.value))
        told = self._told(event, tag)
        self._fault(event, f"the tag {told} is not supported", "write the value without a tag")
        return Node(position, event.value)

    def _alias(self, event: yaml.AliasEvent) -> None:
        node = self._anchors.get(event.anchor or "")
        if node is None:
            what = "contains itself" if event.anchor in self._anchors else "is not defined above"
            hint = hint_for(event.anchor, [name for name, found in self._anchors.items() if found])
            self._fault(event, f"the anchor {self._told(event, event.anchor)} {what}", hint)
            node = Node(self._position(event))
        elif node.size + sum(frame.node.size for frame in self._stack) > MAX_VALUES:
            message = f"with its aliases written out, the file has more than {MAX_VALUES} values"
            self._fault(event, message, "use fewer aliases of aliases")
            raise FileError(self.faults)
        self._add(node, None)

    def _open(self, event: yaml.MappingStartEvent | yaml.SequenceStartEvent) -> bool:
        if len(self._stack) >= MAX_DEPTH:
            self._fault(event, _TOO_DEEP)
            return False
        tag = event.tag
        if tag not in {None, "!", f"{_CORE}map", f"{_CORE}seq"}:
            self._fault(event, f"the tag {tag!r} is not supported", "write the value without a tag")
        node = Node(self._position(event))
        if isinstance(event, yaml.MappingStartEvent):
            node.mapping = {}
        else:
            node.sequence = []
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        self._stack.append(_Open(node, event.anchor))
        return True

    def _close(self, event: yaml.Event) -> None:
        done = self._stack.pop()
        node = done.node
        end, at = event.end_mark, node.position
        if end is not None and end.line + 1 == at.line and end.column > at.column:
            length = end.column + 1 - at.column
            node.position = Position(self.source, at.line, at.column, length)
        for merged in done.merged:
            self._merge(node, merged)
        self._add(node, done.anchor)

    def _merge(self, node: Node, other: Node) -> None:
        """Put the keys of ``other`` that ``node`` lacks into it (YAML 1.1 merge key)."""
        if other.sequence is not None:
            for each in other.sequence:
                self._merge(node, each)
            return
        if other.mapping is None or node.mapping is None:
            message = "'<<' wants a mapping, or a list of them"
            self.faults.append(other.position.fault(message))
            return
        for key, value in other.mapping.items():
            if key not in node.mapping:
                node.mapping[key] = value
                node.keys[key] = other.keys[key]
                node.size += value.size

    def _add(self, node: Node, anchor: str | None) -> None:
        """Put a finished value where it belongs."""
        if anchor is not None:
            self._anchors[anchor] = node
        if not self._stack:
            self.root = node
            return
        frame = self._stack[-1]
        into = frame.node
        if into.sequence is not None:
            into.sequence.append(node)
            into.size += node.size
        elif frame.key is None:
            frame.key = node
        else:
            self._put(frame, frame.key, node)
            frame.key = None

    def _put(self, frame: _Open, key: Node, value: Node) -> None:
        """Add one pair to the open mapping."""
        name, into = key.scalar, frame.node
        assert into.mapping is not None
        if name == "<<":
            frame.merged.append(value)
            return
        if key.mapping is not None or key.sequence is not None or not _is_key(name):
            hint = "put quotes around it" if key.mapping is None and key.sequence is None else None
            self.faults.append(key.position.fault("a key must be text or a whole number", hint))
            return
        assert isinstance(name, str | int)
        if name in into.mapping:
            first = into.keys[name].line
            message = f"the key {name!r} stands here a second time"
            self.faults.append(key.position.fault(message, f"the first one is at line {first}"))
            return
        into.mapping[name] = value
        into.keys[name] = key.position
        into.size += value.size


def _is_key(value: Scalar) -> bool:
    return isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool))


def _events(text: str) -> Iterator[yaml.Event]:
    """Return the parser's events, from libyaml where PyYAML was built with it."""
    yield from yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))

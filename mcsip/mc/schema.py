"""Validation of bodies against the project's own schemas (``xml_schemas/``).

Each schema is compiled once per process, when it is first needed. The schemas themselves say in
``xml_schemas/README.md`` which document, clause and version each follows, and with what grade.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Protocol, cast

from lxml import etree

from mcsip.errors import Diagnostic, FileError
from mcsip.mc.services import Service
from mcsip.mc.xml import clean, parse_xml
from mcsip.resources import schemas_dir


class _LogEntry(Protocol):
    """What lxml tells of one fault."""

    line: int
    message: str
    path: str | None


@dataclass(frozen=True, slots=True)
class SchemaFault:
    """One place where a body does not follow its schema.

    Attributes:
        line: line number in the body, from 1.
        message: what is wrong there, on one line.
        path: XPath of the element, prefixes as in the body; "" where it is not known.
    """

    line: int
    message: str
    path: str = ""

    def __str__(self) -> str:
        """Return the fault with its line."""
        return f"{self.message} (line {self.line})"


def validate(body: bytes | etree._Element, service: Service) -> tuple[SchemaFault, ...]:
    """Return the faults of an info body against the schema of ``service``; empty when it is valid.

    Args:
        body: the octets, or the root element that ``parse_xml`` returned.
        service: whose info body it is.

    Raises:
        BodyError: the octets are not XML that is read at all (see ``parse_xml``).
    """
    root = parse_xml(body) if isinstance(body, bytes) else body
    return faults_of(root, service.schema, service.namespace)


def faults_of(root: etree._Element, file: str, namespace: str) -> tuple[SchemaFault, ...]:
    """Return the faults of a document against a schema; empty when it is valid.

    Args:
        root: the root element that ``parse_xml`` returned.
        file: the schema, in ``xml_schemas/``.
        namespace: the schema's own.
    """
    schema = _compiled(file)
    if schema.validate(root):
        return ()
    # The log names an element with its namespace in braces, which nobody needs in a short reason.
    namespace = "{" + namespace + "}"
    log = cast("Iterable[_LogEntry]", schema.error_log)
    return tuple(
        SchemaFault(entry.line, clean(entry.message.replace(namespace, "")), entry.path or "")
        for entry in log
    )


def check_schema(service: Service) -> None:
    """Compile the schema of a service's info bodies, so that a broken one is found before a run.

    Raises:
        FileError: the file is not there, or is no XML schema.
    """
    path = schemas_dir() / service.schema
    try:
        _compiled(service.schema)
    except OSError as error:
        message = f"the schema cannot be read: {error.strerror or 'is it there?'}"
        raise FileError([Diagnostic(str(path), 1, 1, message)]) from None
    except (etree.XMLSyntaxError, etree.XMLSchemaParseError) as error:
        entries = list(cast("Iterable[_LogEntry]", error.error_log))
        line = max(1, entries[0].line) if entries else 1
        said = clean(entries[0].message if entries else str(error))
        message = f"the shipped schema is broken: {said}"
        hint = "reinstall mcsip, or take back what was changed there"
        raise FileError([Diagnostic(str(path), line, 1, message, hint=hint)]) from None


@cache
def _compiled(file: str) -> etree.XMLSchema:
    """Return the compiled schema of the file in ``xml_schemas/``."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True)
    return etree.XMLSchema(etree.parse(str(schemas_dir() / file), parser))

"""``mcsip validate``: check scenario, topology and XML body files, without running anything."""

from collections.abc import Sequence
from pathlib import Path

import click

from mcsip.cli.exit_code import ExitCode
from mcsip.errors import Diagnostic, FileError, PeerError

XML_SUFFIXES = (".xml", ".body")


@click.command("validate")
@click.argument(
    "paths",
    nargs=-1,
    required=True,
    metavar="FILE|FOLDER...",
    type=click.Path(exists=True, path_type=Path),
)
def command(paths: tuple[Path, ...]) -> int:
    """Check scenario, topology and XML body files, and tell every fault with its position.

    A YAML file with 'systems', 'agreements' or 'clients' and without 'steps' is a topology. An XML
    file is an info body or a user profile, of the MC service whose namespace it has.
    """
    files = _expand(paths)
    if not files:
        click.echo("nothing to validate: no YAML or XML file was found", err=True)
        return ExitCode.NOTHING
    faults: list[Diagnostic] = []
    for path in files:
        found = validate_file(path)
        faults += found
        if not found:
            click.echo(f"{path}: valid")
    faults = list(dict.fromkeys(faults))
    if not faults:
        return ExitCode.OK
    click.echo("\n".join(fault.render() for fault in faults), err=True)
    count = f"{len(faults)} fault{'' if len(faults) == 1 else 's'}"
    click.echo(
        f"{count} in {len({fault.file for fault in faults})} of {len(files)} files", err=True
    )
    return ExitCode.FILE


def _expand(paths: Sequence[Path]) -> list[Path]:
    """Return the files that are meant: a folder stands for the YAML and XML files in it."""
    from mcsip.scenario.files import SUFFIXES

    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            wanted = {*SUFFIXES, *XML_SUFFIXES}
            files += sorted(f for f in path.rglob("*") if f.suffix in wanted and f.is_file())
        else:
            files.append(path)
    return list(dict.fromkeys(files))


def validate_file(path: Path) -> list[Diagnostic]:
    """Return what is wrong with a file, in the order of its lines."""
    from mcsip.mc.schema import check_schema
    from mcsip.scenario.files import is_topology

    try:
        if path.suffix in XML_SUFFIXES:
            return _validate_xml(path)
        if is_topology(path):
            from mcsip.topology.load import load_topology

            check_schema(load_topology(path).service)
        else:
            from mcsip.scenario.load import load_scenario

            check_schema(load_scenario(path).topology.service)
    except FileError as error:
        return list(error.diagnostics)
    return []


def _validate_xml(path: Path) -> list[Diagnostic]:
    """Return what is wrong with an info body, or a user-profile document."""
    from mcsip.mc.info import UnknownMessageError, read_routing
    from mcsip.mc.profile import PROFILE_NAMES, parse_profile
    from mcsip.mc.schema import check_schema, validate
    from mcsip.mc.services import SERVICES
    from mcsip.mc.xml import BodyError, line_of, parse_xml

    try:
        data = path.read_bytes()
    except OSError as error:
        return [Diagnostic(str(path), 1, 1, f"cannot be read: {(error.strerror or '').lower()}")]
    lines = data.decode("utf-8", "replace").splitlines()

    def fault(message: str, line: int | None, hint: str | None = None) -> Diagnostic:
        number = min(max(1, line or 1), max(1, len(lines)))
        source = lines[number - 1] if lines else ""
        indent = len(source) - len(source.lstrip())
        length = max(1, len(source.strip()))
        shown = source if len(source) <= 400 else ""
        return Diagnostic(str(path), number, indent + 1, message, shown, length, hint)

    try:
        root = parse_xml(data)
    except PeerError as error:
        return [fault(error.message, getattr(error, "line", None))]
    namespace = str(root.tag).partition("}")[0].lstrip("{")
    if namespace in {names.namespace for names in PROFILE_NAMES.values()}:
        try:
            parse_profile(data)
        except BodyError as error:
            return [fault(error.message, error.line)]
        return []
    service = next((each for each in SERVICES.values() if each.namespace == namespace), None)
    if service is None:
        known = ", ".join(each.namespace for each in SERVICES.values())
        hint = f"namespaces of info bodies: {known}"
        message = f"{namespace or 'no namespace'!r} is not that of an info body"
        return [fault(message, line_of(root), hint)]
    check_schema(service)
    faults = [fault(each.message, each.line) for each in validate(root, service)]
    if faults:
        return faults
    try:
        read_routing(data, service)
    except UnknownMessageError:
        return []
    except PeerError as error:
        return [fault(error.message, getattr(error, "line", None))]
    return []

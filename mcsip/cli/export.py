"""``mcsip export``: files with which programs of another make stand in for a node."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from mcsip.cli.exit_code import ExitCode
from mcsip.cli.run import SEED_BITS, SERVICES

if TYPE_CHECKING:
    from mcsip.topology import Topology
    from mcsip.topology.address import Address

F = TypeVar("F", bound=Callable[..., object])

_MASK_KEY_OCTETS = 16


@click.group("export")
def command() -> None:
    """Write what programs of another make need to stand in for a node of a scenario."""


_out = click.option(
    "-o",
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    show_default="the current folder",
    help="Folder of the files; files of the same names are replaced.",
)
_service = click.option("--service", type=click.Choice(SERVICES), help="Instead of the topology's.")
_gateways = click.option(
    "--gateways",
    type=click.Choice(["both", "primary", "partner", "none"]),
    help="Which systems keep their MC gateway servers.",
)


def _transport(what: str, default: str | None) -> Callable[[F], F]:
    return click.option(
        "-t",
        "--transport",
        type=click.Choice(["udp", "tcp"]),
        default=default,
        show_default=default is not None,
        help=what,
    )


@command.command("sipp")
@click.argument("scenario")
@click.argument("node")
@_out
@_transport("What SIPp sends by.", "udp")
@_service
@_gateways
def sipp(
    scenario: str, node: str, out: Path, transport: str, service: str | None, gateways: str | None
) -> int:
    """Write XML for SIPp 3.6 that does what NODE does in SCENARIO, and a script that runs it.

    SCENARIO is a file or the name of a shipped scenario; NODE is system.node or a client. The
    scenario runs in memory; nothing that belongs to one run is written, no access token either.
    """
    from mcsip.export.sipp_files import export_sipp
    from mcsip.scenario.model import RunOptions

    path, name = _one(scenario)
    options = RunOptions(service=service, gateways=gateways)
    exported = export_sipp(path, node, name=name, options=options, transport=transport)
    _write(out, exported.files, exported.script)
    return ExitCode.OK


@command.command("sipsak")
@click.argument("scenario")
@click.argument("client")
@_out
@_transport("What sipsak sends by.", "udp")
@_service
@_gateways
def sipsak(
    scenario: str, client: str, out: Path, transport: str, service: str | None, gateways: str | None
) -> int:
    """Write the requests of CLIENT in SCENARIO as files, and a script by which sipsak sends them.

    SCENARIO is a file or the name of a shipped scenario. sipsak sends requests and takes their
    answers; it takes no requests.
    """
    from mcsip.export.sipsak import export_sipsak
    from mcsip.scenario.model import RunOptions

    path, name = _one(scenario)
    options = RunOptions(service=service, gateways=gateways)
    exported = export_sipsak(path, client, name=name, options=options, transport=transport)
    _write(out, exported.files, exported.script)
    return ExitCode.OK


def _listen(ctx: click.Context, param: click.Parameter, value: str | None) -> "Address | None":
    """Read an address (click's callback)."""
    from mcsip.topology.address import parse_target

    try:
        return None if value is None else parse_target(value)
    except ValueError as error:
        raise click.BadParameter(str(error), ctx, param) from None


@command.command("kamailio")
@click.argument("topology", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--as",
    "place",
    type=click.Choice(["core", "gateway", "relay"]),
    default="core",
    show_default=True,
    help="What Kamailio is to be; a relay stands between the MC gateway servers.",
)
@click.option("--system", "systems", multiple=True, help="Only this one; may be repeated.")
@click.option("--listen", callback=_listen, metavar="HOST:PORT", help="Where the relay listens.")
@click.option("--mask-key", help="What a gateway hides its topology with; made up if absent.")
@_out
@_transport("Instead of the topology's; nodes that name their own keep it.", None)
@_service
def kamailio(
    topology: Path,
    place: str,
    systems: tuple[str, ...],
    listen: "Address | None",
    mask_key: str | None,
    out: Path,
    transport: str | None,
    service: str | None,
) -> int:
    """Write the configuration of Kamailio 5.6 as SIP core, gateway or relay of TOPOLOGY.

    One file for each system that has such a node; its nodes need addresses in the topology. A
    gateway hides its topology by topoh.
    """
    from mcsip.topology.load import load_topology

    known = load_topology(topology, service=service, transport=transport)
    _write(out, _kamailio_files(known, place, systems, listen, mask_key), private=True)
    return ExitCode.OK


def _kamailio_files(
    topology: "Topology",
    place: str,
    names: Sequence[str],
    listen: "Address | None",
    mask_key: str | None,
) -> dict[str, str]:
    """Return the configurations, by name of the file; raises UsageError where there is none."""
    import secrets

    from mcsip.document import hint_for
    from mcsip.export.kamailio import export_core, export_gateway, export_relay

    if (listen is None) == (place == "relay"):
        raise click.UsageError("--listen says where a relay listens, and goes with '--as relay'")
    if listen is not None:
        return {"relay.cfg": export_relay(topology, listen)}
    for name in names:
        if name not in topology.systems:
            hint = hint_for(name, topology.systems, "systems")
            raise click.UsageError(f"there is no system {name!r} in {topology.file}; {hint}")
    is_core = place == "core"
    chosen = [topology.systems[name] for name in names] or [
        system
        for system in topology.systems.values()
        if (system.core if is_core else system.gateway)
    ]
    files = {}
    for system in chosen:
        node = system.core if is_core else system.gateway
        file = f"{system.name if node is None else node.name}.cfg"
        files[file] = (
            export_core(topology, system)
            if is_core
            else export_gateway(
                topology, system, secret=mask_key or secrets.token_hex(_MASK_KEY_OCTETS)
            )
        )
    return files


def _one(text: str) -> tuple[Path, str]:
    """Return the one scenario file that is meant, and its name."""
    from mcsip.cli.discover import find_scenarios
    from mcsip.errors import UsageError

    found = find_scenarios((text,))
    if len(found) != 1:
        raise UsageError(f"{text!r} stands for {len(found)} scenarios: name one of them")
    return found[0]


def _write(
    folder: Path, files: Mapping[str, str], script: str = "", *, private: bool = False
) -> None:
    """Write files, and say which; private ones hold a key, and are for their owner alone."""
    from mcsip.report.write import write_file

    for name, content in files.items():
        path = folder / name
        write_file(path, content)
        if name == script or private:
            path.chmod(0o600 if private else 0o755)
        click.echo(f"written: {path}")


@command.command("token")
@click.argument("topology", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("client")
@click.argument("systems", nargs=-1, required=True, metavar="SYSTEM...")
@click.option(
    "--seed",
    type=click.IntRange(0, 2**SEED_BITS - 1),
    default=0,
    show_default=True,
    help="Seed of the run, or of the servers, that the client is for.",
)
@click.option("--service", type=click.Choice(SERVICES), help="Instead of the topology's.")
@click.option("--id", "mc_id", help="MC service ID of a visitor, instead of one made up.")
def token(
    topology: Path,
    client: str,
    systems: tuple[str, ...],
    seed: int,
    service: str | None,
    mc_id: str | None,
) -> int:
    """Print access tokens of CLIENT for each SYSTEM, and its MC service IDs there.

    Each is a line that a shell can evaluate: TOKEN_PARTNER and ID_PARTNER for the system 'partner',
    as the scripts of 'mcsip export' want them. Tokens are secrets: they are printed and written
    nowhere.
    """
    import shlex
    import time

    from mcsip.export.credentials import issue_credentials
    from mcsip.export.sipp_text import keyword_of
    from mcsip.topology.load import load_topology

    known = load_topology(topology, service=service)
    for system in systems:
        granted = issue_credentials(known, client, system, seed=seed, wall=time.time(), mc_id=mc_id)
        name = keyword_of(system).upper()
        click.echo(f"export ID_{name}={shlex.quote(granted.mc_id)}")
        click.echo(f"export TOKEN_{name}={shlex.quote(granted.token)}")
    return ExitCode.OK

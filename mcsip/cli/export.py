"""``mcsip export``: files with which programs of another make stand in for a node."""

from pathlib import Path

import click

from mcsip.cli.exit_code import ExitCode
from mcsip.cli.run import SEED_BITS, SERVICES


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


@command.command("sipp")
@click.argument("scenario")
@click.argument("node")
@_out
@click.option(
    "-t",
    "--transport",
    type=click.Choice(["udp", "tcp"]),
    default="udp",
    show_default=True,
    help="What SIPp sends by.",
)
@click.option("--service", type=click.Choice(SERVICES), help="Instead of the topology's.")
@click.option(
    "--gateways",
    type=click.Choice(["both", "primary", "partner", "none"]),
    help="Which systems keep their MC gateway servers.",
)
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


def _one(text: str) -> tuple[Path, str]:
    """Return the one scenario file that is meant, and its name."""
    from mcsip.cli.discover import find_scenarios
    from mcsip.errors import UsageError

    found = find_scenarios((text,))
    if len(found) != 1:
        raise UsageError(f"{text!r} stands for {len(found)} scenarios: name one of them")
    return found[0]


def _write(folder: Path, files: dict[str, str], script: str = "") -> None:
    """Write files, and say which."""
    from mcsip.report.write import write_file

    for name, content in files.items():
        path = folder / name
        write_file(path, content)
        if name == script:
            path.chmod(0o755)
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

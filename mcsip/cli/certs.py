"""``mcsip certs``: a test authority, and the certificates of a topology's nodes or of domains."""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mcsip.cli.exit_code import ExitCode

if TYPE_CHECKING:
    from mcsip.net.certificates import ThrowawayAuthority
    from mcsip.topology import ClientSpec, NodeSpec, Topology

AUTHORITY = "ca"
"""Stem of the authority's files."""
DEFAULT_FOLDER = "certificates"
DEFAULT_DAYS = 365
AUTHORITY_DAYS = 3650
EXPIRED_SINCE_S = 60.0
"""How long ago the certificates of --expired have ended, in seconds [ours]."""
DAY_S = 86_400.0


@click.command("certs")
@click.argument(
    "folder",
    metavar="[DIR]",
    default=DEFAULT_FOLDER,
    type=click.Path(file_okay=False, path_type=Path),
)
@click.option(
    "--topology",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="For every node and client of this topology.",
)
@click.option("--domain", "domains", multiple=True, help="For this domain; may be given again.")
@click.option(
    "--name",
    "names",
    multiple=True,
    metavar="DOMAIN",
    help="What the certificates name, instead of what they are for: for tests.",
)
@click.option("--expired", is_flag=True, help="Certificates that are no longer valid: for tests.")
@click.option(
    "--days",
    type=click.IntRange(1),
    default=DEFAULT_DAYS,
    show_default=True,
    help="How long the certificates are valid.",
)
@click.option("--force", is_flag=True, help="Replace certificates that are there.")
def command(
    folder: Path,
    file: Path | None,
    domains: tuple[str, ...],
    names: tuple[str, ...],
    expired: bool,
    days: int,
    force: bool,
) -> int:
    """Make a certificate authority in DIR, and certificates by it: for tests and trials only.

    A certificate names the domain of its system (as sip: URI and DNS name) and the host name of its
    node, and serves in both directions of mutual TLS. The authority (ca.pem, ca.key) is made once
    and used again by later calls; keys are readable by their owner only. On standard output stands
    what a topology needs, as a topology that includes FILE:

        mcsip certs --topology FILE > FILE-with-tls.yaml

    With --expired or --name the files have names of their own, beside the good ones.
    """
    import time

    from mcsip.net.certificates import ThrowawayAuthority, files_of
    from mcsip.topology.load import load_topology

    if (file is None) == (not domains):
        raise click.UsageError("Say for whom: --topology FILE, or --domain DOMAIN.")
    wall = time.time()
    bad = _suffix(names, expired=expired)
    topology = None if file is None else load_topology(file)
    wanted = list(_of_domains(domains) if topology is None else _of_topology(topology))
    there = [
        path
        for each in wanted
        for path in files_of(folder, each.stem + bad)
        if path.exists() and not force
    ]
    if there:
        more = f" and {len(there) - 1} more" if len(there) > 1 else ""
        raise click.UsageError(f"{there[0]} exists{more}: nothing was written; --force replaces it")
    folder.mkdir(parents=True, exist_ok=True)
    authority = ThrowawayAuthority.kept(folder, wall, AUTHORITY, valid_for_s=AUTHORITY_DAYS * DAY_S)
    valid_for_s = -EXPIRED_SINCE_S if expired else days * DAY_S
    for each in wanted:
        each.issue(authority, bad, [_domain(name) for name in names], valid_for_s)
    beside = Path.cwd() if file is None else file.parent
    place = Path(os.path.relpath(folder, beside))
    if file is None or topology is None:
        click.echo("\n".join(_line(each.stem, each.tls(place, bad)) for each in wanted))
    else:
        click.echo(_as_topology(file, wanted, place, bad), nl=False)
    click.echo(f"{len(wanted)} certificates in {folder}, by {authority.path}", err=True)
    return ExitCode.OK


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A certificate that is wanted.

    Attributes:
        stem: stem of its files.
        domains: the SIP domains that it names.
        hosts: host names that it names.
        addresses: IP addresses that it names.
        path: where its entry belongs in a topology; empty: nowhere.
        mutual: whether its node also asks clients for a certificate.
    """

    stem: str
    domains: tuple[str, ...]
    hosts: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    path: tuple[str, ...] = ()
    mutual: bool = False

    def issue(
        self, authority: "ThrowawayAuthority", bad: str, names: Sequence[str], valid_for_s: float
    ) -> None:
        """Have it issued; with ``names`` it names these and nothing else."""
        authority.issue(
            self.stem + bad,
            domains=names or self.domains,
            hosts=() if names else self.hosts,
            addresses=() if names else self.addresses,
            valid_for_s=valid_for_s,
        )

    def tls(self, place: Path, bad: str) -> dict[str, object]:
        """Return its entry for a topology whose files are found from ``place``."""
        from mcsip.net.certificates import CERTIFICATE, KEY

        entry: dict[str, object] = {
            "certificate": str(place / f"{self.stem}{bad}{CERTIFICATE}"),
            "key": str(place / f"{self.stem}{bad}{KEY}"),
            "ca": str(place / f"{AUTHORITY}{CERTIFICATE}"),
        }
        return entry | ({"mutual": True} if self.mutual else {})


def _domain(text: str) -> str:
    """Return a domain in lower case; raises BadParameter when it is none."""
    from mcsip.topology.address import check_domain

    try:
        return check_domain(text)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


def _suffix(names: Sequence[str], *, expired: bool) -> str:
    """Return what tells the files of bad certificates from those of good ones."""
    as_whom = "".join(f"-as-{_domain(name)}" for name in names)
    return as_whom + ("-expired" if expired else "")


def _of_domains(domains: Iterable[str]) -> Iterator[_Wanted]:
    for domain in dict.fromkeys(map(_domain, domains)):
        yield _Wanted(domain, (domain,))


def _of_topology(topology: "Topology") -> Iterator[_Wanted]:
    """Yield what each node and client needs; border nodes ask for certificates in return."""
    from mcsip.nodes.neighbours import border
    from mcsip.topology.infos import certificate_names

    for system in topology.systems.values():
        # Clients have no certificate of a system, and reach the border only through a SIP core.
        asking = {node.name for node in border(system)} if system.core is not None else set()
        for node in system.nodes.values():
            path = ("systems", system.name, "nodes", node.short_name)
            names = certificate_names(topology, node)
            yield _Wanted(node.name, *names, _addresses(node), path, node.name in asking)
    for client in topology.clients.values():
        names = certificate_names(topology, client)
        yield _Wanted(client.name, *names, _addresses(client), ("clients", client.name))


def _addresses(spec: "NodeSpec | ClientSpec") -> tuple[str, ...]:
    """Return the IP address of a party, where the topology gives one that others can use."""
    from mcsip.net.resolve import numeric
    from mcsip.topology.address import EVERYWHERE

    address = numeric(spec.host)
    return () if address is None or address in EVERYWHERE else (address,)


def _line(key: str, entry: dict[str, object]) -> str:
    """Return an entry in one line of YAML."""
    import yaml

    text = yaml.safe_dump(entry, default_flow_style=True, sort_keys=False, width=2**16)
    return f"{key}: {text.rstrip()}"


def _as_topology(file: Path, wanted: Iterable[_Wanted], place: Path, bad: str) -> str:
    """Return the entries as a topology that includes the file."""
    lines = [f"include: {file.name}"]
    above: tuple[str, ...] = ()
    for each in wanted:
        *parents, _ = path = each.path
        for depth, key in enumerate(path):
            if path[: depth + 1] == above[: depth + 1]:
                continue
            lines.append(f"{'  ' * depth}{key}:")
        lines.append(f"{'  ' * len(path)}{_line('tls', each.tls(place, bad))}")
        above = tuple(parents)
    return "\n".join(lines) + "\n"

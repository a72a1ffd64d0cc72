"""``mcsip state``: the records of a node's database: who is where, since when, what is owed."""

import json
import os
from pathlib import Path

import click

from mcsip.cli.exit_code import ExitCode


class Place(click.Path):
    """A file, or the URL of a database, which stays a text."""

    def convert(
        self,
        value: str | os.PathLike[str],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> str | bytes | os.PathLike[str]:
        """Check a file; let a URL pass."""
        if isinstance(value, str) and "://" in value:
            return value
        return super().convert(value, param, ctx)


@click.command("state")
@click.argument(
    "databases",
    nargs=-1,
    required=True,
    metavar="DATABASE...",
    type=Place(exists=True, dir_okay=False, readable=False, path_type=Path),
)
@click.option("--json", "as_json", is_flag=True, help="As JSON, for programs.")
@click.option("--user", metavar="ID", help="Only about this MC service ID, primary or issued.")
def command(databases: tuple[Path | str, ...], as_json: bool, user: str | None) -> int:
    """Show the records in the databases of MC service servers: who is where, and what is owed.

    A database is a file, or the URL of a registry that several servers share. It is only read, also
    while its nodes run, and shown as it was at one moment. The exit code is 3 when one is no
    database of mcsip, or of another version; the others are shown all the same.
    """
    from mcsip.mc.identity import IdentityError, canonical_id
    from mcsip.report.records import Records, render_records, to_json
    from mcsip.store.open import open_for_reading, shown_place
    from mcsip.store.port import StoreError

    mc_id = None
    if user is not None:
        try:
            mc_id = canonical_id(user)
        except IdentityError as error:
            raise click.BadParameter(error.message, param_hint="--user") from error
    found: list[Records] = []
    faults: list[str] = []
    for place in databases:
        try:
            store = open_for_reading(place)
            try:
                with store.reading():
                    users, visitors = tuple(store.primaries()), tuple(store.partners())
                    name = shown_place(place)
                    records = Records(name, users, visitors, tuple(store.debts()))
            finally:
                store.close()
        except StoreError as error:
            faults.append(str(error))
            continue
        found.append(records if mc_id is None else records.about(mc_id))
    if as_json:
        click.echo(json.dumps(to_json(found), indent=2, ensure_ascii=False))
    elif found:
        click.echo("\n".join(render_records(each) for each in found).rstrip("\n"))
    for fault in faults:
        click.echo(f"Error: {fault}", err=True)
    return ExitCode.FILE if faults else ExitCode.OK

"""``mcsip state``: the records of a node's database: who is where, since when, what is owed."""

import json
from pathlib import Path

import click

from mcsip.cli.exit_code import ExitCode


@click.command("state")
@click.argument(
    "databases",
    nargs=-1,
    required=True,
    metavar="DATABASE...",
    type=click.Path(exists=True, dir_okay=False, readable=False, path_type=Path),
)
@click.option("--json", "as_json", is_flag=True, help="As JSON, for programs.")
@click.option("--user", metavar="ID", help="Only about this MC service ID, primary or issued.")
def command(databases: tuple[Path, ...], as_json: bool, user: str | None) -> int:
    """Show the records in the databases of MC service servers: who is where, and what is owed.

    The databases are only read, also while their node runs; each is shown as it was at one moment.
    The exit code is 3 when one is no database of mcsip, or of another version; the others are shown
    all the same.
    """
    from mcsip.mc.identity import IdentityError, canonical_id
    from mcsip.report.records import Records, render_records, to_json
    from mcsip.store.port import StoreError
    from mcsip.store.sqlite import SqliteStore

    mc_id = None
    if user is not None:
        try:
            mc_id = canonical_id(user)
        except IdentityError as error:
            raise click.BadParameter(error.message, param_hint="--user") from error
    found: list[Records] = []
    faults: list[str] = []
    for path in databases:
        try:
            store = SqliteStore(path, read_only=True)
            try:
                with store.reading():
                    users, visitors = tuple(store.primaries()), tuple(store.partners())
                    records = Records(str(path), users, visitors, tuple(store.debts()))
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

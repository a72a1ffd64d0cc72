"""``mcsip list``: what there is to use: scenarios, messages, steps, rules."""

import json
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import click

from mcsip.cli.exit_code import ExitCode
from mcsip.errors import Diagnostic, FileError

Rows = list[dict[str, Any]]


class _Listing(click.Group):
    """A group that has a hint for a list that there is not."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find what to list."""
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            from mcsip.document import hint_for

            hint = hint_for(args[0], self.commands, "lists")
            raise click.UsageError(f"There is no list of {args[0]!r}; {hint}", ctx)
        return super().resolve_command(ctx, args)


@click.group("list", cls=_Listing)
def command() -> None:
    """List scenarios, messages, steps or rules."""


_json_option = click.option("--json", "as_json", is_flag=True, help="As JSON, for programs.")


@command.command("scenarios")
@click.argument("paths", nargs=-1, metavar="[FILE|FOLDER]...")
@_json_option
def scenarios(paths: tuple[str, ...], as_json: bool) -> int:
    """List scenarios: the shipped ones, or those in files and folders."""
    from mcsip.cli.discover import find_scenarios, shipped_scenarios
    from mcsip.scenario.load import load_scenario

    if paths:
        files: Sequence[tuple[Path, str]] = find_scenarios(paths)
    else:
        files = [(path, name) for name, path in shipped_scenarios().items()]
    rows: Rows = []
    faults: list[Diagnostic] = []
    for path, name in files:
        try:
            scenario = load_scenario(path, name=name)
        except FileError as error:
            faults += error.diagnostics
            continue
        rows.append(
            {
                "scenario": name,
                "name": scenario.name,
                "clauses": list(scenario.clauses),
                "tags": list(scenario.tags),
                "steps": len(scenario.steps),
            }
        )
    if as_json:
        _echo_json(rows)
    else:
        for row in rows:
            click.echo(f"{row['scenario']}\n    {row['name']}")
            details = [*row["clauses"], *(f"#{tag}" for tag in row["tags"])]
            if details:
                click.echo(f"    {', '.join(details)}")
    if faults:
        raise FileError(faults)
    return ExitCode.OK if rows else ExitCode.NOTHING


@command.command("messages")
@_json_option
def messages(as_json: bool) -> int:
    """List the MC messages that scenarios can expect."""
    from mcsip.mc.communication import COMMUNICATIONS
    from mcsip.mc.messages import MESSAGES

    rows: Rows = [
        {
            "message": each.name,
            "carried_in": each.carried_in,
            "value": each.value,
            "towards": str(each.towards),
            "flow": str(each.flow),
            "wire": str(each.wire),
            "elements": {
                str(hop): {
                    "required": sorted(map(str, content.required)),
                    "optional": sorted(map(str, content.optional)),
                }
                for hop, content in each.content.items()
            },
        }
        for each in MESSAGES.values()
    ]
    rows += [
        {
            "message": kind.name,
            "carried_in": kind.element,
            "value": kind.value,
            "towards": "user",
            "flow": str(kind.flow),
            "wire": str(kind.wire),
            "services": ", ".join(kind.services),
        }
        for kind in COMMUNICATIONS.values()
    ]
    if as_json:
        _echo_json(rows)
        return ExitCode.OK
    for row in rows:
        click.echo(row["message"])
        click.echo(f"    towards the {row['towards']}; {row['flow']}")
        click.echo(f"    {row['carried_in']}: {row['value']}; {row['wire']}")
    return ExitCode.OK


@command.command("steps")
@_json_option
def steps(as_json: bool) -> int:
    """List the steps that scenarios are made of, with examples."""
    from mcsip.scenario.steps import STEPS

    rows: Rows = [
        {"step": each.verb, "summary": each.summary, "reference": each.reference}
        for each in STEPS.values()
    ]
    if as_json:
        _echo_json(rows)
        return ExitCode.OK
    for row in rows:
        click.echo(f"{row['step']}: {row['summary']}")
        for line in _example(row["reference"]):
            click.echo(f"    {line}".rstrip())
    return ExitCode.OK


@command.command("rules")
@click.argument("prefixes", nargs=-1, metavar="[PREFIX]...")
@_json_option
def rules(prefixes: tuple[str, ...], as_json: bool) -> int:
    """List the rules of 'mcsip check', or those whose ids begin with PREFIX, by clause.

    Behind each: how much it binds, and how sure we are of the clause's text.
    """
    from mcsip.cli.check import select_rules
    from mcsip.cli.sources import NothingThereError, nothing

    try:
        chosen = select_rules(prefixes)
    except NothingThereError as error:
        return nothing(error)
    if as_json:
        _echo_json(
            [
                {
                    "rule": rule.id,
                    "document": rule.source.document,
                    "clause": rule.source.clause,
                    "level": rule.level.value,
                    "grade": rule.source.grade.value,
                    "requirement": rule.requirement,
                    "looks_at": rule.scope.value,
                }
                for rule in chosen
            ]
        )
        return ExitCode.OK
    for (document, clause), members in groupby(
        chosen, key=lambda rule: (rule.source.document, rule.source.clause)
    ):
        click.echo(f"{document} {clause}".rstrip())
        for rule in members:
            click.echo(f"    {rule.id}  {rule.level.value} [{rule.source.grade.value}]")
            click.echo(f"        {rule.requirement}")
    return ExitCode.OK


def _example(reference: str) -> list[str]:
    """Return the lines of the example in a step's documentation."""
    _, found, example = reference.partition("Example::\n")
    if not found:
        return []
    return [line.removeprefix("    ") for line in example.strip("\n").splitlines()]


def _echo_json(rows: Rows) -> None:
    click.echo(json.dumps(rows, indent=2, ensure_ascii=False))

"""``mcsip demo``: the main scenario, from nothing to a verdict."""

from typing import Any

import click

from mcsip.cli.run import asked, deadline, layers, outputs, run_options, services
from mcsip.cli.settings import settings_of

MAIN_SCENARIO = "authorization/success"


@click.command("demo")
@run_options
@click.pass_context
def command(ctx: click.Context, /, **options: Any) -> int:
    """Run service authorization for migration (TS 23.280 10.6.3.3) over real sockets."""
    from mcsip.cli.discover import find_scenarios
    from mcsip.cli.session import Selection, Session
    from mcsip.resources import scenarios_dir

    settings = settings_of(ctx, options["color"], options["verbose"], quiet=bool(options["quiet"]))
    session = Session(
        settings=settings,
        layers=layers(ctx, options),
        services=services(ctx, options),
        selection=Selection(),
        outputs=outputs(options),
        deadline=deadline(options),
        check=asked(options),
    )
    return session.run(find_scenarios([str(scenarios_dir() / f"{MAIN_SCENARIO}.yaml")]))

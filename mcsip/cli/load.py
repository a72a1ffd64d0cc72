"""``mcsip load``: drive a scenario with many users at a rate that nothing bends."""

from pathlib import Path
from typing import Any

import click

from mcsip.cli.numbers import Finite
from mcsip.cli.options import transport_option
from mcsip.cli.run import SEED_BITS, rule_options, settings_options, under_test, with_options
from mcsip.cli.settings import settings_of
from mcsip.cli.streams import say

DEFAULT_QUIET_S = 40.0
SERVED = "served"
MAX_USERS = 1_000_000
"""Most users of one process: each takes about 10 KiB [ours]."""
MAX_WAIT_S = 86_400.0
"""Longest wait after the calls: a day [ours]."""

_positive = Finite(0, min_open=True)
_wait = Finite(0, MAX_WAIT_S)
_file = click.Path(dir_okay=False, path_type=Path)


@click.command("load")
@click.argument("scenario", metavar="SCENARIO")
@click.option("-r", "--rate", type=_positive, help="Calls a second.")
@click.option("-d", "--duration", type=_positive, help="For how many seconds, the ramp included.")
@click.option("--ramp", type=Finite(0), help="Seconds in which the rate rises from 0 [0].")
@click.option("--steps", metavar="R:S,R:S...", help="Rates and seconds instead, as 10:30,50:60.")
@click.option("-m", "--calls", type=click.IntRange(1), help="At most so many calls.")
@click.option("-l", "--limit", type=click.IntRange(1), help="At most so many calls under way.")
@click.option(
    "-n",
    "--users",
    type=click.IntRange(1, MAX_USERS),
    help="How many users take turns [100, or all of --users-file]: more than the rate times how "
    "long a call takes.",
)
@click.option(
    "--users-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The users, in SIPp's injection format: an MC service ID for each client of the topology,"
    " then passwords, if any. Else identities are generated.",
)
@click.option(
    "--reset/--no-reset",
    default=None,
    help="Let users go home after each call, so that the next one is a whole procedure; counted "
    "apart, as 'reset' [where more calls are due than there are users].",
)
@click.option(
    "--grace",
    type=_wait,
    help="Seconds that calls have after the last one began [10, and as long as the scenario "
    "itself lets time pass].",
)
@click.option(
    "--quiet-within",
    type=_wait,
    default=DEFAULT_QUIET_S,
    show_default=True,
    help="Seconds until nothing may be owed between the systems any more.",
)
@click.option(
    "--nodes",
    type=click.Choice(["simulated", SERVED]),
    default="simulated",
    show_default=True,
    help="Run the nodes in this process, or reach those of 'mcsip serve' at the addresses of the "
    "topology.",
)
@click.option(
    "--sut",
    multiple=True,
    callback=under_test,
    metavar="NODE[=TARGET]",
    help="A node that is not started: a system under test at udp:HOST:PORT, or where the topology "
    "says; may be repeated.",
)
@click.option(
    "--records",
    "databases",
    multiple=True,
    metavar="NODE=DATABASE",
    help="Database of a server elsewhere, to compare its records afterwards; may be repeated.",
)
@click.option(
    "--endpoints",
    type=click.IntRange(0),
    help="How many sockets the users of a system share; 0: each has its own [8].",
)
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the records of servers of ours; in memory if absent.",
)
@click.option(
    "--seed",
    type=click.IntRange(0, 2**SEED_BITS - 1),
    default=0,
    show_default=True,
    help="Keys and identities are made from it: the same as that of 'mcsip serve'.",
)
@transport_option
@click.option(
    "--service",
    type=click.Choice(["mcptt", "mcvideo", "mcdata"]),
    help="MC service, instead of the topology's.",
)
@click.option(
    "--network",
    type=click.Choice(["loopback", "memory"]),
    default="loopback",
    show_default=True,
    help="Real sockets, or one process in virtual time.",
)
@click.option(
    "--gateways",
    type=click.Choice(["both", "primary", "partner", "none"]),
    help="Which systems keep their MC gateway servers (TS 23.280 10.6.3.3 NOTE 3).",
)
@click.option("--t1", type=_positive, help="Timer T1 of RFC 3261 17, in seconds [0.5].")
@click.option(
    "--check-sample",
    type=click.IntRange(0),
    metavar="K",
    help="Keep the messages of every K-th user, up to about 10,000, and judge them by all rules; "
    "0: of nobody [about ten users].",
)
@click.option(
    "--threshold",
    "thresholds",
    multiple=True,
    metavar="TEXT",
    help="What must hold, as p95(migrate)<200ms, failures<1%, rate>=99%; may be repeated.",
)
@click.option("--json", type=_file, help="Also write a JSON report.")
@click.option("--csv", type=_file, help="Also write statistics with SIPp's columns.")
@click.option("--html", type=_file, help="Also write a report for the browser, in one file.")
@click.option(
    "--plots",
    type=click.Path(file_okay=False, path_type=Path),
    help="Also write plots, PNG files, into this folder.",
)
@with_options([*rule_options()[:1], *settings_options()])
@click.pass_context
def command(ctx: click.Context, /, scenario: str, **options: Any) -> int:
    """Drive a scenario with many users, at a rate that a slow peer does not slow.

    Each call runs the steps of the scenario's clients once, as one of the users. Users take turns,
    the one who has been free for longest first; where all are in a call, the call is not made, and
    counts as a failure. Latencies are measured from when a call or step was due, and percentiles
    are of those that ended as they should. Without a threshold about all failures there must be
    none.

    Afterwards the records of all systems must agree, and the rules hold for a sample of the
    messages. Ctrl-C or SIGTERM ends the load early, with its report. docs/load.md says more.

    The exit code is 0 when every threshold is met, 1 when somebody answered otherwise than the
    scenario says, records do not agree or a rule is broken, 4 for errors and where something is
    still owed, 5 when no call was due, 7 when a threshold is missed and all else is well.
    """
    from mcsip.cli.load_job import make_job
    from mcsip.cli.load_output import Outputs, show_load
    from mcsip.net.process import tune_garbage_collector

    settings = settings_of(ctx, options["color"], options["verbose"], quiet=options["quiet"])
    job = make_job(scenario, options)
    outputs = Outputs(*(options[kind] for kind in ("json", "csv", "html", "plots")))
    for remark in outputs.check():
        if not settings.quiet:
            say(remark)
    tune_garbage_collector()
    return show_load(job, outputs, settings)

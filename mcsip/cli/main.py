"""The command ``mcsip``: finds the command, and turns every outcome into an exit code.

Commands are imported when they are called, so that ``mcsip --version`` starts in no time.
"""

import gc
import importlib
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

import click
from click.core import ParameterSource

from mcsip import __version__
from mcsip.cli.exit_code import ExitCode
from mcsip.cli.streams import hold_descriptors, let_go, say
from mcsip.errors import FileError, McsipError, UsageError
from mcsip.net.process import GC_THRESHOLDS

PREFIX = "MCSIP"
COMMANDS = {
    "run": "Run scenarios and judge them.",
    "demo": "Run the main scenario: service authorization for migration.",
    "serve": "Run nodes of a topology as servers, until SIGTERM.",
    "check": "Judge captures and traces by the clauses of the standards.",
    "show": "Draw a capture or a trace as a ladder.",
    "load": "Drive a scenario with many users at a given rate.",
    "export": "Write files with which SIPp, Kamailio or sipsak stand in for a node.",
    "certs": "Make a test authority and certificates for a topology or for domains.",
    "validate": "Check scenario, topology and XML body files.",
    "state": "Show the records of a node's database.",
    "list": "List scenarios, messages, steps or rules.",
}
"""Each command and what it does; the command ``x`` is ``command`` in ``mcsip.cli.x``."""

CONFIG = "mcsip.config"
"""Where the context keeps the path of the configuration file."""

log = logging.getLogger("mcsip")


class LazyGroup(click.Group):
    """A group that imports a command when it is called, not before."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        """Return the names, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import a command."""
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(f"mcsip.cli.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; one that is unknown gets a hint."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from mcsip.document import hint_for

            hint = hint_for(args[0], COMMANDS, "commands")
            raise click.UsageError(f"There is no command {args[0]!r}; {hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the list of commands, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="%(prog)s %(version)s")
@click.option(
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    show_default=True,
    help="When to use colours; NO_COLOR is respected.",
)
@click.option("-v", "--verbose", count=True, help="Say more; twice for debugging.")
@click.option("-q", "--quiet", is_flag=True, help="Say only what is wrong, and the summary.")
@click.pass_context
def cli(ctx: click.Context, color: str, verbose: int, quiet: bool) -> None:
    """Simulate the SIP signalling of 3GPP mission-critical systems: migration between them."""
    from mcsip.cli.settings import Settings

    ctx.obj = Settings(color=color, verbose=verbose, quiet=quiet)
    ctx.color = {"always": True, "never": False}.get(color)
    if color == "auto" and os.environ.get("NO_COLOR"):
        ctx.color = False
    logging.basicConfig(
        level=[logging.WARNING, logging.INFO, logging.DEBUG][min(verbose, 2)],
        format="%(levelname)s %(name)s: %(message)s",
    )
    _check_variables(ctx)
    _use_config(ctx)


def _check_variables(ctx: click.Context) -> None:
    """Refuse variables ``MCSIP_*`` that set nothing; raises UsageError with the nearest one."""
    given = sorted(name for name in os.environ if name.startswith(f"{PREFIX}_"))
    if not given:
        return
    known = set(_variables(ctx.command, ctx, PREFIX))
    for name in given:
        if name not in known:
            from mcsip.document import hint_for

            hint = hint_for(name, sorted(known), "known variables")
            raise UsageError(f"the environment variable {name} sets nothing; {hint}")


def _variables(command: click.Command, ctx: click.Context, prefix: str) -> Iterator[str]:
    """Return the names of the variables that set options of a command and of those below it."""
    for param in command.params:
        if isinstance(param, click.Option) and param.name:
            yield f"{prefix}_{param.name.upper()}"
    if isinstance(command, click.Group):
        for name in command.list_commands(ctx):
            below = command.get_command(ctx, name)
            if below is not None:
                yield from _variables(below, ctx, f"{prefix}_{name.upper()}")


def _use_config(ctx: click.Context) -> None:
    """Make the configuration file's values defaults of the command that is called."""
    from mcsip.cli.config import check_options, read_config

    name = ctx.invoked_subcommand
    folder = Path.cwd()
    if name is None or not any((folder / f).is_file() for f in ("mcsip.toml", "pyproject.toml")):
        return
    file, tables = read_config(folder, COMMANDS)
    ctx.meta[CONFIG] = folder / file
    table = tables.get(name, {})
    assert isinstance(ctx.command, click.Group)
    command = ctx.command.get_command(ctx, name)
    if table and command is not None:
        options = {param.name for param in command.params if isinstance(param, click.Option)}
        check_options(folder, file, table, {option for option in options if option})
    ctx.default_map = {
        command: {key.replace("-", "_"): value for key, value in values.items()}
        for command, values in tables.items()
    }


def run_cli(arguments: list[str] | None = None) -> int:
    """Run a command line and return its exit code; whatever goes wrong is told on stderr."""
    try:
        code = cli.main(
            arguments, prog_name="mcsip", standalone_mode=False, auto_envvar_prefix=PREFIX
        )
        return int(code or ExitCode.OK)
    except (click.exceptions.Abort, KeyboardInterrupt):
        say("interrupted")
        return ExitCode.INTERRUPTED
    except click.ClickException as error:
        if (fault := _config_fault(error)) is not None:
            say(str(fault))
            return ExitCode.FILE
        with suppress(OSError):
            error.show()
        return ExitCode.USAGE
    except FileError as error:
        say(str(error))
        return ExitCode.FILE
    except UsageError as error:
        say(f"Error: {error}")
        return ExitCode.USAGE
    except BrokenPipeError:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123  # for the exit
        return ExitCode.ERROR
    except (McsipError, OSError) as error:
        say(f"Error: {_told(error)}")
        return ExitCode.ERROR
    except Exception as error:  # the outermost border: no traceback for users
        say(f"Error: internal: {type(error).__name__}: {error}")
        log.debug("the crash", exc_info=True)
        say("       'mcsip -vv …' shows where; please report it")
        return ExitCode.ERROR


def _config_fault(error: click.ClickException) -> FileError | None:
    """Return the fault of a value in the configuration file, or None: it was not said there."""
    if not isinstance(error, click.BadParameter) or error.ctx is None or error.param is None:
        return None
    name, path = error.param.name or "", error.ctx.meta.get(CONFIG)
    if path is None or error.ctx.get_parameter_source(name) is not ParameterSource.DEFAULT_MAP:
        return None
    from mcsip.cli.config import value_fault

    return value_fault(path, name, error.message)


def _told(error: McsipError | OSError) -> str:
    """Return an error for people: the operating system's words after what they are about."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error)


def prepare_start() -> None:
    """Let the process start and end quickly: 0.44 instead of 0.58 s of CPU for a scenario.

    The garbage collector would search again and again what is loaded, and stays; pydantic would
    look for plug-ins in every installed package.
    """
    gc.set_threshold(*GC_THRESHOLDS)
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")


def main() -> NoReturn:
    """Run the command line of this process and exit."""
    hold_descriptors()
    prepare_start()
    code = run_cli()
    let_go()
    gc.freeze()  # what is about to end anyway need not be searched for garbage
    sys.exit(code)


if __name__ == "__main__":
    main()

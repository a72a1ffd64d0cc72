"""What all commands have in common: colours, how much to say, where from."""

import os
import shutil
import sys
from dataclasses import dataclass, replace
from typing import TextIO

import click


@dataclass(frozen=True, slots=True)
class Settings:
    """How to talk to the user.

    Attributes:
        color: "auto", "always" or "never".
        verbose: 0, 1 or 2.
        quiet: say only what is wrong, and the summary.
    """

    color: str = "auto"
    verbose: int = 0
    quiet: bool = False

    def colour(self, stream: TextIO | None = None) -> bool:
        """Tell whether to use colours on a stream; standard output when None."""
        stream = sys.stdout if stream is None else stream
        match self.color:
            case "always":
                return True
            case "never":
                return False
            case _:
                if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
                    return False
                return stream.isatty()

    @property
    def width(self) -> int:
        """Columns of the terminal; 80 where there is none."""
        return shutil.get_terminal_size((80, 24)).columns if sys.stdout.isatty() else 80


def settings_of(ctx: click.Context, color: str | None, verbose: int, *, quiet: bool) -> Settings:
    """Return the settings of a command: its own options over those before its name."""
    base = ctx.find_object(Settings) or Settings()
    return replace(
        base,
        color=color or base.color,
        verbose=max(verbose, base.verbose),
        quiet=quiet or base.quiet,
    )

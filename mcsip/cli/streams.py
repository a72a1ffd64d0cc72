"""The standard streams of the process: what cannot be said there must not cost what was done.

A stream may be closed, or on a disk that is full. Then its reader has lost what is said, and the
exit code and the files of the run are all that is left to tell of it.
"""

import os
import sys
from contextlib import suppress

import click

_STANDARD = (0, 1, 2)


def hold_descriptors() -> None:
    """Open what is closed of the first three files: else they become those of sockets."""
    for number in _STANDARD:
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # POSIX: the lowest that is free, which is this one


def say(text: str) -> None:
    """Write a line to standard error, if that can be written."""
    with suppress(OSError, ValueError):
        click.echo(text, err=True)


def is_watched() -> bool:
    """Tell whether standard error is a terminal."""
    with suppress(AttributeError, ValueError):  # it is closed
        return sys.stderr.isatty()
    return False


def let_go() -> None:
    """Let go of what cannot be written: the interpreter would try again, and exit with 120."""
    for name in ("stdout", "stderr"):
        try:
            stream = getattr(sys, name)
            if stream is not None:
                stream.flush()
        except (OSError, ValueError):
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123

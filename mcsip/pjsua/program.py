"""The program: commands in, what came of them out, PJSIP in between.

A thread reads commands and does nothing else; the main thread alone calls the library. When the
input ends, so does the program: at once, as a crash would, without a word to the peers. A main
thread that hangs inside the library does not hold it up.
"""

import ctypes
import os
import queue
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import BinaryIO

import pjsua2 as pj

from mcsip.pjsua.calls import Calls, Inviting
from mcsip.pjsua.engine import Account, Engine, Sending, Tls
from mcsip.pjsua.octets import NotPossibleError
from mcsip.pjsua.wire import (
    MAX_LINE_OCTETS,
    Line,
    WireError,
    build_line,
    number_of,
    octets_of,
    pairs_of,
    parse_line,
    text_of,
)

BEAT_S = 0.5
"""How often the program says that it is alive [ours]."""
_LINE_BUFFERED = 1
"""``_IOLBF`` of C."""


class Program:
    """Does what it is told.

    Args:
        out: where lines go.
    """

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._engine = Engine(self.write)
        self._calls = Calls(self._engine)
        self._commands: Mapping[str, Callable[[Line], Line]] = {
            "start": self._start,
            "register": self._register,
            "send": self._send,
            "call": self._call,
            "answer": self._answer,
            "hang_up": self._hang_up,
            "change": self._change,
            "counts": self._counts,
        }

    def write(self, line: Line) -> None:
        """Write a line."""
        self._out.write(build_line(line))
        self._out.flush()

    def run(self, commands: "queue.SimpleQueue[bytes]") -> None:
        """Do what commands say, until an empty one."""
        beaten = 0.0
        started = False
        while True:
            with suppress(queue.Empty):
                while True:
                    octets = commands.get(block=not started, timeout=BEAT_S)
                    if not octets:
                        return
                    started = self.do(octets) or started
            if started:
                self._engine.handle_events()
            if (now := time.monotonic()) - beaten >= BEAT_S:
                beaten = now
                self.write({"event": "beat"})

    def do(self, octets: bytes) -> bool:
        """Do one command, and answer it; tell whether it has started the library."""
        number: object = None
        try:
            line = parse_line(octets)
            number = line.get("number")
            answer = self._command(line)(line)
        except NotPossibleError as error:
            self.write({"answer": number, "error": str(error), "cannot": True})
        except pj.Error as error:
            self.write({"answer": number, "error": error.info(), "cannot": _is_limit(error)})
        except WireError as error:
            self.write({"answer": number, "error": str(error), "cannot": False})
        else:
            self.write({"answer": number, **answer})
            return line["do"] == "start"
        return False

    def _command(self, line: Line) -> Callable[[Line], Line]:
        command = self._commands.get(text_of(line, "do"))
        if command is None:
            raise WireError(f"there is no command {line['do']!r}")
        return command

    def _start(self, line: Line) -> Line:
        tls = None
        if "certificate" in line:
            certificate, key, ca = (text_of(line, key) for key in ("certificate", "key", "ca"))
            tls = Tls(certificate, key, ca, verify=bool(line.get("verify")))
        transports = text_of(line, "transports").split()
        at = self._engine.start(text_of(line, "host"), number_of(line, "port"), transports, tls)
        return {"addresses": at}

    def _account(self, line: Line) -> Account:
        """Return the account that a command is about."""
        return self._engine.account(
            *(text_of(line, key) for key in ("identity", "proxy", "registrar"))
        )

    def _register(self, line: Line) -> Line:
        self._engine.register(number_of(line, "number"), self._account(line))
        return {}

    def _send(self, line: Line) -> Line:
        sending = Sending(
            text_of(line, "method"),
            text_of(line, "uri"),
            pairs_of(line, "fields"),
            text_of(line, "content_type"),
            octets_of(line, "body"),
        )
        self._engine.send(number_of(line, "number"), self._account(line), sending)
        return {}

    def _call(self, line: Line) -> Line:
        inviting = Inviting(
            text_of(line, "uri"),
            pairs_of(line, "fields"),
            text_of(line, "content_type"),
            octets_of(line, "info").decode("utf-8", "replace"),
        )
        self._calls.make(text_of(line, "call"), self._account(line), inviting)
        return {}

    def _answer(self, line: Line) -> Line:
        self._calls.answer(text_of(line, "call"), number_of(line, "status"))
        return {}

    def _hang_up(self, line: Line) -> Line:
        self._calls.hang_up(text_of(line, "call"))
        return {}

    def _change(self, line: Line) -> Line:
        self._calls.change(text_of(line, "call"), text_of(line, "direction"))
        return {}

    def _counts(self, line: Line) -> Line:
        return self._calls.counts(text_of(line, "call"))


def _is_limit(error: pj.Error) -> bool:
    """Tell whether an error of the library says that something is beyond its limits."""
    return "TOOLONG" in error.info().upper() or "too long" in error.info().lower()


def read_commands(source: BinaryIO, commands: "queue.SimpleQueue[bytes]", linger_s: float) -> None:
    """Hand on lines until there are no more; then end the process, whatever else it does.

    Args:
        source: where lines come from.
        commands: where they go; an empty one is the last.
        linger_s: how long the main thread may take to end by itself.
    """
    while octets := source.readline(MAX_LINE_OCTETS):
        commands.put(octets)
    commands.put(b"")
    time.sleep(linger_s)
    os._exit(1)


def buffer_by_line() -> None:
    """Let C write each line of the log at once: else the last ones before a crash are lost."""
    library = ctypes.CDLL(None)
    with suppress(ValueError):  # a C library that calls it otherwise: the log comes in blocks
        output = ctypes.c_void_p.in_dll(library, "stdout")
        library.setvbuf(output, None, _LINE_BUFFERED, 0)


def main() -> None:
    """Run until the input ends. What the library prints goes to the log, not between the lines."""
    lines = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    buffer_by_line()
    commands: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    reader = threading.Thread(
        target=read_commands, args=(sys.stdin.buffer, commands, 2.0), daemon=True
    )
    reader.start()
    status = 1
    try:
        with suppress(BrokenPipeError):  # who started us has gone
            Program(lines).run(commands)
        status = 0
    except Exception:  # noqa: BLE001  # a fault of ours: the log says which
        traceback.print_exc()
    # Neither libDestroy, which says goodbye to peers and waits a second, nor destructors in an
    # order that nobody knows: the kernel closes the sockets.
    os._exit(status)


if __name__ == "__main__":
    main()

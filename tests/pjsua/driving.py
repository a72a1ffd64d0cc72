"""The program with PJSIP, driven by lines; PJSIP itself is never loaded in the process of tests."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from mcsip.pjsua.wire import build_line, parse_line

WAIT_S = 15


@dataclass
class Driver:
    """A program that runs."""

    process: "subprocess.Popen[bytes]"
    waiting: list[dict[str, Any]] = field(default_factory=list)

    def give(self, **line: object) -> None:
        self.give_octets(build_line(line))

    def give_octets(self, octets: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(octets)
        self.process.stdin.flush()

    def answer(self, number: int | None) -> dict[str, Any]:
        """Return the next answer, which must be that to a command."""
        line = self.line("answer")
        assert line["answer"] == number
        return line

    def line(self, key: str, value: object = None) -> dict[str, Any]:
        """Return the next line that has a key, with a value where one is given; others wait."""
        assert self.process.stdout is not None
        for line in self.waiting:
            if key in line and value in (None, line[key]):
                self.waiting.remove(line)
                return line
        while octets := self.process.stdout.readline():
            line = parse_line(octets)
            if key in line and value in (None, line[key]):
                return line
            if line.get("event") != "beat":
                self.waiting.append(line)
        raise AssertionError("the program has ended")

    def ask(self, number: int, do: str, **arguments: object) -> dict[str, Any]:
        self.give(number=number, do=do, **arguments)
        return self.answer(number)

    def start(self) -> dict[str, Any]:
        return self.ask(1, "start", host="127.0.0.1", port=0, transports="UDP TCP")


@contextmanager
def program() -> Iterator[Driver]:
    """Run the program; it is ended at the end, and whatever it does, after ``WAIT_S``."""
    process = subprocess.Popen(
        ["timeout", str(WAIT_S), sys.executable, "-P", "-m", "mcsip.pjsua.program"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    with process:
        try:
            yield Driver(process)
        finally:
            if process.poll() is None:
                process.terminate()

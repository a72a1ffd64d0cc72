"""PJSIP in a process of its own: started, asked, watched, ended.

The program is ``python -m mcsip.pjsua.program``; what is said through its pipes stands in its
``wire``. It may abort at any misuse of the library, or hang: it says twice a second that it is
alive, and one that has ended, or has been silent for ``SILENCE_S``, is reported once, with the last
lines of its log. Whoever waits for it then hears the same.
"""

import asyncio
import importlib.util
import logging
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from mcsip.errors import BeyondError, McsipError, MissingToolError, NetworkError
from mcsip.pjsua.wire import MAX_LINE_OCTETS, WireError, build_line, parse_line

log = logging.getLogger(__name__)

MODULE = "pjsua2"
PROGRAM = ("-P", "-m", "mcsip.pjsua.program")
"""What Python is told to run; ``-P``: nothing from the current folder."""
WHEELS = "CPython 3.8 to 3.12 on Linux x86-64, macOS and Windows"
"""For what the wheel pjsua2-python 2.15 exists."""
START_S = 20.0
"""How long the program may take to load the library, on a busy machine [ours]."""
ANSWER_S = 10.0
"""How long a command may take; none of them waits for the network [ours]."""
SILENCE_S = 10.0
"""A program that has said nothing for so long hangs [ours]."""
STOP_S = 5.0
"""How long the program may take to end by itself [ours]."""
MAX_LOG_LINES = 50_000
"""So many lines of the log are kept, the newest ones [ours]."""
LAST_LINES = 8
"""So many lines of the log stand in the report of a crash [ours]."""

_LOG_CHUNK_OCTETS = 65536

Line = dict[str, object]


class CrashedError(McsipError):
    """The program has ended, or hangs; the message has the last lines of its log."""


class RefusedError(NetworkError):
    """PJSIP did not do it; the message says why."""


def check_installed() -> None:
    """Check that the library is there; it is not loaded.

    Raises:
        MissingToolError: it is not.
    """
    if importlib.util.find_spec(MODULE) is None:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise MissingToolError(
            f"'backend: pjsua2' needs PJSIP, which is not installed: pip install 'mcsip[pjsua2]';"
            f" there are wheels for {WHEELS}, and this is Python {version} on {sys.platform}"
        )


class PjsuaProcess:
    """The program of one client.

    Args:
        name: the client's name, for people.
        on_event: takes what happens without being asked for.
        on_crash: is told once when the program has ended by itself, or hangs.
        silence_s: after how many seconds of silence it counts as hanging.
        program: what Python is told to run.

    Attributes:
        log: the lines of its log.
    """

    def __init__(
        self,
        name: str,
        on_event: Callable[[Line], None],
        on_crash: Callable[[CrashedError], None],
        *,
        silence_s: float = SILENCE_S,
        program: Sequence[str] = PROGRAM,
    ) -> None:
        self.name = name
        self.log: deque[str] = deque(maxlen=MAX_LOG_LINES)
        self._on_event = on_event
        self._on_crash = on_crash
        self._silence_s = silence_s
        self._program = program
        self._process: Process | None = None
        self._number = 0
        self._waiting: dict[int, asyncio.Future[Line]] = {}
        self._work: list[asyncio.Task[None]] = []
        self._heard_at = 0.0
        self._stopping = False

    @property
    def running(self) -> bool:
        """Whether the program runs, as far as is known."""
        return self._process is not None and self._process.returncode is None

    @property
    def pid(self) -> int:
        """The number of the process."""
        assert self._process is not None, f"{self.name} is not running"
        return self._process.pid

    async def start(self) -> None:
        """Start the program; it does nothing before its first command.

        Raises:
            MissingToolError: the library is not installed.
        """
        check_installed()
        self._stopping = False
        process = self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, *self._program),
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            limit=MAX_LINE_OCTETS,
        )
        loop = asyncio.get_running_loop()
        self._heard_at = loop.time() + START_S
        assert process.stdout is not None, "it is a pipe"
        assert process.stderr is not None, "it is a pipe"
        logged = loop.create_task(self._read_log(process.stderr))
        self._work = [
            logged,
            loop.create_task(self._read_lines(process, process.stdout, logged)),
            loop.create_task(self._watch(process)),
        ]

    async def stop(self) -> None:
        """End the program; it says nothing to its peers."""
        self._stopping = True
        process, self._process = self._process, None
        if process is not None:
            assert process.stdin is not None, "it is a pipe"
            process.stdin.close()
            await self._end_of(process)
        work, self._work = self._work, []
        if work:
            work[2].cancel()  # the watch; the others end with the pipes
            await asyncio.wait(work, timeout=STOP_S)
            for task in work:
                task.cancel()
            await asyncio.gather(*work, return_exceptions=True)
        self._fail(CrashedError(f"PJSIP of {self.name} was stopped"))

    async def ask(
        self, do: str, arguments: Mapping[str, object] | None = None, *, within_s: float = ANSWER_S
    ) -> Line:
        """Give a command; return what is answered, which has its "number" as "answer".

        Args:
            do: the command.
            arguments: of the command.
            within_s: how long it may take, in seconds.

        Raises:
            CrashedError: the program has ended, or did not answer: then it is ended.
            BeyondError: PJSIP has no such ability.
            RefusedError: PJSIP did not do it.
        """
        process = self._process
        if process is None or process.stdin is None:
            raise CrashedError(f"PJSIP of {self.name} does not run")
        if process.returncode is not None:
            raise self._crashed(_how_it_ended(process.returncode))
        self._number += 1
        number = self._number
        waiting: asyncio.Future[Line] = asyncio.get_running_loop().create_future()
        self._waiting[number] = waiting
        command = {"number": number, "do": do, **(arguments or {})}
        try:
            with suppress(ConnectionError):  # it has ended: the reader of its lines says so
                process.stdin.write(build_line(command))
                await process.stdin.drain()
            async with asyncio.timeout(within_s):
                answer = await waiting
        except TimeoutError:
            error = self._crashed(f"did not answer {do!r} within {within_s:g} s")
            self._tell(error)
            self._kill(process)
            raise error from None
        finally:
            self._waiting.pop(number, None)
        if isinstance(fault := answer.get("error"), str):
            kind = BeyondError if answer.get("cannot") is True else RefusedError
            raise kind(f"PJSIP of {self.name}: {fault}")
        return answer

    # Reading, and watching

    async def _read_lines(
        self, process: Process, lines: asyncio.StreamReader, logged: asyncio.Task[None]
    ) -> None:
        """Take lines until there are no more; then say why, where nobody asked for the end."""
        loop = asyncio.get_running_loop()
        try:
            while octets := await lines.readline():
                self._heard_at = loop.time()
                self._take(octets)
        except ValueError:  # a line too long: it is none of ours, and reading ends
            self._kill(process)
        if self._stopping:
            return
        status = await self._end_of(process)
        await asyncio.wait([logged], timeout=STOP_S)
        if not self._stopping:
            self._tell(self._crashed(_how_it_ended(status)))

    def _take(self, octets: bytes) -> None:
        try:
            line = parse_line(octets)
        except WireError as error:
            log.warning("%s: not a line of the program: %s", self.name, error)
            return
        if "event" not in line:
            number = line.get("answer")
            waiting = self._waiting.get(number) if isinstance(number, int) else None
            if waiting is not None and not waiting.done():
                waiting.set_result(line)
        elif line["event"] != "beat":
            self._on_event(line)

    async def _read_log(self, lines: asyncio.StreamReader) -> None:
        """Keep the log, in which a line may be longer than any of ours."""
        rest = b""
        while octets := await lines.read(_LOG_CHUNK_OCTETS):
            *whole, rest = (rest + octets).split(b"\n")
            self.log.extend(line.decode("utf-8", "replace").rstrip("\r") for line in whole)
            rest = rest[-MAX_LINE_OCTETS:]
        if rest:
            self.log.append(rest.decode("utf-8", "replace"))

    async def _watch(self, process: Process) -> None:
        """End a program that has been silent for too long."""
        loop = asyncio.get_running_loop()
        while True:
            left = self._heard_at + self._silence_s - loop.time()
            if left <= 0:
                break
            await asyncio.sleep(left)
        self._tell(self._crashed(f"has said nothing for {self._silence_s:g} s"))
        self._kill(process)

    def _crashed(self, how: str) -> CrashedError:
        return CrashedError(f"PJSIP of {self.name} {how}{self._last_lines()}")

    def _last_lines(self) -> str:
        """Return the last lines of the log, as the end of a report."""
        lines = [line for line in self.log if line.strip()][-LAST_LINES:]
        return "".join(f"\n  {line[:200]}" for line in lines)

    async def _end_of(self, process: Process) -> int:
        """Wait for the end of a program, which is brought about where it does not come."""
        try:
            async with asyncio.timeout(STOP_S):
                return await process.wait()
        except TimeoutError:
            self._kill(process)
            return await process.wait()

    def _kill(self, process: Process) -> None:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()

    def _tell(self, error: CrashedError) -> None:
        """Say that it has crashed, once, to whoever waits."""
        if not self._stopping:
            self._stopping = True
            self._fail(error)
            self._on_crash(error)

    def _fail(self, error: CrashedError) -> None:
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(error)


def _how_it_ended(status: int) -> str:
    """Return how a process ended, as the end of a sentence."""
    if status >= 0:
        return f"ended by itself with exit status {status}"
    try:
        name = signal.Signals(-status).name
    except ValueError:
        name = str(-status)
    return f"was ended by {name}"

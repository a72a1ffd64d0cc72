"""Ports of the loopback address for tests: none is given to two who may want it at once."""

import os
import random
import socket
from collections.abc import Sequence

PORTS = range(10_000, 20_000, 4)
"""Below those that Linux gives to whoever connects, and those that the benchmarks take."""


class _Share:
    """The ports of one worker of pytest-xdist, given in turn.

    A port is bound only a while after it was given, so that asking whether it is free does not
    tell whether it is wanted.
    """

    def __init__(self, ports: Sequence[int]) -> None:
        self._ports = ports
        self._next = random.randrange(len(ports))  # another run may be under way

    def give(self) -> int:
        for _ in self._ports:
            port = self._ports[self._next]
            self._next = (self._next + 1) % len(self._ports)
            if all(_is_free(port + beside) for beside in (-1, 0, 1)):
                return port
        raise AssertionError(f"no port is free of {self._ports}")


def free_port() -> int:
    """Return a port that is free for UDP and TCP; it is given again when all others were.

    Those beside it are free too: a node that speaks TLS and TCP has two.

    Raises:
        AssertionError: when none is free.
    """
    return _share.give()


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, socket.socket() as tcp:
        try:
            udp.bind(("127.0.0.1", port))
            tcp.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_WORKERS = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
_share = _Share(PORTS[_WORKER % _WORKERS :: _WORKERS])

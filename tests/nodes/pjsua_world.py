"""Clients with PJSIP whose program is played by a test."""

from collections.abc import Callable, Mapping

from mcsip.net.sockets import SocketNetwork
from mcsip.nodes.pjsua_client import PjsuaClient
from mcsip.nodes.pjsua_process import Line, PjsuaProcess
from mcsip.nodes.simulation import Simulation
from mcsip.pjsua.wire import pack
from mcsip.trace import Peer

from .world import Changes, make_topology, merged

Answers = Mapping[str, Callable[[Line], Line]]


class Played(PjsuaProcess):
    """A program that answers as a test says; what it was asked is kept."""

    def __init__(self, client: PjsuaClient, answers: Answers | None = None) -> None:
        super().__init__(client.name, client._on_event, client._on_crash)
        self.client = client
        self.asked: list[Line] = []
        self.answers = dict(answers or {})

    async def ask(
        self, do: str, arguments: Mapping[str, object] | None = None, *, within_s: float = 1.0
    ) -> Line:
        line = {"do": do, **(arguments or {})}
        self.asked.append(line)
        number = len(self.asked)
        play = self.answers.get(do)
        answer = {} if play is None else play(line)
        if "status" in answer:
            event = {"event": "done", "number": number, "reason": "", "octets": "", **answer}
            self.client._on_event(event)
        return {"answer": number, **answer}

    def of(self, do: str) -> list[Line]:
        """Return the commands of a kind."""
        return [line for line in self.asked if line["do"] == do]


def make_client(changes: Changes | None = None, **options: str) -> tuple[PjsuaClient, Played]:
    """Return a client with PJSIP, and its program."""
    ours: Changes = {"clients": {"alice-ue": {"backend": "pjsua2"}}}
    topology = make_topology(merged(ours, changes or {}), **options)
    client = Simulation(topology, network=SocketNetwork(), seed=1).clients["alice-ue"]
    assert isinstance(client, PjsuaClient)
    for name in topology.nodes:
        address = Peer("127.0.0.1", 5060 + len(client.env.directory._addresses))
        client.env.directory.announce(name, dict.fromkeys(("TCP", "UDP"), address), "TCP")
    client._process = Played(client)
    return client, client._process


def answer(status: int, reason: str = "OK", fields: str = "", body: bytes = b"") -> Line:
    """Return what PJSIP tells of a response."""
    head = f"SIP/2.0 {status} {reason}\r\nVia: SIP/2.0/TCP h;branch=z9hG4bKa\r\nFrom: <sip:a@b>"
    head += f";tag=1\r\nTo: <sip:a@b>;tag=2\r\nCall-ID: c\r\nCSeq: 1 MESSAGE\r\n{fields}"
    octets = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
    return {"status": status, "reason": reason, "octets": pack(octets)}

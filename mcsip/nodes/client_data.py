"""Short data at a client: sent, sent again where an answer redirects it, and received.

TS 24.282 9.2.2 [2nd]; that a client whose data is redirected tries the new MC service ID is
RFC 3261 8.1.3.4 [read], as for a private call of TS 23.280 10.16.5 [read].
"""

import hashlib
import uuid
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcsip.errors import McsipError
from mcsip.mc.communication import MIGRATED, Communication, parse_communication
from mcsip.mc.request import Identities, build_mc_request
from mcsip.mc.services import MCDATA
from mcsip.mc.short_data import (
    ONE_TO_ONE_SDS,
    ShortData,
    Signalling,
    build_short_data,
    parse_short_data,
)
from mcsip.mc.xml import BodyError
from mcsip.sip.message import Request, Response
from mcsip.sip.redirect import TargetSet

if TYPE_CHECKING:
    from mcsip.nodes.client import Client

#: How much received short data a client remembers [ours].
MAX_RECEIVED = 10_000


@dataclass(frozen=True, slots=True)
class DataOutcome:
    """How short data ended for its sender.

    Attributes:
        result: "success": the client of the target has it; "refused": somebody said no; "failed":
            it did not get there.
        status: final status code of the last try, or None.
        reason: key of the reason, or None.
        text: the reason for people.
        redirected: the MC service IDs to which it was redirected, in order.
    """

    result: str
    status: int | None = None
    reason: str | None = None
    text: str = ""
    redirected: tuple[str, ...] = ()


class DataClient:
    """What a client does with short data.

    Args:
        client: the client.

    Attributes:
        received: the short data that has arrived, in order.
    """

    def __init__(self, client: "Client") -> None:
        self._client = client
        self.received: deque[ShortData] = deque(maxlen=MAX_RECEIVED)

    async def send(self, to: str, text: str) -> DataOutcome:
        """Send short data from where the client is now, and wait for what becomes of it.

        Args:
            to: MC service ID of whom it is for.
            text: the text.

        Raises:
            McsipError: the service of the run has no short data, or ``to`` is no URI.
        """
        client = self._client
        if client.env.service is not MCDATA:
            raise McsipError(f"{client.env.service} has no short data: it is a matter of {MCDATA}")
        signalling = Signalling(int(client.env.clock.wall()), self._new_id(), self._new_id())
        targets = TargetSet(to)
        redirected: list[str] = []
        while True:
            answer = await self._try(redirected[-1] if redirected else to, signalling, text)
            if not isinstance(answer, Response):
                return answer
            if answer.status < 300:
                return DataOutcome("success", answer.status, redirected=tuple(redirected))
            if not (_is_migrated(answer) and targets.add(answer)):
                said = client.not_accepted(answer)
                way = tuple(redirected)
                return DataOutcome(said.result, answer.status, said.reason, said.text, way)
            redirected.append(str(targets.next()))

    def _new_id(self) -> bytes:
        """Return a fresh conversation or message ID, from the ID source of the run."""
        octets = hashlib.sha256(self._client.env.ids.token().encode()).digest()[:16]
        return uuid.UUID(bytes=octets, version=4).bytes

    async def _try(self, to: str, signalling: Signalling, text: str) -> Response | DataOutcome:
        client = self._client
        system = client.env.topology.systems[client.place]
        own_id = client.id_in(system)
        about = Communication(
            client.env.service, ONE_TO_ONE_SDS, target=to, client_id=client.client_id
        )
        content_type, body = build_short_data(ShortData(about, signalling, text))
        psi, target, route = client.way_to_server(system, own_id)
        request = build_mc_request(
            "MESSAGE",
            client.env.service,
            body,
            client.env.ids,
            uri=psi,
            to=psi,
            sender=Identities(own_id, own_id, asserted=False),
            route=route,
            content_type=content_type,
        )
        answer = await client.send(request, target)
        if isinstance(answer, Response):
            return answer
        return DataOutcome(answer.result, None, answer.reason, answer.text)

    def take(self, request: Request) -> tuple[int, str | None]:
        """Take short data; return the status and reason phrase of the answer.

        Raises:
            BodyError: it cannot be read.
        """
        self.received.append(parse_short_data(request.first("content-type") or "", request.body))
        return 200, None


def _is_migrated(answer: Response) -> bool:
    """Tell whether an answer redirects because the user has migrated (TS 24.379 F.1 [read])."""
    if answer.status != 302 or answer.content_type != MCDATA.content_type:
        return False
    try:
        return parse_communication(answer.body, MCDATA).forwarding_reason == MIGRATED
    except BodyError:
        return False

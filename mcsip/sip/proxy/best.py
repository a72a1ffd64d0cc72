"""Choosing the best of several final responses: RFC 3261 16.7 items 6 and 7, as pure functions."""

from collections.abc import Sequence

from mcsip.sip.field import Field
from mcsip.sip.message import Response

# Of the 4xx these tell most about how to do better (16.7 item 6), in this order.
_PREFERRED = {401: 0, 407: 1, 415: 2, 420: 3, 484: 4}
_CHALLENGES = frozenset({"www-authenticate", "proxy-authenticate"})


def choose_best(finals: Sequence[Response], method: str) -> Response | None:
    """Return the best of the final responses, none of them 2xx, or None when none may go on.

    6xx wins; else the lowest class; in it the preferred ones, then that of the first branch. A 408
    to another request than INVITE is never forwarded (RFC 4320 4.2).

    Args:
        finals: the responses in the order of their branches.
        method: the request's.
    """
    if method != "INVITE":
        finals = [response for response in finals if response.status != 408]
    if not finals:
        return None
    best = min(finals, key=_rank)
    if best.status in {401, 407} and len(finals) > 1:
        return _with_challenges(best, finals)
    return best


def _rank(response: Response) -> tuple[int, int]:
    status = response.status
    kind = 0 if status >= 600 else status // 100
    # 503 says "not me": another 5xx says more (16.7 item 6)
    return kind, 6 if status == 503 else _PREFERRED.get(status, 5)


def _with_challenges(best: Response, finals: Sequence[Response]) -> Response:
    """Item 7: collect the challenges of all other 401 and 407 responses into the best."""
    fields: list[Field] = list(best.fields)
    for response in finals:
        if response is not best and response.status in {401, 407}:
            fields += [field for field in response.fields if field[0] in _CHALLENGES]
    return Response(best.status, best.reason, tuple(fields), best.body)

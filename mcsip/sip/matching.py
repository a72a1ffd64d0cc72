"""Which transaction a message belongs to: RFC 3261 17.1.3 and 17.2.3.

A branch that begins with the magic cookie names its transaction. Peers of RFC 2543 write no such
branch; their requests are compared by what else must be equal.
"""

from mcsip.sip.headers import split_list
from mcsip.sip.ids import MAGIC_COOKIE
from mcsip.sip.message import Request, Response
from mcsip.sip.via import Via

#: What identifies a server transaction.
ServerKey = tuple[str | int | None, ...]
#: What identifies merged requests: Call-ID, From tag, CSeq number and method (RFC 3261 8.2.2.2).
MergeKey = tuple[str, str | None, int, str]
#: How the keys of peers of RFC 2543 begin; no branch looks like this.
LEGACY = "RFC 2543"


def server_key(request: Request, via: Via) -> ServerKey:
    """Return the key of the server transaction that a request belongs to (RFC 3261 17.2.3).

    The three parts with a magic cookie: branch, sent-by, and method, where ACK counts as INVITE.

    Raises:
        ParseError: a peer of RFC 2543 without From, To or CSeq that can be read.
    """
    branch = via.branch
    # The bare cookie identifies nothing: RFC 4475 3.2.2
    if branch is not None and branch.startswith(MAGIC_COOKIE) and len(branch) > len(MAGIC_COOKIE):
        method = request.method
        return (branch, via.host, via.port, "INVITE" if method == "ACK" else method)
    return legacy_key(request, request.method, request.to.tag)


def legacy_key(request: Request, method: str, to_tag: str | None) -> ServerKey:
    """Return the key of a transaction of an RFC 2543 peer (RFC 3261 17.2.3).

    Args:
        request: the request, with its topmost Via as it was read.
        method: the method; an ACK has a key of its own: see ``legacy_ack_key``.
        to_tag: the To tag.

    Raises:
        ParseError: From or CSeq is missing or malformed.
    """
    via = split_list(request.first("via") or "")
    number = request.cseq.number
    from_tag = request.from_.tag
    return (LEGACY, request.uri, from_tag, to_tag, request.call_id, number, method, via[0])


def legacy_ack_key(invite: ServerKey, to_tag: str | None) -> ServerKey:
    """Return the key of the ACK that an RFC 2543 peer will send (RFC 3261 17.2.3).

    Args:
        invite: the key of the INVITE.
        to_tag: the To tag of the response that was sent.
    """
    return (*invite[:3], to_tag, *invite[4:6], "ACK", *invite[7:])


def cancelled_keys(cancel: ServerKey) -> list[ServerKey]:
    """Return the keys that the transaction which a CANCEL is about may have (RFC 3261 9.2).

    Args:
        cancel: the key of the CANCEL.
    """
    place = 6 if cancel[0] == LEGACY else 3
    return [(*cancel[:place], method, *cancel[place + 1 :]) for method in _CANCELLABLE]


#: All methods but ACK and CANCEL (RFC 3261 9.2), INVITE first.
_CANCELLABLE = (
    "INVITE",
    "MESSAGE",
    "OPTIONS",
    "BYE",
    "INFO",
    "NOTIFY",
    "PRACK",
    "PUBLISH",
    "REFER",
    "REGISTER",
    "SUBSCRIBE",
    "UPDATE",
)


def method_of(response: Response) -> str:
    """Return the method in a response's CSeq, the second part of its key (RFC 3261 17.1.3).

    Raises:
        ParseError: CSeq is missing or malformed.
    """
    return response.cseq.method

"""Pieces of header fields that topology hiding takes apart and puts together again."""

from collections.abc import Callable

from mcsip.sip.address import parse_address
from mcsip.sip.errors import ParseError
from mcsip.sip.field import Field, make_field
from mcsip.sip.message import Request, Response
from mcsip.sip.params import params_text, without_param

#: What a response takes over from its request (RFC 3261 8.2.6.2).
RESTORED = frozenset({"via", "from", "to", "call-id", "cseq"})


def tagged(value: str) -> tuple[str, str] | None:
    """Return the address and the tag of a From or To value, or None when it has no tag."""
    address, separator, tag = value.partition(";tag=")
    if separator and ">" not in tag and '"' not in tag:
        return address, tag.partition(";")[0].rstrip(" \t")
    if "tag" not in value.lower():
        return None
    try:
        parsed = parse_address(value)
    except ParseError:
        return None
    if parsed.tag is None:
        return None
    text = str(parsed)
    params = params_text(parsed.params)
    rest = params_text(without_param(parsed.params, "tag"))
    return text[: len(text) - len(params)] + rest, parsed.tag


def restored_head(
    arrived: Request, response: Response, tag_seen: Callable[[str], str] | None = None
) -> list[Field]:
    """Return Via, From, To, Call-ID and CSeq of the request as it was received, octet for octet.

    To gets the tag of the response where the request had none (RFC 3261 8.2.6.2).

    Args:
        arrived: the request.
        response: the response to its forwarded copy.
        tag_seen: what becomes of the tag; None: it stays.
    """
    head: list[Field] = []
    for field in arrived.fields:
        key = field[0]
        if key in RESTORED:
            head.append(_answered_to(field, response, tag_seen) if key == "to" else field)
    return head


def _answered_to(field: Field, response: Response, tag_seen: Callable[[str], str] | None) -> Field:
    tag = tag_of(response) if tagged(field[1]) is None else None
    if tag is None:
        return field
    return make_field("To", f"{field[1]};tag={tag if tag_seen is None else tag_seen(tag)}")


def tag_of(response: Response) -> str | None:
    """Return the tag of a response's To, or None."""
    for field in response.fields:
        if field[0] == "to":
            answer = tagged(field[1])
            return None if answer is None else answer[1]
    return None


def public_item(item: str, shows: Callable[[str], bool]) -> tuple[str, str]:
    """Return the URI of an address and those of its parameters that may be seen outside.

    Args:
        item: a name-addr or addr-spec with parameters; its display name is lost.
        shows: tells whether a text names something inner.
    """
    if "<" in item:
        uri, _, rest = item.rpartition("<")[2].partition(">")
        params = rest.strip(" \t").removeprefix(";")
    else:
        uri, _, params = item.partition(";")
    kept = [part for part in params.split(";") if part and not shows(part)]
    return uri, "".join(f";{part}" for part in kept)


def route_position(items: list[str], sent: list[str]) -> int:
    """Return where our own value stands in the list of a response.

    Args:
        items: the values of the response; those above ours were added further down.
        sent: the values of the request as we forwarded it, ours first.
    """
    if sent and sent[0] in items:
        return items.index(sent[0])
    return max(0, len(items) - len(sent))

"""Where in the octets of a message a fault is: its line, and first octet and first octet after."""

from collections.abc import Iterator

from mcsip.sip.headers import canonical

Span = tuple[int, int]


def locate(data: bytes, field: str, text: bytes) -> tuple[int | None, Span | None]:
    """Return line number (from 1) and span of a fault; None where it is not in the octets.

    Args:
        data: the octets of the message.
        field: key of the header field that is wrong ("via"), or "".
        text: the octets that are wrong, within the field if one is named; empty: the whole field.
    """
    regions = list(_regions(data, field)) if field else [(0, len(data))]
    if not text:
        if not field or not regions:
            return None, None
        start, end = regions[0]
        return _line(data, start), (start, end)
    for start, end in regions:
        at = data.find(text, start, end)
        if at >= 0:
            return _line(data, at), (at, at + len(text))
    if regions and field:
        start, end = regions[0]
        return _line(data, start), (start, end)
    return None, None


def _line(data: bytes, at: int) -> int:
    return data.count(b"\n", 0, at) + 1


def _regions(data: bytes, field: str) -> Iterator[Span]:
    """Return the spans of all lines of a header field, folded lines with them."""
    start = data.find(b"\n") + 1
    current: Span | None = None
    while 0 < start < len(data):
        end = data.find(b"\n", start)
        end = len(data) if end < 0 else end
        line = data[start:end].rstrip(b"\r")
        if not line:
            break
        span = (start, start + len(line))
        if line[:1] in b" \t":
            current = None if current is None else (current[0], span[1])
        else:
            if current is not None:
                yield current
            name = line.partition(b":")[0].decode("utf-8", "replace")
            current = span if canonical(name) == field else None
        start = end + 1
    if current is not None:
        yield current

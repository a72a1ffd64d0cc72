"""The end of a message that stands whole and plain in the octets of a stream.

Most messages of a capture do: then only Content-Length has to be found, in a quarter of the time
that reading the header section takes. All others are left to ``StreamFramer``.
"""

from mcsip.capture.recognise import begins_message
from mcsip.sip.parse import MAX_BODY_OCTETS, MAX_HEAD_OCTETS

_HEAD_END = b"\r\n\r\n"
_LENGTH = b"\r\ncontent-length:"
_NAME = b"content-length"
_COMPACT = b"\r\nl"
"""The compact form, or any other field that begins with that letter."""
_MAX_DIGITS = 7


def end_of_plain_message(data: bytes, start: int) -> int:
    """Return where the message that begins at ``start`` ends, or -1 where that is not plain.

    Plain is a start line, a header section of usual line ends with one Content-Length in its long
    form, and a body that is all there (RFC 3261 18.3).
    """
    head_end = data.find(_HEAD_END, start, start + MAX_HEAD_OCTETS)
    if head_end < 0:
        return -1
    head = data[start : head_end + 2].lower()
    at = head.find(_LENGTH)
    if at < 0 or head.count(_NAME) != 1 or _COMPACT in head:
        return -1
    value = head[at + len(_LENGTH) : head.find(b"\r\n", at + len(_LENGTH))].strip(b" \t")
    if not value.isdigit() or len(value) > _MAX_DIGITS or not begins_message(head):
        return -1
    length = int(value)
    end = head_end + len(_HEAD_END) + length
    return end if length <= MAX_BODY_OCTETS and end <= len(data) else -1

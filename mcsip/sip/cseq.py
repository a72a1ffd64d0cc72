"""CSeq: number and method of a request within its dialog (RFC 3261 20.16) [read]."""

from dataclasses import dataclass

from mcsip.sip.errors import ParseError
from mcsip.sip.memo import remembering

#: Every sequence number is below (RFC 3261 8.1.1.5; 20.16).
MAX_CSEQ = 2**31


@dataclass(frozen=True, slots=True)
class CSeq:
    """A CSeq value.

    Attributes:
        number: the sequence number.
        method: the method, case-sensitive.
    """

    number: int
    method: str

    def __str__(self) -> str:
        return f"{self.number} {self.method}"


@remembering(2048)
def parse_cseq(text: str) -> CSeq:
    """Read a CSeq value.

    Raises:
        ParseError: the number is not one below 2**31, or there is not exactly one method.
    """
    parts = text.split()
    if len(parts) != 2:
        raise ParseError(f"CSeq is not a number and a method: {text[:40]!r}")
    digits, method = parts
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 20 or int(digits) >= MAX_CSEQ:
        raise ParseError(f"CSeq is not a number below 2**31: {digits[:40]!r}")
    return CSeq(int(digits), method)

"""Octets in and out of the texts of the library.

Texts of ``pjsua2`` come out of C++ with every octet that is no UTF-8 escaped, but go into it as
UTF-8 only: a body with other octets, such as the signalling of short data (TS 24.282 15.1), cannot
be handed over. So a text of the same length is handed over, and its octets are then put in their
place in this process's memory, which the kernel guards: a wrong address is an error, not a crash.
What stands there afterwards is read back through the library and compared.
"""

import os
import struct
from collections.abc import Iterator

import pjsua2 as pj

_SEARCHED_WORDS = 40
"""So many words of the C++ object are looked at for the address of the text."""
_WORD = struct.calcsize("P")
_PADS = ("#", "%")


class NotPossibleError(Exception):
    """The library has no such ability; the message says which."""


def octets_of(text: str) -> bytes:
    """Return the octets of a text that came from the library."""
    return text.encode("utf-8", "surrogateescape")


def set_body(option: pj.SipTxOption, body: bytes) -> None:
    """Set the body of a request.

    Raises:
        NotPossibleError: it is no UTF-8, and cannot be put in its place.
    """
    try:
        option.msgBody = body.decode("utf-8")
    except UnicodeDecodeError:
        _overwrite(option, body)
    if octets_of(option.msgBody) != body:
        raise NotPossibleError("a body that is no UTF-8 cannot be handed to pjsua2 on this system")


def _overwrite(option: pj.SipTxOption, body: bytes) -> None:
    """Put octets in the place of a text that stands for them.

    Which of the words of the object is the address of the text is told by setting it twice: only
    where that one points to is the second text found in the place of the first.
    """
    try:
        memory = os.open("/proc/self/mem", os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        option.msgBody = ""
        return
    try:
        found = [set(_pointing_to(memory, option, pad * len(body))) for pad in _PADS]
        places = set.intersection(*found)
        if len(places) == 1:
            os.pwrite(memory, body, _words(memory, option)[places.pop()])
    finally:
        os.close(memory)


def _pointing_to(memory: int, option: pj.SipTxOption, text: str) -> Iterator[int]:
    """Set the body to a text; yield which words of the object are the address of such a text."""
    option.msgBody = text
    for index, word in enumerate(_words(memory, option)):
        if word and _read(memory, word, len(text)) == text.encode():
            yield index


def _words(memory: int, option: pj.SipTxOption) -> tuple[int, ...]:
    """Return the first words of the object."""
    octets = os.pread(memory, _SEARCHED_WORDS * _WORD, int(option.this))
    return struct.unpack(f"{len(octets) // _WORD}P", octets)


def _read(memory: int, address: int, count: int) -> bytes:
    """Return what stands at an address; nothing where there is none."""
    try:
        return os.pread(memory, count, address)
    except (OSError, OverflowError):
        return b""

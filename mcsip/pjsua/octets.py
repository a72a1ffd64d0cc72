"""Octets in and out of the texts of the library.

Texts of ``pjsua2`` come out of C++ with every octet that is no UTF-8 escaped, but go into it as
UTF-8 only: a body with other octets, such as the signalling of short data (TS 24.282 15.1), cannot
be handed over. So a text of the same length is handed over, and its octets are then put in their
place in this process's memory, which the kernel guards: a wrong address is an error, not a crash.
What stands there afterwards is read back through the library and compared.
"""

import os
import struct

import pjsua2 as pj

_SEARCHED_WORDS = 40
"""So many words of the C++ object are looked at for the address of the text."""
_WORD = struct.calcsize("P")
_PAD = "#"


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
        option.msgBody = _PAD * len(body)
        _overwrite(option, body)
    if octets_of(option.msgBody) != body:
        raise NotPossibleError("a body that is no UTF-8 cannot be handed to pjsua2 on this system")


def _overwrite(option: pj.SipTxOption, body: bytes) -> None:
    """Put octets in the place of the padding, where that is found."""
    padding = _PAD.encode() * len(body)
    try:
        memory = os.open("/proc/self/mem", os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return
    try:
        address = int(option.this)
        words = os.pread(memory, _SEARCHED_WORDS * _WORD, address)
        for (word,) in struct.iter_unpack("P", words):
            if word and _read(memory, word, len(body)) == padding:
                os.pwrite(memory, body, word)
                return
    finally:
        os.close(memory)


def _read(memory: int, address: int, count: int) -> bytes:
    """Return what stands at an address; nothing where there is none."""
    try:
        return os.pread(memory, count, address)
    except (OSError, OverflowError):
        return b""

"""Offers and answers of session descriptions (RFC 3264) [read in part, 2nd].

One side offers, the other answers stream by stream: the answer has as many streams as the offer, in
its order; a port of 0 turns a stream down. We take the first audio stream that has a format of ours
and turn all others down.

Deliberately absent: multicast, several streams of our own, and bandwidths.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from mcsip.sip.sdp import Direction, Origin, Sdp, Section, address_type, connection_value

_EOL = "\r\n"


class Codec(NamedTuple):
    """One audio format.

    Attributes:
        payload_type: its number in RTP; 96 to 127 are dynamic (RFC 3551 6 [2nd]).
        rtpmap: encoding and clock rate: ``"PCMU/8000"``.
        fmtp: its parameters, or None.
    """

    payload_type: int
    rtpmap: str
    fmtp: str | None = None


#: What a client speaks unless told otherwise: RFC 3551 6, payload types 0 and 8 [2nd].
DEFAULT_CODECS = (Codec(0, "PCMU/8000"), Codec(8, "PCMA/8000"))

_STATIC = {"0": "pcmu/8000", "3": "gsm/8000", "8": "pcma/8000", "9": "g722/8000"}

#: What may be answered to an offered direction, seen from the answerer (RFC 3264 6.1) [2nd].
_ANSWERS = {
    Direction.SENDRECV: frozenset(Direction),
    Direction.SENDONLY: frozenset({Direction.RECVONLY, Direction.INACTIVE}),
    Direction.RECVONLY: frozenset({Direction.SENDONLY, Direction.INACTIVE}),
    Direction.INACTIVE: frozenset({Direction.INACTIVE}),
}
_BEST_ANSWER = {
    Direction.SENDRECV: Direction.SENDRECV,
    Direction.SENDONLY: Direction.RECVONLY,
    Direction.RECVONLY: Direction.SENDONLY,
    Direction.INACTIVE: Direction.INACTIVE,
}


def build_offer(
    address: str,
    port: int,
    *,
    session_id: int,
    codecs: Sequence[Codec] = DEFAULT_CODECS,
    direction: Direction = Direction.SENDRECV,
) -> Sdp:
    """Return the offer of one audio stream (RFC 3264 5, 5.1).

    Args:
        address: where we receive, an IP address.
        port: the port of RTP.
        session_id: numeric ID of the session, unique with the address (RFC 8866 5.2).
        codecs: our formats, the preferred one first.
        direction: who sends.
    """
    origin = Origin("-", str(session_id), 0, address_type(address), address)
    head = _lines(
        "v=0", f"o={origin}", "s=-", f"c={connection_value(address)}", "t=0 0"
    )  # 5: s= is "-" or a space, t= is "0 0"
    return Sdp(head, (_audio(port, codecs, direction),))


def build_answer(
    offer: Sdp,
    address: str,
    port: int,
    *,
    session_id: int,
    codecs: Sequence[Codec] = DEFAULT_CODECS,
    direction: Direction | None = None,
) -> Sdp | None:
    """Return the answer to an offer (RFC 3264 6), or None when no audio stream suits: 488.

    Args:
        offer: the offer.
        address: where we receive, an IP address.
        port: the port of RTP.
        session_id: numeric ID of our description.
        codecs: our formats.
        direction: what we want of the stream, if the offer lets us; None: as much as it lets.
    """
    taken = None
    streams: list[Section] = []
    for index, stream in enumerate(offer.streams):
        common = _common(stream, codecs) if taken is None and _is_audio(stream) else []
        if not common:
            streams.append(_turned_down(stream))
            continue
        taken = index
        offered = offer.direction_of(index)
        ours = direction if direction in _ANSWERS[offered] else None
        streams.append(_audio(port, common, ours or _BEST_ANSWER[offered], stream.media[2]))
    if taken is None:
        return None
    return Sdp(_answer_head(offer, address, session_id), tuple(streams))


def refuse_all(offer: Sdp, address: str, *, session_id: int) -> Sdp:
    """Return a valid answer that takes no stream (RFC 3264 6; RFC 3261 13.2.2.4)."""
    streams = tuple(_turned_down(stream) for stream in offer.streams)
    return Sdp(_answer_head(offer, address, session_id), streams)


def check_answer(offer: Sdp, answer: Sdp) -> list[str]:
    """Return what is wrong with an answer to an offer (RFC 3264 6), each fault in one sentence."""
    if len(offer.streams) != len(answer.streams):
        return [f"{len(answer.streams)} streams answer {len(offer.streams)}"]
    found = []
    if offer.head.values("t") != answer.head.values("t"):
        found.append("t= differs from the offer's")
    for index, (ours, theirs) in enumerate(zip(offer.streams, answer.streams, strict=True)):
        if ours.kind != theirs.kind or ours.media[2] != theirs.media[2]:
            found.append(f"stream {index + 1}: media type or protocol differs from the offer's")
        elif theirs.port:
            found += _check_stream(offer, answer, index)
    return found


def check_next(before: Sdp, after: Sdp) -> list[str]:
    """Return what is wrong with a later description of the same side (RFC 3264 8)."""
    found = []
    old, new = before.origin, after.origin
    same = (old.user, old.session_id, old.address) == (new.user, new.session_id, new.address)
    if not same:
        found.append("o= changes more than its version")
    elif new.version not in (old.version, old.version + 1):
        found.append(f"version {new.version} follows {old.version}")
    elif new.version == old.version and before.octets() != after.octets():
        found.append("the description changes, its version does not")
    if len(after.streams) < len(before.streams):
        found.append("streams are gone: turned down they stay, with port 0")
    return found


def _check_stream(offer: Sdp, answer: Sdp, index: int) -> list[str]:
    ours, theirs = offer.streams[index], answer.streams[index]
    where = f"stream {index + 1}"
    if not ours.port:
        return [f"{where}: turned down in the offer, taken in the answer"]
    found = []
    if answer.direction_of(index) not in _ANSWERS[offer.direction_of(index)]:
        found.append(f"{where}: {answer.direction_of(index)} answers {offer.direction_of(index)}")
    if not set(_encodings(ours).values()) & set(_encodings(theirs).values()):
        found.append(f"{where}: no format of the offer")
    return found


def _is_audio(stream: Section) -> bool:
    kind, port, protocol, _ = stream.media
    return kind == "audio" and port != 0 and protocol in {"RTP/AVP", "RTP/AVPF"}


def _common(stream: Section, codecs: Iterable[Codec]) -> list[Codec]:
    """Return our formats among the offered, in the offer's order and with its numbers (6.1)."""
    known = {codec.rtpmap.lower(): codec for codec in codecs}
    found = []
    for number, encoding in _encodings(stream).items():
        codec = known.get(encoding)
        if codec is not None and number.isascii() and number.isdigit():
            found.append(codec._replace(payload_type=int(number)))
    return found


def _encodings(stream: Section) -> dict[str, str]:
    """Return what the formats of a stream are, in lower case, by their numbers."""
    mapped = {}
    for value in stream.attributes("rtpmap"):
        number, _, encoding = value.partition(" ")
        mapped[number] = encoding.strip().lower().removesuffix("/1")
    return {number: mapped.get(number) or _STATIC.get(number, number) for number in stream.media[3]}


def _answer_head(offer: Sdp, address: str, session_id: int) -> Section:
    origin = Origin("-", str(session_id), 0, address_type(address), address)
    times = [f"t={value}" for value in offer.head.values("t")] or ["t=0 0"]  # 6: as in the offer
    return _lines("v=0", f"o={origin}", "s=-", f"c={connection_value(address)}", *times)


def _turned_down(stream: Section) -> Section:
    """Return the stream of an answer that turns an offered one down: port 0 (6)."""
    kind, _, protocol, formats = stream.media
    return _lines(f"m={kind} 0 {protocol} {' '.join(formats)}")


def _audio(
    port: int, codecs: Sequence[Codec], direction: Direction, protocol: str = "RTP/AVP"
) -> Section:
    formats = " ".join(str(codec.payload_type) for codec in codecs)
    attributes = []
    for codec in codecs:
        attributes.append(f"a=rtpmap:{codec.payload_type} {codec.rtpmap}")
        if codec.fmtp is not None:
            attributes.append(f"a=fmtp:{codec.payload_type} {codec.fmtp}")
    return _lines(f"m=audio {port} {protocol} {formats}", *attributes, f"a={direction}")


def _lines(*lines: str) -> Section:
    return Section(tuple(line + _EOL for line in lines))

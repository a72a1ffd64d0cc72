"""Messages of a trace as SIPp writes them: keywords for what is new in every call.

What stands between ``[`` and ``]`` in a SIPp message is a keyword; a bracket of the message itself
is written by its hexadecimal code. SIPp ends every line, of a body too, with CR LF.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from mcsip.sip.message import Message, Request, Response

OWN = "own"
"""What the keywords of the node's own address are called. SIPp has some too, which tell the port of
a connection where it is a client over TCP, and not where the node is."""

_ANSWER_FIELDS = ("via", "from", "to", "call-id", "cseq", "content-length")
_OWN_FIELDS = frozenset({"via", "call-id", "content-length"})
_NONE: Mapping[str, str] = {}
_TAG = re.compile(r";tag=[^;>\s]+")
TAG = ";tag=[pid]mcsip[call_number]"
"""A tag that is new in every call (RFC 3261 19.3)."""


def keyword_of(name: str) -> str:
    """Return a node's name as keywords, variables and labels have it: ``partner_gateway``."""
    return re.sub(r"[^A-Za-z0-9]+", "_", name)


@dataclass(frozen=True, slots=True)
class Wording:
    """What is written instead of what was on the wire.

    Attributes:
        hosts: keyword of the node that has a host.
        values: keyword for a value that is another one in every run.
        host, place: how the keyword of a node is written for its host, and for host and port.
        brackets: whether brackets of the message itself must be told from those of keywords.
    """

    hosts: Mapping[str, str]
    values: Mapping[str, str] = field(default_factory=dict)
    host: str = "[{}_ip]"
    place: str = "[{0}_ip]:[{0}_port]"
    brackets: bool = True

    def text(self, raw: str) -> str:
        """Return text of a message with its keywords."""
        text = raw
        if self.brackets:
            text = text.replace("\\", "\\x5C").replace("[", "\\x5B").replace("]", "\\x5D")
        for value in sorted(self.values, key=len, reverse=True):
            text = text.replace(value, self.values[value])
        for host in sorted(self.hosts, key=len, reverse=True):
            name, pattern = self.hosts[host], rf"(?<![\d.]){re.escape(host)}(?![\d.])"
            text = re.sub(rf"{pattern}:\d+", self.place.format(name), text)
            text = re.sub(pattern, self.host.format(name), text)
        return text


def request_text(
    request: Request, wording: Wording, call: str, *, udp: bool, saved: Mapping[str, str] = _NONE
) -> str:
    """Return a request that the node sends, in a transaction of its own.

    Args:
        request: as it was sent.
        wording: what is written instead of what.
        call: the Call-ID, with keywords.
        udp: whether it goes over UDP; then its answer comes back to its port (RFC 3581 3).
        saved: of a request that is passed on (RFC 3261 16.6), variables with the fields of the one
            that was received; see ``answer_text``.
    """
    rport = ";rport" if udp else ""
    lines = [
        wording.text(f"{request.method} {request.uri} SIP/2.0"),
        f"Via: SIP/2.0/[transport] [{OWN}_ip]:[{OWN}_port]{rport};branch=[branch]",
    ]
    if saved:
        lines += _saved_vias(saved)
    for name, _, line in request.fields:
        if name == "call-id":
            lines.append(f"Call-ID: {call}")
        elif name == "from":
            own = wording.text(_TAG.sub("", line)) + TAG
            lines.append(f"From:[${saved['from']}]" if saved else own)
        elif name not in _OWN_FIELDS:
            lines.append(wording.text(line))
    return _with_body(lines, request, wording)


def _saved_vias(saved: Mapping[str, str]) -> list[str]:
    return [f"Via:[${variable}]" for name, variable in saved.items() if name.startswith("via ")]


def answer_text(response: Response, wording: Wording, saved: Mapping[str, str]) -> str:
    """Return an answer of the node.

    Args:
        response: as it was sent.
        wording: what is written instead of what.
        saved: variables with the fields of the request, by name in lower case; empty where the
            request is the last message that was received.
    """
    lines = [wording.text(f"SIP/2.0 {response.status} {response.reason}")]
    if saved:
        lines += _saved_vias(saved)
        lines += [f"From:[${saved['from']}]", f"To:[${saved['to']}]{TAG}"]
        lines += [f"Call-ID:[${saved['call-id']}]", f"CSeq:[${saved['cseq']}]"]
    else:
        lines += ["[last_Via:]", "[last_From:]", f"[last_To:]{TAG}", "[last_Call-ID:]"]
        lines.append("[last_CSeq:]")
    for name, _, line in response.fields:
        if name == "sip-etag":  # RFC 3903 4.1: whoever takes the PUBLISH makes it up
            lines.append("[last_SIP-ETag:]" if saved else "SIP-ETag: [pid]-[call_number]")
        elif name not in _ANSWER_FIELDS:
            lines.append(wording.text(line))
    return _with_body(lines, response, wording)


def _with_body(lines: Iterable[str], message: Message, wording: Wording) -> str:
    if not message.body:
        return "\n".join((*lines, "Content-Length: 0", "", ""))
    body = message.body.decode("utf-8").replace("\r\n", "\n")
    return "\n".join((*lines, "Content-Length: [len]", "", wording.text(body)))

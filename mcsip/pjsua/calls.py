"""Private calls: made, taken, changed and ended by PJSIP, with a tone as what is said.

The session descriptions are PJSIP's own; the info body stands beside them. PJSIP answers re-INVITEs
by itself, and does not follow redirections: it tells of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pjsua2 as pj

from mcsip.pjsua.engine import Account, Engine, add_fields, answer_in, guarded
from mcsip.pjsua.octets import NotPossibleError
from mcsip.pjsua.wire import pack

TONE_HZ = 440
"""What is said: a tone of this pitch."""
RATE_HZ = 8000
MAX_CALLS = 4
"""Most calls of a process, as PJSIP is built by default."""
_DIRECTIONS = {
    "inactive": pj.PJMEDIA_DIR_NONE,
    "sendonly": pj.PJMEDIA_DIR_ENCODING,
    "recvonly": pj.PJMEDIA_DIR_DECODING,
    "sendrecv": pj.PJMEDIA_DIR_ENCODING_DECODING,
}


@dataclass(frozen=True, slots=True)
class Inviting:
    """A call that is to be made.

    Attributes:
        uri: Request-URI, and what stands in To.
        fields: header fields beside those that PJSIP writes.
        content_type: media type of the info body.
        info: the info body, UTF-8.
    """

    uri: str
    fields: Sequence[tuple[str, str]]
    content_type: str
    info: str


class Call(pj.Call):
    """One call.

    Args:
        calls: where it belongs.
        name: what it is called in lines.
        account: whose it is.
        number: PJSIP's number of it, where it came in.
    """

    def __init__(self, calls: "Calls", name: str, account: Account, number: int = -1) -> None:
        super().__init__(account, number)
        self.calls = calls
        self.name = name
        self.tone: pj.ToneGenerator | None = None
        self.media: pj.AudioMedia | None = None

    def onCallState(self, prm: pj.OnCallStateParam) -> None:  # noqa: N802
        """Tell that it is established, or over."""
        with guarded(self.calls.emit):
            self._tell_state(prm.e)

    def _tell_state(self, event: pj.SipEvent) -> None:
        info = self.getInfo()
        state = {
            pj.PJSIP_INV_STATE_CONFIRMED: "established",
            pj.PJSIP_INV_STATE_DISCONNECTED: "ended",
        }.get(info.state)
        if state is None:
            return
        if state == "ended":
            self._tell_answer(event)  # the answer that ends it is told of here alone
            self.calls.gone(self)
        self.calls.emit(
            {"event": state, "call": self.name, "status": info.lastStatusCode}
            | {"reason": info.lastReason}
        )

    def onCallTsxState(self, prm: pj.OnCallTsxStateParam) -> None:  # noqa: N802
        """Tell of the final answer to an INVITE that we sent."""
        with guarded(self.calls.emit):
            self._tell_answer(prm.e)

    def _tell_answer(self, event: pj.SipEvent) -> None:
        if event.type != pj.PJSIP_EVENT_TSX_STATE:
            return
        state = event.body.tsxState
        ours = state.tsx.role == pj.PJSIP_ROLE_UAC and state.tsx.method == "INVITE"
        if ours and state.type == pj.PJSIP_EVENT_RX_MSG and state.tsx.statusCode >= 200:
            self.calls.emit({"event": "answered", "call": self.name, **answer_in(event)})

    def onCallMediaState(self, prm: pj.OnCallMediaStateParam) -> None:  # noqa: ARG002, N802
        """Say the tone where the stream is there."""
        with guarded(self.calls.emit):
            self._say_where_active()

    def _say_where_active(self) -> None:
        info = self.getInfo()  # held: the library's lists point into it
        for index, media in enumerate(info.media):
            active = media.status == pj.PJSUA_CALL_MEDIA_ACTIVE
            if media.type == pj.PJMEDIA_TYPE_AUDIO and active:
                self._say(self.getAudioMedia(index))

    def onCallRedirected(self, prm: pj.OnCallRedirectedParam) -> int:  # noqa: N802
        """Tell of a redirection, and do not follow: who drives this program decides that."""
        with guarded(self.calls.emit):
            self._tell_answer(prm.e)
        return pj.PJSIP_REDIRECT_STOP

    def _say(self, stream: pj.AudioMedia) -> None:
        if self.tone is None:
            tone = pj.ToneDesc()
            tone.freq1, tone.freq2, tone.on_msec, tone.off_msec = TONE_HZ, 0, 1000, 0
            tones = pj.ToneDescVector()
            tones.append(tone)
            self.tone = pj.ToneGenerator()
            self.tone.createToneGenerator(RATE_HZ, 1)
            self.tone.play(tones, True)  # noqa: FBT003  # SWIG takes no keywords
        self.tone.startTransmit(stream)
        self.media = stream


class Calls:
    """The calls of a program.

    Args:
        engine: the endpoint.
    """

    def __init__(self, engine: Engine) -> None:
        self.emit = engine.emit
        engine.on_invite = self._invited
        self._calls: dict[str, Call] = {}
        self._over: list[Call] = []
        self._arrived = 0

    def _invited(self, account: Account, number: int, octets: bytes) -> None:
        self._arrived += 1
        name = f"in-{self._arrived}"
        self._calls[name] = Call(self, name, account, number)
        self.emit({"event": "invited", "call": name, "octets": pack(octets)})

    def gone(self, call: Call) -> None:
        """Forget a call that is over; its object is kept, because PJSIP still knows it."""
        self._calls.pop(call.name, None)
        self._over.append(call)

    def _of(self, name: str) -> Call:
        call = self._calls.get(name)
        if call is None:
            raise NotPossibleError(f"there is no call {name}: it is over")
        return call

    def make(self, name: str, account: Account, inviting: Inviting) -> None:
        """Call; what comes of it is told under the name.

        Raises:
            NotPossibleError: there are as many as PJSIP can have.
        """
        if len(self._calls) >= MAX_CALLS:
            raise NotPossibleError(f"PJSIP has at most {MAX_CALLS} calls in a process")
        prm = _audio_only()
        add_fields(prm.txOption, inviting.fields)
        prm.txOption.multipartContentType.type = "multipart"
        prm.txOption.multipartContentType.subType = "mixed"
        part = pj.SipMultipartPart()
        kind, _, subtype = inviting.content_type.partition("/")
        part.contentType.type, part.contentType.subType = kind, subtype
        part.body = inviting.info
        prm.txOption.multipartParts.append(part)
        call = self._calls[name] = Call(self, name, account)
        try:
            call.makeCall(inviting.uri, prm)
        except pj.Error:
            self.gone(call)
            raise

    def answer(self, name: str, status: int) -> None:
        """Answer a call that came in."""
        prm = _audio_only()
        prm.statusCode = status
        self._of(name).answer(prm)

    def hang_up(self, name: str) -> None:
        """End a call: CANCEL, BYE or a refusal, as its state is."""
        self._of(name).hangup(pj.CallOpParam())

    def change(self, name: str, direction: str) -> None:
        """Offer another direction of the media, by re-INVITE."""
        prm = _audio_only()
        prm.opt.mediaDir.clear()
        prm.opt.mediaDir.append(_DIRECTIONS[direction])
        self._of(name).reinvite(prm)

    def counts(self, name: str) -> Mapping[str, object]:
        """Return how many RTP packets were sent and received, by PJSIP's own account."""
        call = self._calls.get(name)
        if call is None or call.media is None:
            return {"sent": 0, "received": 0, "lost": 0}
        stream = call.getStreamStat(0)  # held, as above
        rtcp = stream.rtcp
        return {"sent": rtcp.txStat.pkt, "received": rtcp.rxStat.pkt, "lost": rtcp.rxStat.loss}


def _audio_only() -> pj.CallOpParam:
    """Return parameters of a call with one stream of audio, and nothing else."""
    prm = pj.CallOpParam(True)  # noqa: FBT003  # SWIG takes no keywords
    prm.opt.audioCount, prm.opt.videoCount = 1, 0
    return prm

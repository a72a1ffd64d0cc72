# Types of what mcsip.pjsua uses of the wheel pjsua2-python, which has none of its own.
from collections.abc import Iterator, MutableSequence
from typing import Generic, SupportsInt, TypeVar

_T = TypeVar("_T")

PJSIP_TRANSPORT_UDP: int
PJSIP_TRANSPORT_TCP: int
PJSIP_TRANSPORT_TLS: int
PJSIP_EVENT_RX_MSG: int
PJSIP_EVENT_TSX_STATE: int
PJSIP_EVENT_TIMER: int
PJSIP_ROLE_UAC: int
PJSIP_INV_STATE_CONFIRMED: int
PJSIP_INV_STATE_DISCONNECTED: int
PJSIP_REDIRECT_STOP: int
PJSUA_DESTROY_NO_TX_MSG: int
PJSUA_CALL_MEDIA_ACTIVE: int
PJMEDIA_TYPE_AUDIO: int
PJMEDIA_DIR_NONE: int
PJMEDIA_DIR_ENCODING: int
PJMEDIA_DIR_DECODING: int
PJMEDIA_DIR_ENCODING_DECODING: int
PJ_SSL_SOCK_PROTO_TLS1_2: int

class Error(Exception):
    reason: str
    def info(self) -> str: ...

class _Vector(Generic[_T]):
    def append(self, value: _T) -> None: ...
    def push_back(self, value: _T) -> None: ...
    def clear(self) -> None: ...
    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[_T]: ...
    def __getitem__(self, index: int) -> _T: ...

class UaConfig:
    threadCnt: int
    mainThreadOnly: bool
    maxCalls: int
    userAgent: str

class LogConfig:
    level: int
    consoleLevel: int
    msgLogging: int
    filename: str

class MediaConfig:
    noVad: bool
    clockRate: int
    sndClockRate: int

class EpConfig:
    uaConfig: UaConfig
    logConfig: LogConfig
    medConfig: MediaConfig

class TlsConfig:
    CaListFile: str
    certFile: str
    privKeyFile: str
    proto: int
    verifyServer: bool
    verifyClient: bool

class TransportConfig:
    port: int
    boundAddress: str
    publicAddress: str
    tlsConfig: TlsConfig

class TransportInfo:
    localName: str
    localAddress: str

class CodecInfo:
    codecId: str
    priority: int

class AudioMedia:
    def startTransmit(self, sink: AudioMedia) -> None: ...

class ToneDesc:
    freq1: int
    freq2: int
    on_msec: int
    off_msec: int
    volume: int

class ToneDescVector(_Vector[ToneDesc]): ...

class ToneGenerator(AudioMedia):
    def createToneGenerator(self, clock_rate: int = ..., channel_count: int = ...) -> None: ...
    def play(self, tones: ToneDescVector, loop: bool = ...) -> None: ...

class AudDevManager:
    def setNullDev(self) -> None: ...

class Endpoint:
    def libCreate(self) -> None: ...
    def libInit(self, config: EpConfig) -> None: ...
    def libStart(self) -> None: ...
    def libDestroy(self, flags: int = ...) -> None: ...
    def libHandleEvents(self, timeout_ms: int) -> int: ...
    def transportCreate(self, kind: int, config: TransportConfig) -> int: ...
    def transportGetInfo(self, transport: int) -> TransportInfo: ...
    def audDevManager(self) -> AudDevManager: ...
    def codecEnum2(self) -> _Vector[CodecInfo]: ...
    def codecSetPriority(self, codec: str, priority: int) -> None: ...

class SipHeader:
    this: SupportsInt
    hName: str
    hValue: str

class SipMediaType:
    type: str
    subType: str

class SipMultipartPart:
    contentType: SipMediaType
    body: str

class SipTxOption:
    this: SupportsInt
    targetUri: str
    headers: _Vector[SipHeader]
    contentType: str
    msgBody: str
    multipartContentType: SipMediaType
    multipartParts: _Vector[SipMultipartPart]

class SipRxData:
    info: str
    wholeMsg: str
    srcAddress: str

class SipTransaction:
    role: int
    method: str
    statusCode: int
    statusText: str

class _EventSource:
    rdata: SipRxData

class TsxStateEvent:
    src: _EventSource
    tsx: SipTransaction
    type: int

class _EventBody:
    tsxState: TsxStateEvent

class SipEvent:
    type: int
    body: _EventBody

class SendRequestParam:
    method: str
    txOption: SipTxOption
    userData: object

class OnSendRequestParam:
    userData: SupportsInt
    e: SipEvent

class OnRegStateParam:
    status: int
    code: int
    reason: str
    rdata: SipRxData
    expiration: int

class OnInstantMessageParam:
    rdata: SipRxData

class OnIncomingCallParam:
    callId: int
    rdata: SipRxData

class AccountRegConfig:
    registrarUri: str
    registerOnAdd: bool
    timeoutSec: int
    retryIntervalSec: int
    firstRetryIntervalSec: int
    proxyUse: int

class AccountSipConfig:
    proxies: MutableSequence[str]

class AccountNatConfig:
    contactRewriteUse: int
    viaRewriteUse: int
    sdpNatRewriteUse: int
    sipOutboundUse: int
    contactUseSrcPort: int
    udpKaIntervalSec: int

class AccountMediaConfig:
    lockCodecEnabled: bool
    transportConfig: TransportConfig

class AccountConfig:
    idUri: str
    regConfig: AccountRegConfig
    sipConfig: AccountSipConfig
    natConfig: AccountNatConfig
    mediaConfig: AccountMediaConfig

class Account:
    def create(self, config: AccountConfig, make_default: bool = ...) -> None: ...
    def setRegistration(self, renew: bool) -> None: ...
    def sendRequest(self, prm: SendRequestParam) -> None: ...
    def onSendRequest(self, prm: OnSendRequestParam) -> None: ...
    def onRegState(self, prm: OnRegStateParam) -> None: ...
    def onInstantMessage(self, prm: OnInstantMessageParam) -> None: ...
    def onIncomingCall(self, prm: OnIncomingCallParam) -> None: ...

class CallSetting:
    audioCount: int
    videoCount: int
    mediaDir: _Vector[int]

class CallOpParam:
    opt: CallSetting
    statusCode: int
    reason: str
    txOption: SipTxOption
    def __init__(self, use_default: bool = ...) -> None: ...

class CallMediaInfo:
    type: int
    status: int
    dir: int

class CallInfo:
    state: int
    lastStatusCode: int
    lastReason: str
    media: _Vector[CallMediaInfo]

class RtcpStreamStat:
    pkt: int
    bytes: int
    loss: int
    discard: int
    reorder: int
    dup: int

class RtcpStat:
    rxStat: RtcpStreamStat
    txStat: RtcpStreamStat

class StreamStat:
    rtcp: RtcpStat

class OnCallStateParam:
    e: SipEvent

class OnCallTsxStateParam:
    e: SipEvent

class OnCallMediaStateParam: ...

class OnCallRedirectedParam:
    e: SipEvent

class Call:
    def __init__(self, account: Account, call_id: int = ...) -> None: ...
    def getInfo(self) -> CallInfo: ...
    def makeCall(self, uri: str, prm: CallOpParam) -> None: ...
    def answer(self, prm: CallOpParam) -> None: ...
    def hangup(self, prm: CallOpParam) -> None: ...
    def reinvite(self, prm: CallOpParam) -> None: ...
    def getAudioMedia(self, index: int) -> AudioMedia: ...
    def getStreamStat(self, index: int) -> StreamStat: ...
    def onCallState(self, prm: OnCallStateParam) -> None: ...
    def onCallTsxState(self, prm: OnCallTsxStateParam) -> None: ...
    def onCallMediaState(self, prm: OnCallMediaStateParam) -> None: ...
    def onCallRedirected(self, prm: OnCallRedirectedParam) -> int: ...

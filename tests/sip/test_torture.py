"""The 49 messages of RFC 4475: what it says must happen with each of them.

Each test is named by the message's file, stands under its section, and says in its docstring what
RFC 4475 asks for. Requests go the whole way: parser, stack, the checks of a server; the answer is
what the stack would send.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from mcsip.mc.multipart import parse_multipart
from mcsip.nodes.registrar import Registrar
from mcsip.sip.build import build_request, build_response
from mcsip.sip.errors import ParseError
from mcsip.sip.message import Request, Response
from mcsip.sip.params import unquote
from mcsip.sip.parse import Malformed, StreamFramer, parse_datagram
from mcsip.sip.proxy.policy import ProxyPolicy
from mcsip.sip.proxy.validate import check_request as check_as_proxy
from mcsip.sip.stack import ClientTransaction, Core, ServerTransaction, Source, Stack, Target
from mcsip.sip.uas import Capabilities, accepts, check_request
from mcsip.sip.uri import SipUri, unescape

CAPABILITIES = Capabilities(
    methods=frozenset({"INVITE", "MESSAGE", "OPTIONS", "REGISTER"}),
    content_types=frozenset({"application/sdp", "multipart/mixed"}),
)
POLICY = ProxyPolicy(
    own=frozenset({("proxy.example.com", 5060)}), route_uri="sip:proxy.example.com;lr"
)
SOURCE = Source("UDP", "192.0.2.254", 5060, None)
NOW = 0.0


class _Ids:
    """Ids of letters only, in order."""

    def __init__(self) -> None:
        self._count = 0

    def token(self) -> str:
        self._count += 1
        return "".join(chr(97 + int(digit)) for digit in f"{self._count:04d}")


class Ua(Core):
    """A user agent that answers 200 to whatever a server has nothing against."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.stray: list[Response] = []
        self.responses: list[Response] = []
        sent_by = dict.fromkeys(("UDP", "TCP", "TLS"), ("ua.example.com", 5060))
        self.stack = Stack(self, _Ids(), sent_by)

    def on_request(self, transaction: ServerTransaction, request: Request) -> None:
        self.requests.append(request)
        answer = check_request(request, CAPABILITIES, "tag")
        self.stack.respond(transaction, answer or build_response(request, 200, to_tag="tag"), NOW)

    def on_ack(self, request: Request) -> None: ...
    def on_cancel(self, transaction: ServerTransaction, request: Request) -> None: ...
    def on_server_failure(self, transaction: ServerTransaction, reason: str) -> None: ...
    def on_timeout(self, transaction: ClientTransaction) -> None: ...
    def on_transport_error(self, transaction: ClientTransaction, reason: str) -> None: ...

    def on_stray_response(self, response: Response) -> None:
        self.stray.append(response)

    def on_response(self, transaction: ClientTransaction, response: Response) -> None:
        self.responses.append(response)

    def take(self, data: bytes) -> list[bytes]:
        """Let a datagram arrive; return what is sent."""
        self.stack.receive(parse_datagram(data), SOURCE, NOW)
        return [packet.data for packet in self.stack.take_packets()]

    def answer(self, data: bytes) -> Response:
        """Let a request arrive; return its one answer, and let it arrive again: it is absorbed."""
        (octets,) = self.take(data)
        handled = len(self.requests)
        assert self.take(data) in ([octets], [])
        assert len(self.requests) == handled
        answer = parse_datagram(octets)
        assert isinstance(answer, Response)
        return answer


Load = Callable[[str], bytes]


@pytest.fixture
def load(shared: Path) -> Load:
    """Return the octets of a message by name."""
    return lambda name: (shared / "torture" / f"{name}.dat").read_bytes()


@pytest.fixture
def ua() -> Ua:
    return Ua()


def request(data: bytes) -> Request:
    message = parse_datagram(data)
    assert isinstance(message, Request), message
    return message


def response(data: bytes) -> Response:
    message = parse_datagram(data)
    assert isinstance(message, Response), message
    return message


def forwarded(data: bytes) -> bytes:
    """Return the octets of a copy that somebody changed."""
    draft = request(data).edit()
    draft.set("Max-Forwards", "1")
    return draft.finish().octets()


def register(data: bytes) -> Response:
    """Return a registrar's answer."""
    return Registrar("example.com").handle_register(request(data), SOURCE, NOW, "tag")


def test_every_message_has_its_test(shared: Path) -> None:
    names = {path.stem for path in (shared / "torture").glob("*.dat")}
    assert len(names) == 49
    assert {f"test_{name}" for name in names} <= set(globals())


# 3.1.1 Valid messages


def test_wsinv(load: Load, ua: Ua) -> None:
    """3.1.1.1: white space, folding, compact forms, any case, escapes: a valid INVITE."""
    message = request(load("wsinv"))
    assert message.uri == "sip:vivekg@chair-dnrc.example.com;unknownparam"
    assert (str(message.to.uri), message.to.tag) == (
        "sip:vivekg@chair-dnrc.example.com",
        "1918181833n",
    )
    assert (message.from_.name, message.from_.tag) == ('J Rosenberg \\"', "98asjd8")
    assert (message.max_forwards, message.content_length) == (68, 150)
    assert (message.cseq.number, message.cseq.method) == (9, "INVITE")
    assert [str(via) for via in message.vias] == [
        "SIP/2.0/UDP 192.0.2.2;branch=390skdjuw",
        "SIP/2.0/TCP spindle.example.com;branch=z9hG4bK9ikj8",
        "SIP/2.0/UDP 192.168.255.111;branch=z9hG4bK30239",
    ]
    assert message.first("subject") == ""
    assert message.first("newfangledheader") == "newfangled value continued newfangled value"
    assert message.first("unknownheaderwithunusualvalue") == ";;,,;;,;"
    (route,) = message.routes
    assert isinstance(route.uri, SipUri)
    assert route.uri.is_loose
    (contact,) = message.contacts
    assert contact.name == 'Quoted string ""'
    assert contact.params == (("newparam", "newvalue"), ("secondparam", None), ("q", "0.33"))
    assert len(message.body) == 150
    assert ua.answer(load("wsinv")).status == 200


def test_intmeth(load: Load, ua: Ua) -> None:
    """3.1.1.2: the widest range of characters; an endpoint does not know the method: 501."""
    message = request(load("intmeth"))
    assert message.method == message.cseq.method == "!interesting-Method0123456789_*+`.%indeed'~"
    assert isinstance(message.target, SipUri)
    assert message.target.user == "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*"
    assert message.target.password == "&it+has=1,weird!*pas$wo~d_too.(doesn't-it)"
    assert message.via.branch == "z9hG4bK-.!%66*_+`'~"
    assert message.to.name == "BEL:\x07 NUL:\x00 DEL:\x7f"
    assert message.from_.display == "token1~` token2'+_ token3*%!.-"
    assert unquote(message.from_.param("fromparam''~+*_!.-%") or "") == "работающий"
    assert message.from_.tag == "_token~1'+`*%!-."
    assert message.call_id == "intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{"
    assert message.first("extensionheader-!.%*+_`'~") == "\ufeff大停電"
    assert ua.answer(load("intmeth")).status == 501


def test_esc01(load: Load, ua: Ua) -> None:
    """3.1.1.3: escapes are not taken away before a URI is taken apart."""
    message = request(load("esc01"))
    assert isinstance(message.target, SipUri)
    assert message.target.host == "example.net"
    assert unescape(message.target.user or "") == "sips:user@example.com"
    assert isinstance(message.to.uri, SipUri)
    assert unescape(message.to.uri.user or "") == "user"
    (contact,) = message.contacts
    assert isinstance(contact.uri, SipUri)
    assert unescape(contact.uri.user or "") == "caller"
    assert [(unescape(n), unescape(v or "")) for n, v in contact.uri.params] == [
        ("lr", ""),
        ("name", "value%41"),
    ]
    assert ua.answer(load("esc01")).status == 200


def test_escnull(load: Load, ua: Ua) -> None:
    """3.1.1.4: escaped nulls are part of the user and do not end it; two different contacts."""
    message = request(load("escnull"))
    assert isinstance(message.to.uri, SipUri)
    assert unescape(message.to.uri.user or "") == "null-\x00-null"
    answer = register(load("escnull"))
    assert answer.status == 200
    assert sorted(str(contact.uri) for contact in answer.contacts) == [
        "sip:%00%00@host5.example.com",
        "sip:%00@host5.example.com",
    ]
    assert ua.answer(load("escnull")).status == 200


def test_esc02(load: Load, ua: Ua) -> None:
    """3.1.1.5: elsewhere a percent sign is no escape: an unknown method (501), another field."""
    message = request(load("esc02"))
    assert message.method == message.cseq.method == "RE%47IST%45R"
    assert message.to.name == "%Z%45"
    assert message.via.branch == "z9hG4bK209%fzsnel234"
    assert len(message.contacts) == 2
    assert message.first("c%6fntact") == "<sip:alias2@host2.example.com>"
    assert ua.answer(load("esc02")).status == 501


def test_lwsdisp(load: Load, ua: Ua) -> None:
    """3.1.1.6: no white space between display name and angle bracket."""
    message = request(load("lwsdisp"))
    assert (message.from_.name, str(message.from_.uri)) == ("caller", "sip:caller@example.com")
    assert ua.answer(load("lwsdisp")).status == 200


def test_longreq(load: Load, ua: Ua) -> None:
    """3.1.1.7: long values and 34 Vias are no reason to refuse."""
    message = request(load("longreq"))
    assert len(message.vias) == 34
    assert {via.transport for via in message.vias} == {"TCP"}
    assert message.vias[-1].received == "192.0.2.5"
    assert message.to.name.startswith("I have a user name of extreme")
    assert len(message.from_.tag or "") > 100
    assert ua.answer(load("longreq")).status == 200
    assert forwarded(load("longreq")).count(b"sip12.example.com") == 1


def test_dblreq(load: Load, ua: Ua) -> None:
    """3.1.1.8: what follows the body in a datagram is ignored and not forwarded."""
    message = request(load("dblreq"))
    assert (message.method, message.body) == ("REGISTER", b"")
    assert b"INVITE" not in message.octets()
    assert b"INVITE" not in forwarded(load("dblreq"))
    assert ua.answer(load("dblreq")).cseq.method == "REGISTER"
    assert [request.method for request in ua.requests] == ["REGISTER"]


def test_semiuri(load: Load, ua: Ua) -> None:
    """3.1.1.9: the semicolon is part of the user, not the beginning of a parameter."""
    message = request(load("semiuri"))
    assert isinstance(message.target, SipUri)
    assert unescape(message.target.user or "") == "user;par=u@example.net"
    assert message.target.params == ()
    assert len(message.items("accept")) == 6
    assert ua.answer(load("semiuri")).status == 200


def test_transports(load: Load, ua: Ua) -> None:
    """3.1.1.10: any transport may stand in a Via."""
    message = request(load("transports"))
    assert [via.transport for via in message.vias] == ["UDP", "SCTP", "TLS", "UNKNOWN", "TCP"]
    answer = ua.answer(load("transports"))
    assert answer.status == 200
    assert [via.transport for via in answer.vias] == ["UDP", "SCTP", "TLS", "UNKNOWN", "TCP"]


def test_mpart01(load: Load, ua: Ua) -> None:
    """3.1.1.11: a multipart body with binary octets."""
    message = request(load("mpart01"))
    assert len(message.body) == message.content_length == 553
    first, second = parse_multipart(message.first("content-type") or "", message.body)
    assert (first.content_type, first.body) == ("text/plain", b"Hello")
    assert second.content_type == "application/octet-stream"
    assert second.body[:4] == b"0\x82\x01\x52"
    assert ua.answer(load("mpart01")).status == 200


def test_unreason(load: Load) -> None:
    """3.1.1.12: a reason phrase of other characters than ASCII."""
    message = response(load("unreason"))
    assert message.status == 200
    assert message.reason == "= 2**3 * 5**2 но сто девяносто девять - простое"
    assert message.edit().finish().octets() == message.octets()


def test_noreason(load: Load) -> None:
    """3.1.1.13: an empty reason phrase."""
    message = response(load("noreason"))
    assert (message.status, message.reason) == (100, "")
    assert message.edit().finish().octets() == load("noreason")


# 3.1.2 Invalid messages


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("badinv01", "malformed Via: ''"),
        ("quotbal", "quoted string that does not end: '\"Mr. J. User <sip:j.user@example.com>'"),
    ],
)
def test_reason_names_the_fault(load: Load, ua: Ua, name: str, reason: str) -> None:
    """3.1.2.1, 3.1.2.6, with RFC 3261 21.4.1: the reason phrase says what is wrong."""
    assert ua.answer(load(name)).reason == reason


def test_badinv01(load: Load, ua: Ua) -> None:
    """3.1.2.1: separators without values in Via and Contact: 400."""
    assert ua.answer(load("badinv01")).status == 400


def test_clerr(load: Load, ua: Ua) -> None:
    """3.1.2.2: Content-Length beyond the end of the datagram: 400; a stream waits for more."""
    assert ua.answer(load("clerr")).status == 400
    assert ua.requests == []
    framer = StreamFramer()
    assert framer.feed(load("clerr")) == []
    assert framer.incomplete


def test_ncl(load: Load, ua: Ua) -> None:
    """3.1.2.3: negative Content-Length: an error; a stream is at its end."""
    assert ua.answer(load("ncl")).status == 400
    framer = StreamFramer()
    framer.feed(load("ncl"))
    assert framer.broken


def test_scalar02(load: Load, ua: Ua) -> None:
    """3.1.2.4: numbers beyond their range in a request: 400, for the CSeq."""
    answer = ua.answer(load("scalar02"))
    assert answer.status == 400
    assert answer.first("cseq") == "36893488147419103232 REGISTER"


def test_scalarlg(load: Load, ua: Ua) -> None:
    """3.1.2.5: numbers beyond their range in a response: it is discarded."""
    message = response(load("scalarlg"))
    with pytest.raises(ParseError):
        _ = message.cseq
    assert ua.take(load("scalarlg")) == []
    assert ua.responses == []


def test_scalarlg_that_matches_a_transaction(load: Load, ua: Ua) -> None:
    """3.1.2.5: the same response to a request that was sent is discarded, too."""
    message = response(load("scalarlg"))
    sent = build_request(
        "OPTIONS", "sip:a@b", from_="<sip:a@b>;tag=x", to="<sip:a@b>", call_id="c", cseq=1
    )
    ua.stack.send_request(sent, Target("UDP", "192.0.2.1", 5060), ua, NOW)
    (packet,) = ua.stack.take_packets()
    draft = message.edit()
    draft.set("Via", str(request(packet.data).via))
    ua.take(draft.finish().octets())
    assert ua.responses == []


def test_quotbal(load: Load, ua: Ua) -> None:
    """3.1.2.6: a quote that does not end: 400."""
    assert ua.answer(load("quotbal")).status == 400


def test_ltgtruri(load: Load, ua: Ua) -> None:
    """3.1.2.7: angle brackets round the Request-URI: 400 is always reasonable."""
    assert ua.answer(load("ltgtruri")).status == 400


def test_lwsruri(load: Load, ua: Ua) -> None:
    """3.1.2.8: white space within the Request-URI: 400."""
    assert ua.answer(load("lwsruri")).status == 400


def test_lwsstart(load: Load, ua: Ua) -> None:
    """3.1.2.9: several spaces in the request line may be ignored, and are not forwarded."""
    assert ua.answer(load("lwsstart")).status == 200
    assert forwarded(load("lwsstart")).startswith(b"INVITE sip:user@example.com SIP/2.0\r\n")


def test_trws(load: Load, ua: Ua) -> None:
    """3.1.2.10: spaces after the request line may be ignored, and are not forwarded."""
    assert ua.answer(load("trws")).status == 200
    assert forwarded(load("trws")).startswith(b"OPTIONS sip:remote-target@example.com SIP/2.0\r\n")


def test_escruri(load: Load, ua: Ua) -> None:
    """3.1.2.11: header fields in the Request-URI: 400 is acceptable."""
    answer = ua.answer(load("escruri"))
    assert (answer.status, answer.reason) == (400, "Request-URI with header fields")


def test_baddate(load: Load, ua: Ua) -> None:
    """3.1.2.12: a Date of another zone is ignored by whom it does not concern."""
    assert ua.answer(load("baddate")).status == 200
    assert request(load("baddate")).first("date") == "Fri, 01 Jan 2010 16:00:00 EST"


def test_regbadct(load: Load, ua: Ua) -> None:
    """3.1.2.13: a URI with a question mark without angle brackets: 400."""
    assert ua.answer(load("regbadct")).status == 400
    assert register(load("regbadct")).status == 400


def test_badaspec(load: Load, ua: Ua) -> None:
    """3.1.2.14: white space within the angle brackets may be ignored."""
    message = request(load("badaspec"))
    assert str(message.to) == '"Watson, Thomas" <sip:t.watson@example.org>'
    assert ua.answer(load("badaspec")).status == 200


def test_baddn(load: Load, ua: Ua) -> None:
    """3.1.2.15: a display name that needs quotes and has none: 400 is always reasonable."""
    assert ua.answer(load("baddn")).status == 400


def test_badvers(load: Load, ua: Ua) -> None:
    """3.1.2.16: an unknown version: 505."""
    assert ua.answer(load("badvers")).status == 505
    answer = check_request(request(load("badvers")), CAPABILITIES)
    assert answer is not None
    assert answer.status == 505


def test_mismatch01(load: Load, ua: Ua) -> None:
    """3.1.2.17: the method of the start line is not that of the CSeq: 400."""
    assert ua.answer(load("mismatch01")).status == 400


def test_mismatch02(load: Load, ua: Ua) -> None:
    """3.1.2.18: an unknown method that is not that of the CSeq: 501 is better than 400."""
    assert ua.answer(load("mismatch02")).status == 501


def test_bigcode(load: Load, ua: Ua) -> None:
    """3.1.2.19: a status code beyond 699: dropped."""
    assert isinstance(parse_datagram(load("bigcode")), Malformed)
    assert ua.take(load("bigcode")) == []
    assert ua.stray == []


# 3.2 Transaction layer semantics


def test_badbranch(load: Load, ua: Ua) -> None:
    """3.2.1: the cookie alone is no identifier: matched as RFC 2543 does."""
    assert request(load("badbranch")).via.branch == "z9hG4bK"
    assert ua.answer(load("badbranch")).status == 200
    assert ua.answer(load("badbranch").replace(b"Call-ID: ", b"Call-ID: other")).status == 200
    assert len(ua.requests) == 2


# 3.3 Application layer semantics


def test_insuf(load: Load, ua: Ua) -> None:
    """3.3.1: Call-ID, From and To are missing: ideally 400."""
    answer = ua.answer(load("insuf"))
    assert (answer.status, answer.reason) == (400, "From is missing")
    assert answer.first("to") is None


def test_unkscm(load: Load, ua: Ua) -> None:
    """3.3.2: a Request-URI of an unknown scheme: 416, by proxies too."""
    assert ua.answer(load("unkscm")).status == 416
    fault = check_as_proxy(request(load("unkscm")), POLICY, lambda branch: None)
    assert fault is not None
    assert fault.status == 416


def test_novelsc(load: Load, ua: Ua) -> None:
    """3.3.3: a scheme that is known elsewhere: 416 where it never means anything."""
    assert str(request(load("novelsc")).target) == "soap.beep://192.0.2.103:3002"
    assert ua.answer(load("novelsc")).status == 416


def test_unksm2(load: Load, ua: Ua) -> None:
    """3.3.4: other schemes in To, From and Contact are read; a registrar refuses the To: 400."""
    message = request(load("unksm2"))
    assert [message.to.uri.scheme, message.from_.uri.scheme] == ["isbn", "http"]
    assert [contact.uri.scheme for contact in message.contacts] == ["name"]
    assert ua.answer(load("unksm2")).status == 200
    assert check_as_proxy(message, POLICY, lambda branch: None) is None
    assert 400 <= register(load("unksm2")).status < 500


def test_unksm2_status_of_the_registrar(load: Load) -> None:
    """3.3.4: the registrar's answer is 400."""
    assert register(load("unksm2")).status == 400


def test_bext01(load: Load, ua: Ua) -> None:
    """3.3.5: unknown extensions: 420, with those of Require or of Proxy-Require."""
    answer = ua.answer(load("bext01"))
    assert answer.status == 420
    assert answer.items("unsupported") == ["nothingSupportsThis", "nothingSupportsThisEither"]
    fault = check_as_proxy(request(load("bext01")), POLICY, lambda branch: None)
    assert fault is not None
    assert fault.status == 420
    assert fault.fields == (("Unsupported", "noProxiesSupportThis, norDoAnyProxiesSupportThis"),)


def test_invut(load: Load, ua: Ua) -> None:
    """3.3.6: a body of an unknown type: 415 with Accept; nothing to a proxy."""
    answer = ua.answer(load("invut"))
    assert answer.status == 415
    assert answer.items("accept") == ["application/sdp", "multipart/mixed"]
    assert check_as_proxy(request(load("invut")), POLICY, lambda branch: None) is None


def test_regaut01(load: Load) -> None:
    """3.3.7: an unknown scheme of Authorization is passed on, or ignored where nobody asks."""
    assert b"Authorization: NoOneKnowsThisScheme opaque-data=here\r\n" in forwarded(
        load("regaut01")
    )
    assert register(load("regaut01")).status == 200
    able = Capabilities(methods=frozenset({"MESSAGE"}))
    answer = check_request(request(load("regaut01")), able)
    assert answer is not None
    assert (answer.status, answer.first("allow")) == (405, "MESSAGE")


def test_multi01(load: Load, ua: Ua) -> None:
    """3.3.8: fields that may stand once stand twice: 400."""
    answer = ua.answer(load("multi01"))
    assert (answer.status, answer.reason) == (400, "CSeq stands more than once")


def test_mcl01(load: Load, ua: Ua) -> None:
    """3.3.9: two different Content-Lengths: 400 and the rest discarded; a stream is closed."""
    assert ua.answer(load("mcl01")).status == 400
    framer = StreamFramer()
    (fault,) = framer.feed(load("mcl01"))
    assert isinstance(fault, Malformed)
    assert framer.broken


def test_bcast(load: Load, ua: Ua) -> None:
    """3.3.10: a response with a broadcast address in its second Via goes nowhere."""
    assert [via.host for via in response(load("bcast")).vias] == ["192.0.2.198", "255.255.255.255"]
    assert ua.take(load("bcast")) == []
    assert ua.responses == []


def test_zeromf(load: Load, ua: Ua) -> None:
    """3.3.11: Max-Forwards 0 is nothing to an endpoint; a proxy does not forward it: 483.

    OPTIONS the proxy may answer itself instead (RFC 3261 16.3 item 3).
    """
    assert ua.answer(load("zeromf")).status == 200
    fault = check_as_proxy(request(load("zeromf")), POLICY, lambda branch: None)
    assert fault is not None
    assert fault.status in {200, 483}
    message = request(load("zeromf").replace(b"OPTIONS", b"MESSAGE"))
    fault = check_as_proxy(message, POLICY, lambda branch: None)
    assert fault is not None
    assert fault.status == 483


def test_cparam01(load: Load) -> None:
    """3.3.12: without angle brackets the parameter belongs to the Contact, not to the URI."""
    (contact,) = request(load("cparam01")).contacts
    assert contact.params == (("unknownparam", None),)
    answer = register(load("cparam01"))
    assert answer.status == 200
    assert [str(c.uri) for c in answer.contacts] == ["sip:+19725552222@gw1.example.net"]


def test_cparam02(load: Load) -> None:
    """3.3.13: with angle brackets it belongs to the URI, and comes back with it."""
    answer = register(load("cparam02"))
    assert answer.status == 200
    assert [str(c.uri) for c in answer.contacts] == [
        "sip:+19725552222@gw1.example.net;unknownparam"
    ]


def test_regescrt(load: Load) -> None:
    """3.3.14: a header field in the Contact URI is registered, and comes back with it."""
    answer = register(load("regescrt"))
    assert answer.status == 200
    assert [str(contact.uri) for contact in answer.contacts] == [
        "sip:user@example.com?Route=%3Csip:sip.example.com%3E"
    ]


def test_sdp01(load: Load, ua: Ua) -> None:
    """3.3.15: the peer accepts no type that we can answer with: 406 by whom needs a body."""
    message = request(load("sdp01"))
    assert not accepts(message, "application/sdp")
    assert accepts(message, "text/nobodyknowsthis")
    assert ua.answer(load("sdp01")).body == b""


# 3.4 Backward compatibility


def test_inv2543(load: Load, ua: Ua) -> None:
    """3.4.1: an INVITE of RFC 2543, without branch, tag, Max-Forwards, Content-Length: accepted."""
    message = request(load("inv2543"))
    assert (message.via.branch, message.from_.tag, message.max_forwards) == (None, None, None)
    assert len(message.body) == 105
    assert ua.answer(load("inv2543")).status == 200

"""What proves the rules about what an info body may carry on which hop, for each service."""

from collections.abc import Callable

from mcsip.mc.messages import DEAUTHORIZATION, REQUEST, RESPONSE
from mcsip.mc.services import Service
from mcsip.trace import Trace
from tests.conformance.mc_traces import PARTNER_ID, Case, Cases, carried, hop, info
from tests.conformance.rfc3261.wire import answered, response

_BETWEEN = ("gateway", "away")


def _between(service: Service, octets: bytes) -> bytes:
    return carried(service, octets, "gateway")


def _token(service: Service) -> Case:
    def asked(octets: bytes, status: str) -> Callable[[], Trace]:
        data = carried(service, octets)
        return lambda: answered(data, response(data, status))

    bare = info(service, client=False)
    return Case(asked(bare, "403 Forbidden"), asked(bare, "200 OK"), "no such element", "<req-type")


def _token_ends(service: Service) -> Case:
    good, bad = info(service, client=False), info(service, client=True, client_id=None)
    return Case(
        lambda: hop(_between(service, good), *_BETWEEN),
        lambda: hop(_between(service, bad), *_BETWEEN),
        f"{service.access_token}, sent on",
        f"<{service.access_token}",
    )


def _travels(service: Service) -> Case:
    octets = info(service, DEAUTHORIZATION)
    return Case(
        lambda: hop(_between(service, octets), *_BETWEEN),
        lambda: hop(carried(service, octets, "core"), "core", "ue"),
        "on a client hop",
        "<req-type",
    )


def _belongs(service: Service) -> Case:
    good, bad = info(service, DEAUTHORIZATION), info(service, DEAUTHORIZATION, success=True)
    return Case(
        lambda: hop(_between(service, good), *_BETWEEN),
        lambda: hop(_between(service, bad), *_BETWEEN),
        "migration-auth-result",
        "<migration-auth-result",
    )


def _partner_named(service: Service) -> Case:
    good = info(service, RESPONSE, partner_id=None, partner_system="home.example")
    bad = info(service, RESPONSE, partner_id=None)
    return Case(
        lambda: hop(_between(service, good), *_BETWEEN),
        lambda: hop(_between(service, bad), *_BETWEEN),
        "neither of them",
        "<resp-type",
    )


def _issuer(service: Service) -> Case:
    good = info(service, REQUEST, client=False)
    bad = info(service, REQUEST, client=False, partner_id="sip:visitor@elsewhere.example")
    assert PARTNER_ID.encode() in good
    return Case(
        lambda: hop(_between(service, good), *_BETWEEN),
        lambda: hop(_between(service, bad), *_BETWEEN),
        "of elsewhere.example",
        f"<{service.partner_id}",
    )


CASES: Cases = {
    "token": _token,
    "token-ends": _token_ends,
    "travels": _travels,
    "belongs": _belongs,
    "partner-named": _partner_named,
    "issuer": _issuer,
}

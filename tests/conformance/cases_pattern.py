"""What proves the rules about the MESSAGE of an MC service, for each service."""

from mcsip.mc.services import MCPTT, MCVIDEO, Service
from tests.conformance.mc_traces import PARTNER_ID, Case, Cases, carried, hop, info
from tests.conformance.rfc3261.wire import Changes


def _changed(
    service: Service,
    changes: Changes,
    actual: str,
    marked: str | None,
    *,
    sender: str = "ue",
    uri: str = "sip:server@home.example",
) -> Case:
    """Return the case in which fields of a good request are others."""
    octets = info(service, client=sender == "ue")
    receiver = "core" if sender == "ue" else "away"
    return Case(
        lambda: hop(carried(service, octets, sender), sender, receiver),
        lambda: hop(carried(service, octets, sender, changes, uri=uri), sender, receiver),
        actual,
        marked,
    )


def _other(service: Service) -> Service:
    return MCVIDEO if service is MCPTT else MCPTT


def _preferred_service(service: Service) -> Case:
    said = _other(service).icsi
    field = f"P-Preferred-Service: {said}"
    return _changed(service, {"P-Preferred-Service": said}, said, field)


def _accept_contact(service: Service) -> Case:
    tag, icsi = service.accept_contact
    bare = tag.replace(";explicit", "")
    both = f"{bare}, {icsi}"
    actual = "require and explicit are missing"
    return _changed(service, {"Accept-Contact": both}, actual, f"Accept-Contact: {bare}")


def _separate(service: Service) -> Case:
    both = ", ".join(service.accept_contact)
    return _changed(service, {"Accept-Contact": both}, "a list", "Accept-Contact: *;")


def _multipart(service: Service) -> Case:
    octets = info(service)
    parts = b"--b\r\nContent-Type: " + service.content_type.encode() + b"\r\n\r\n"
    parts += octets + b"\r\n--b--\r\n"
    kinds = [f"multipart/{kind};boundary=b" for kind in ("mixed", "related")]
    good, bad = (carried(service, parts, changes={"Content-Type": kind}) for kind in kinds)
    return Case(
        lambda: hop(good), lambda: hop(bad), "multipart/related", f"Content-Type: {kinds[1]}"
    )


CASES: Cases = {
    "request-uri": lambda s: _changed(s, {}, "the identity of a user", PARTNER_ID, uri=PARTNER_ID),
    "preferred-service": _preferred_service,
    "asserted-service": lambda s: _changed(
        s, {"P-Asserted-Service": None}, "no P-Asserted-Service", None, sender="gateway"
    ),
    "asserted-identity": lambda s: _changed(
        s, {"P-Asserted-Identity": None}, f"no P-Asserted-Identity with {s}", None, sender="gateway"
    ),
    "accept-contact": _accept_contact,
    "accept-contact-fields": _separate,
    "content-type": lambda s: _changed(
        s, {"Content-Type": "application/xml"}, "application/xml", "Content-Type: application/xml"
    ),
    "multipart": _multipart,
}

"""Which MC service a request belongs to, and what its fields say of that.

It is told by its info body, else by the ICSI or the feature tag in its fields: so a request that
lacks one of these is judged as well. Where nothing speaks of an MC service, it is nobody's.
"""

from functools import lru_cache
from typing import NamedTuple

from mcsip.conformance.bodies import body_of
from mcsip.conformance.views import Release
from mcsip.errors import PeerError
from mcsip.mc.services import SERVICES, Service
from mcsip.sip.headers import split_list
from mcsip.sip.message import Request
from mcsip.sip.params import parse_params, unquote

_ICSI = "+g.3gpp.icsi-ref"
_SERVICE_FIELDS = ("p-preferred-service", "p-asserted-service")


def family(service: Service) -> str:
    """Return what every ICSI of a service begins with; MCData has one for each capability."""
    return service.icsi.removesuffix(".sds")


def is_icsi(value: str, service: Service) -> bool:
    """Tell whether a value is an ICSI of a service."""
    lowered, own = value.lower(), family(service)
    return lowered == own or lowered.startswith(f"{own}.")


class McRequest(NamedTuple):
    """A request that belongs to an MC service.

    Attributes:
        request: the request.
        service: the service.
        preferences: its Accept-Contact fields.
    """

    request: Request
    service: Service
    preferences: tuple[str, ...]


class Preference(NamedTuple):
    """One value of Accept-Contact: which feature tags it asks for, and whether it insists."""

    tags: frozenset[str]
    services: frozenset[str]
    insists: bool


@lru_cache(maxsize=256)
def preference(value: str) -> Preference:
    """Return what one value of Accept-Contact says; of one that cannot be read nothing."""
    try:
        params = parse_params(value.partition(";")[2])
    except PeerError:
        return Preference(frozenset(), frozenset(), insists=False)
    names = {name.lower() for name, _ in params}
    services = [said for name, said in params if name.lower() == _ICSI and said is not None]
    listed = [item for said in services for item in unquote(said).split(",")]
    return Preference(
        frozenset(name.removeprefix("+") for name in names if name.startswith("+")),
        frozenset(item.replace("%3A", ":").replace("%3a", ":").lower() for item in listed),
        {"require", "explicit"} <= names,
    )


@lru_cache(maxsize=64)
def mc_request(request: Request) -> McRequest | None:
    """Return a request with the MC service that it belongs to, or None."""
    preferences = tuple(request.values("accept-contact"))
    body = body_of(request, Release.R18)
    service = _service_told(request, preferences) if body is None else body.service
    return None if service is None else McRequest(request, service, preferences)


def _service_told(request: Request, preferences: tuple[str, ...]) -> Service | None:
    """Return the MC service that the fields of a request tell, or None."""
    said = [value for key in _SERVICE_FIELDS for value in request.items(key)]
    asked = [preference(value) for line in preferences for value in split_list(line)]
    for service in SERVICES.values():
        if any(is_icsi(value, service) for value in said) or any(
            asks_for_tag(each, service) for each in asked
        ):
            return service
    return None


def asks_for_tag(asked: Preference, service: Service) -> bool:
    """Tell whether a preference asks for the feature tag of a service."""
    own = service.feature_tag.removesuffix(".sds")
    return any(tag == own or tag.startswith(f"{own}.") for tag in asked.tags)


def asks_for_icsi(asked: Preference, service: Service) -> bool:
    """Tell whether a preference asks for an ICSI of a service."""
    return any(is_icsi(value, service) for value in asked.services)

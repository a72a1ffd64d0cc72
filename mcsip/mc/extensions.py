"""Which elements of a service's own namespace may stand in an ``anyExt``, and from which release.

The schemas accept every element there, so that a newer release may add some: what is known by name
is a matter of this table. The names of MCPTT are those of TS 24.379 F.1 V18.13.0 and V20.0.0, those
of MCVideo of TS 24.281 F.1 of the Rel-19 era [read]. Since when an element is there was read for
two steps only: the elements of migration came with Rel-18, two of MCPTT after V18.13.0 and not
after V20.0.0. The names of MCData were not obtainable.
"""

from functools import cache

from mcsip.mc.elements import RESULT, SELECTED_PROFILE
from mcsip.mc.messages import REQ_TYPE, RESP_TYPE
from mcsip.mc.services import MCPTT, MCVIDEO, SERVICES, Service

MIGRATION_RELEASE = 18
"""The release that brought migration into the info bodies [read]."""
LATEST_RELEASE = 20
"""The release of the newest schema that was read."""

_BOTH = (
    "adhoc-additional-information adhoc-alert-ind adhoc-alert-ind-rcvd adhoc-alert-participant-list"
    " adhoc-alert-participant-not-ack-list adhoc-emergency-ind adhoc-grp-emg-alert-grp-ind"
    " affiliation-required binding-fa-uri binding-ind call-to-functional-alias-ind"
    " emergency-alert-area-ind end-to-end-security functional-alias-URI group-geo-area-ind"
    " location-of-functional-alias-URI preconfigured-group-id release-reason request-type"
    " response-type selected-group-change-outcome unbinding-fa-uri user-requested-priority"
)
_MCPTT = (
    "PrivateCallKMSURI adhoc-emergency-ind-rcvd ambient-listening-type call-forwarding-ind"
    " call-participants-criterias call-transfer-ind called-functional-alias-URI"
    " emergency-ind-rcvd forwarded-by-functional-alias forwarded-by-mcptt-id"
    " forwarding-call-outcome forwarding-immediate-list forwarding-other-list forwarding-reason"
    " forwarding-sequence-number forwarding-target-id forwarding-target-is-functional-alias"
    " forwarding-target-orig-id multiple-devices-ind non-acknowledged-user notify-remote-user"
    " remotely-initiated-call-outcome remotely-initiated-call-request-ind replaces-header-value"
    " ric-app-level-priority ric-commencement-mode time-of-request transfer-announced-ind"
    " transfer-call-outcome urgency-ind"
)
_MCPTT_20 = "connected-functional-alias-URI used-priority"
_MCVIDEO = "ambient-viewing-type call-participants-criteria video-push-url"


@cache
def migration_names(service: Service) -> frozenset[str]:
    """Return the names of the elements that came with migration."""
    return frozenset(
        {REQ_TYPE, RESP_TYPE, RESULT, SELECTED_PROFILE, service.partner_id, service.primary_id}
    )


@cache
def since(service: Service) -> dict[str, int] | None:
    """Return the known elements of an ``anyExt`` with the release from which each is accepted.

    Elements whose first release was not read count as old. None: the names are not known.
    """
    names: dict[str, int]
    if service is MCPTT:
        names = dict.fromkeys(f"{_BOTH} {_MCPTT}".split(), 0)
        names |= dict.fromkeys(_MCPTT_20.split(), LATEST_RELEASE)
    elif service is MCVIDEO:
        names = dict.fromkeys(f"{_BOTH} {_MCVIDEO}".split(), 0)
    else:
        return None
    return names | dict.fromkeys(migration_names(service), MIGRATION_RELEASE)


@cache
def names_of_others(service: Service) -> frozenset[str]:
    """Return the element names that belong to another service and not to this one."""
    own = _names_with_service(service)
    return frozenset(
        name
        for other in SERVICES.values()
        if other is not service
        for name in _names_with_service(other) - own
    )


def _names_with_service(service: Service) -> frozenset[str]:
    """Return the names on the wire that contain the service's own name."""
    return frozenset(
        {
            service.root,
            service.params,
            service.access_token,
            service.client_id,
            service.primary_id,
            service.partner_id,
            service.request_uri,
            service.calling_id,
            service.uri,
            service.string,
            service.boolean,
        }
    )

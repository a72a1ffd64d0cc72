"""The element names of the info bodies that all services share, and qualified names per service.

Names that differ between services are fields of ``services.Service``.
"""

from functools import cache
from typing import cast

from mcsip.mc.messages import REQ_TYPE, RESP_TYPE
from mcsip.mc.services import Service

ANY_EXT = "anyExt"
RESULT = "migration-auth-result"
SELECTED_PROFILE = "selected-user-profile-index"
PROFILE_INDEX = "user-profile-index"
"""TS 24.379 F.1, TS 24.281 F.1 [read]; TS 24.282 D.1 by analogy [gen]."""

RESULT_SUCCESS = "success"
RESULT_FAIL = "fail"
"""What we write in migration-auth-result, as the schema's other outcomes have it [ours]."""

NORMAL = {"type": "Normal"}
"""Attribute of contentType for a value that is not encrypted: TS 24.379 F.1 [read]."""
ENCRYPTED = "Encrypted"

MIGRATION_NAMESPACE = "urn:mcsip:migration:1"
"""Namespace of the project's own elements [ours]."""
REASON_TAG = f"{{{MIGRATION_NAMESPACE}}}reason"
PARTNER_SYSTEM_TAG = f"{{{MIGRATION_NAMESPACE}}}partner-system"
MOVED_TAG = f"{{{MIGRATION_NAMESPACE}}}moved"
RETURNED_BY_TAG = f"{{{MIGRATION_NAMESPACE}}}returned-by"


def default_namespace(namespace: str) -> dict[str, str]:
    """Return the declaration of a default namespace, as lxml takes it.

    The type stubs of lxml do not know that None stands for "no prefix".
    """
    return cast("dict[str, str]", {None: namespace})


class Tags:
    """The qualified names of the info body of one service, in the form that lxml uses."""

    __slots__ = (
        "access_token",
        "any_ext",
        "boolean",
        "client_id",
        "ext_contents",
        "nsmap",
        "params",
        "partner_id",
        "primary_id",
        "profile_index",
        "req_type",
        "resp_type",
        "result",
        "root",
        "selected_profile",
        "string",
        "uri",
        "wrapper_names",
        "wrappers",
    )

    def __init__(self, service: Service) -> None:
        def tag(name: str) -> str:
            return f"{{{service.namespace}}}{name}"

        self.nsmap = default_namespace(service.namespace)
        self.root = tag(service.root)
        self.params = tag(service.params)
        self.access_token = tag(service.access_token)
        self.client_id = tag(service.client_id)
        self.any_ext = tag(ANY_EXT)
        self.req_type = tag(REQ_TYPE)
        self.resp_type = tag(RESP_TYPE)
        self.primary_id = tag(service.primary_id)
        self.partner_id = tag(service.partner_id)
        self.selected_profile = tag(SELECTED_PROFILE)
        self.profile_index = tag(PROFILE_INDEX)
        self.result = tag(RESULT)
        self.uri = tag(service.uri)
        self.string = tag(service.string)
        self.boolean = tag(service.boolean)
        self.wrappers = frozenset({self.uri, self.string, self.boolean})
        self.wrapper_names = (service.uri, service.string, service.boolean)
        self.ext_contents = frozenset(
            {self.req_type, self.resp_type, self.result, self.partner_id, self.primary_id}
        )


@cache
def tags_of(service: Service) -> Tags:
    """Return the qualified names of ``service``."""
    return Tags(service)

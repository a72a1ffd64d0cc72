"""The three mission-critical services, as data.

Everything that differs between MCPTT, MCVideo and MCData on the wire is a field of ``Service``; no
other module spells out a name of one service. MCData is by analogy with the other two wherever the
source says ``[gen]``: no public text or schema of its migration elements was obtainable.
"""

from dataclasses import dataclass

from mcsip.errors import UsageError
from mcsip.mc.source import Grade, Source


@dataclass(frozen=True, slots=True, eq=False)
class Service:
    """One MC service and its names on the wire; compared by identity, as there are three of them.

    Attributes:
        key: the name in topologies and on the command line: ``mcptt``.
        name: the name for people: ``MCPTT``.
        namespace: target namespace of the info body's schema.
        root: root element of the info body.
        params: its child that holds the parameters.
        access_token, client_id: children of ``params``, both of type contentType.
        primary_id, partner_id: children of ``anyExt``, both of type contentType.
        request_uri, calling_id: children of ``params``, both of type contentType: the MC service
            IDs of whom a communication is for, and of who began it.
        uri, string, boolean: the three wrappers inside an element of type contentType.
        content_type: media type of the info body.
        icsi: IMS communication service identifier, as in P-Preferred-Service.
        feature_tag: the feature tag of Accept-Contact and Contact.
        scope: OAuth scope that an access token must hold.
        id_claim: claim of an access token that holds the MC service ID.
        schema: file name of the project's own schema of the info body.
        params_required: whether the schema demands ``params`` under ``root``.
        body_source: source of namespace, root, params and of the names inside.
        migration_source: source of ``primary_id``, ``partner_id`` and their neighbours in anyExt.
        signalling_source: source of content type, ICSI and feature tag.
        token_source: source of ``scope``.
    """

    key: str
    name: str
    namespace: str
    root: str
    params: str
    access_token: str
    client_id: str
    primary_id: str
    partner_id: str
    request_uri: str
    calling_id: str
    uri: str
    string: str
    boolean: str
    content_type: str
    icsi: str
    feature_tag: str
    scope: str
    id_claim: str
    schema: str
    params_required: bool
    body_source: Source
    migration_source: Source
    signalling_source: Source
    token_source: Source

    def __str__(self) -> str:
        """Return the name for people."""
        return self.name

    @property
    def accept_contact(self) -> tuple[str, str]:
        """Return the values of the two Accept-Contact fields (TS 24.379 10.1.4.2.1, 2nd).

        They stand in two separate header fields on the wire, never in one list.
        """
        icsi = self.icsi.replace(":", "%3A")
        return (
            f"*;+{self.feature_tag};require;explicit",
            f'*;+g.3gpp.icsi-ref="{icsi}";require;explicit',
        )


MCPTT = Service(
    key="mcptt",
    name="MCPTT",
    namespace="urn:3gpp:ns:mcpttInfo:1.0",
    root="mcpttinfo",
    params="mcptt-Params",
    access_token="mcptt-access-token",  # noqa: S106 - an element's name
    client_id="mcptt-client-id",
    primary_id="primary-mcptt-id",
    partner_id="partner-mcptt-id",
    request_uri="mcptt-request-uri",
    calling_id="mcptt-calling-user-id",
    uri="mcpttURI",
    string="mcpttString",
    boolean="mcpttBoolean",
    content_type="application/vnd.3gpp.mcptt-info+xml",
    icsi="urn:urn-7:3gpp-service.ims.icsi.mcptt",
    feature_tag="g.3gpp.mcptt",
    scope="3gpp:mc:ptt_service",
    id_claim="mcptt_id",  # [gen]
    schema="mcptt-info.xsd",
    params_required=False,
    body_source=Source("TS 24.379", "F.1", Grade.READ),
    migration_source=Source("TS 24.379", "F.1 (from Rel-18)", Grade.READ),
    signalling_source=Source("TS 24.379", "10.1.4.2.1", Grade.READ),
    token_source=Source("TS 33.180", "B.7", Grade.READ),
)

MCVIDEO = Service(
    key="mcvideo",
    name="MCVideo",
    namespace="urn:3gpp:ns:mcvideoInfo:1.0",
    root="mcvideoinfo",
    params="mcvideo-Params",
    access_token="mcvideo-access-token",  # noqa: S106 - an element's name
    client_id="mcvideo-client-id",
    primary_id="primary-mcvideo-id",
    partner_id="partner-mcvideo-id",
    request_uri="mcvideo-request-uri",
    calling_id="mcvideo-calling-user-id",
    uri="mcvideoURI",
    string="mcvideoString",
    boolean="mcvideoBoolean",
    content_type="application/vnd.3gpp.mcvideo-info+xml",
    icsi="urn:urn-7:3gpp-service.ims.icsi.mcvideo",
    feature_tag="g.3gpp.mcvideo",
    scope="3gpp:mc:video_service",
    id_claim="mcvideo_id",  # [gen]
    schema="mcvideo-info.xsd",
    params_required=True,
    body_source=Source("TS 24.281", "F.1", Grade.READ),
    migration_source=Source("TS 24.281", "F.1 (Rel-19 era)", Grade.READ),
    signalling_source=Source("TS 24.281", "", Grade.READ),
    token_source=Source("TS 33.180", "B.7", Grade.READ),
)

MCDATA = Service(
    key="mcdata",
    name="MCData",
    namespace="urn:3gpp:ns:mcdataInfo:1.0",
    root="mcdatainfo",
    params="mcdata-Params",
    access_token="mcdata-access-token",  # noqa: S106 - an element's name
    client_id="mcdata-client-id",
    primary_id="primary-mcdata-id",
    partner_id="partner-mcdata-id",
    request_uri="mcdata-request-uri",
    calling_id="mcdata-calling-user-id",
    uri="mcdataURI",
    string="mcdataString",
    boolean="mcdataBoolean",
    content_type="application/vnd.3gpp.mcdata-info+xml",
    icsi="urn:urn-7:3gpp-service.ims.icsi.mcdata.sds",
    feature_tag="g.3gpp.mcdata.sds",
    scope="3gpp:mc:data_service",
    id_claim="mcdata_id",  # [gen]
    schema="mcdata-info.xsd",
    params_required=False,
    body_source=Source("TS 24.282", "D.1", Grade.GENERAL),
    migration_source=Source("TS 24.282", "D.1 (by analogy with TS 24.379 F.1)", Grade.GENERAL),
    signalling_source=Source("TS 24.282", "", Grade.READ),
    token_source=Source("TS 33.180", "B.7", Grade.READ),
)

SERVICES: dict[str, Service] = {s.key: s for s in (MCPTT, MCVIDEO, MCDATA)}
"""The services by key, in the order of the documents."""

_BY_CONTENT_TYPE: dict[str, Service] = {s.content_type: s for s in SERVICES.values()}


def service_named(key: str) -> Service:
    """Return the service ``key``; raises UsageError when there is none of that name."""
    service = SERVICES.get(key)
    if service is None:
        raise UsageError(f"no MC service is named {key!r}; there are {', '.join(SERVICES)}")
    return service


def service_of_content_type(media_type: str) -> Service | None:
    """Return the service whose info body has the media type (lower case, bare), or None."""
    return _BY_CONTENT_TYPE.get(media_type)

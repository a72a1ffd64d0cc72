"""The names of the three services, each as its document has it (TS 24.379, TS 24.281, TS 24.282)."""

import pytest

from mcsip.errors import UsageError
from mcsip.mc.services import MCDATA, SERVICES, Service, service_named, service_of_content_type
from mcsip.mc.source import Grade, Source

ROWS = [
    (
        "mcptt",
        "urn:3gpp:ns:mcpttInfo:1.0",
        "application/vnd.3gpp.mcptt-info+xml",
        "urn:urn-7:3gpp-service.ims.icsi.mcptt",
        "g.3gpp.mcptt",
        "3gpp:mc:ptt_service",
    ),
    (
        "mcvideo",
        "urn:3gpp:ns:mcvideoInfo:1.0",
        "application/vnd.3gpp.mcvideo-info+xml",
        "urn:urn-7:3gpp-service.ims.icsi.mcvideo",
        "g.3gpp.mcvideo",
        "3gpp:mc:video_service",
    ),
    (
        "mcdata",
        "urn:3gpp:ns:mcdataInfo:1.0",
        "application/vnd.3gpp.mcdata-info+xml",
        "urn:urn-7:3gpp-service.ims.icsi.mcdata.sds",
        "g.3gpp.mcdata.sds",
        "3gpp:mc:data_service",
    ),
]


@pytest.mark.parametrize(("key", "namespace", "content_type", "icsi", "tag", "scope"), ROWS)
def test_names(
    key: str, namespace: str, content_type: str, icsi: str, tag: str, scope: str
) -> None:
    s = service_named(key)
    assert (s.namespace, s.content_type, s.icsi) == (namespace, content_type, icsi)
    assert (s.feature_tag, s.scope) == (tag, scope)
    assert (s.root, s.params) == (f"{key}info", f"{key}-Params")
    assert (s.primary_id, s.partner_id) == (f"primary-{key}-id", f"partner-{key}-id")
    assert (s.access_token, s.client_id) == (f"{key}-access-token", f"{key}-client-id")
    assert (s.uri, s.string, s.boolean) == (f"{key}URI", f"{key}String", f"{key}Boolean")


def test_accept_contact_of_mcptt() -> None:
    """Two separate fields on the wire (TS 24.379 10.1.4.2.1) [2nd]."""
    assert service_named("mcptt").accept_contact == (
        "*;+g.3gpp.mcptt;require;explicit",
        '*;+g.3gpp.icsi-ref="urn%3Aurn-7%3A3gpp-service.ims.icsi.mcptt";require;explicit',
    )


def test_a_service_is_found_by_its_content_type(service: Service) -> None:
    assert service_of_content_type(service.content_type) is service
    assert service_of_content_type("application/sdp") is None


def test_an_unknown_service_is_our_fault() -> None:
    with pytest.raises(UsageError, match="mcptt, mcvideo, mcdata"):
        service_named("mcradio")


def test_services_are_told_apart(service: Service) -> None:
    assert {SERVICES[service.key]: 1}[service] == 1
    assert str(service) == service.name


def test_mcdata_is_marked_as_an_analogy() -> None:
    assert MCDATA.body_source.grade is Grade.GENERAL
    assert MCDATA.migration_source.grade is Grade.GENERAL


def test_a_source_reads_as_a_reference() -> None:
    assert str(Source("TS 24.379", "F.1", Grade.READ)) == "TS 24.379 F.1 [read]"
    assert str(Source("TS 24.281", "", Grade.READ)) == "TS 24.281 [read]"

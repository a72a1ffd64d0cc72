"""User-profile documents: read, written, refused (TS 24.484, TS 23.280 5.2.9.1)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcsip.mc.profile import (
    PROFILE_NAMES,
    PartnerAccess,
    ProfileDocument,
    build_profile,
    parse_profile,
)
from mcsip.mc.services import MCPTT, MCVIDEO, SERVICES, Service
from mcsip.mc.xml import BodyError

ALICE = "sip:alice@primary.example"
ABROAD = ProfileDocument(
    MCVIDEO,
    ALICE,
    2,
    "abroad",
    (
        PartnerAccess("b.example", "tcp:192.0.2.1:5060", "sip:server@b.example"),
        PartnerAccess("c.example"),
    ),
)
MCVIDEO_TEXT = b"""<?xml version='1.0' encoding='UTF-8'?>
<mcvideo-user-profile xmlns="urn:3gpp:ns:mcvideo:user-profile:1.0" XUI-URI="sip:alice@primary.example" user-profile-index="2">
  <Name>abroad</Name>
  <Status>true</Status>
  <ProfileName>abroad</ProfileName>
  <Common>
    <MCVideoUserID>
      <uri-entry>sip:alice@primary.example</uri-entry>
    </MCVideoUserID>
  </Common>
  <anyExt>
    <MigratablePartnerMCVideoSystemInfo>
      <PartnerMCVideoSystemId>sip:b.example</PartnerMCVideoSystemId>
      <mcptt-UE-initial-configuration xmlns="urn:3gpp:mcptt:mcpttUEinitConfig:1.0" domain="b.example">
        <anyExt>
          <sip-core xmlns="urn:mcsip:migration:1">tcp:192.0.2.1:5060</sip-core>
          <server-identity xmlns="urn:mcsip:migration:1">sip:server@b.example</server-identity>
        </anyExt>
      </mcptt-UE-initial-configuration>
    </MigratablePartnerMCVideoSystemInfo>
    <MigratablePartnerMCVideoSystemInfo>
      <PartnerMCVideoSystemId>sip:c.example</PartnerMCVideoSystemId>
      <mcptt-UE-initial-configuration xmlns="urn:3gpp:mcptt:mcpttUEinitConfig:1.0" domain="c.example"/>
    </MigratablePartnerMCVideoSystemInfo>
  </anyExt>
</mcvideo-user-profile>
"""  # fmt: skip


def without_lines(profile: ProfileDocument) -> ProfileDocument:
    partners = tuple(PartnerAccess(p.domain, p.core, p.psi) for p in profile.partners)
    return ProfileDocument(profile.service, profile.user, profile.index, profile.name, partners)


def test_a_document_as_it_is_written() -> None:
    assert build_profile(ABROAD).decode() == MCVIDEO_TEXT.decode()


def test_a_document_as_it_is_read() -> None:
    read = parse_profile(MCVIDEO_TEXT)
    assert without_lines(read) == ABROAD
    assert [partner.line for partner in read.partners] == [12, 21]


def test_each_service_has_a_document_of_its_own(service: Service) -> None:
    profile = ProfileDocument(service, ALICE, 0, partners=(PartnerAccess("b.example"),))
    text = build_profile(profile)
    assert PROFILE_NAMES[service.key].info.encode() in text
    assert without_lines(parse_profile(text)) == profile


NAMES = st.text(st.characters(codec="ascii", categories=["L", "N"]), max_size=12)
LABELS = st.text("abcdefgh", min_size=1, max_size=8).map(lambda text: f"{text}.example")


@settings(deadline=None)
@given(
    of=st.sampled_from(list(SERVICES.values())),
    index=st.integers(0, 255),
    name=NAMES,
    domains=st.lists(LABELS, unique=True, max_size=4),
    core=st.sampled_from([None, "192.0.2.7:5060"]),
)
def test_what_is_written_is_read(
    of: Service, index: int, name: str, domains: list[str], core: str | None
) -> None:
    partners = tuple(PartnerAccess(domain, core) for domain in domains)
    profile = ProfileDocument(of, ALICE, index, name, partners)
    assert without_lines(parse_profile(build_profile(profile))) == profile


def make(inside: str = "<Name>x</Name>", attributes: str = 'user-profile-index="2"') -> bytes:
    root = "mcptt-user-profile"
    namespace = PROFILE_NAMES["mcptt"].namespace
    head = f'<{root} xmlns="{namespace}" XUI-URI="{ALICE}" {attributes}>'
    return f"{head}\n{inside}\n</{root}>".encode()


def test_a_partner_is_found_wherever_its_extension_stands() -> None:
    info = (
        "<MigratablePartnerMCPTTSystemInfo><PartnerMCPTTSystemId>{}</PartnerMCPTTSystemId>"
        "</MigratablePartnerMCPTTSystemInfo>"
    )
    inside = (
        f"<Common><anyExt>{info.format('sip:psi@B.example')}</anyExt></Common>"
        f"<OnNetwork><x/><anyExt>{info.format('c.example')}</anyExt></OnNetwork>"
    )
    read = parse_profile(make(inside))
    assert read.service is MCPTT
    assert [partner.domain for partner in read.partners] == ["b.example", "c.example"]


TWICE = (
    "<anyExt>"
    + 2
    * (
        "<MigratablePartnerMCPTTSystemInfo>"
        "<PartnerMCPTTSystemId>b.example</PartnerMCPTTSystemId>"
        "</MigratablePartnerMCPTTSystemInfo>\n"
    )
    + "</anyExt>"
)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"<a/>", "the document is no user profile"),
        (b"<a", "not well-formed"),
        (b"<!DOCTYPE a><a/>", "a document type declaration is not allowed"),
        (make(attributes=""), "'user-profile-index' is required"),
        (make(attributes='user-profile-index="256"'), "'256' is not a valid value"),
        (make("<Unknown/>"), "Unknown"),
        (make().replace(b"alice@", b""), "XUI-URI is no MC service ID"),
        (make("<anyExt><MigratablePartnerMCPTTSystemInfo/></anyExt>"), "PartnerMCPTTSystemId"),
        (make(TWICE), r"the partner b\.example stands twice \(line 3 of"),
        (make(TWICE.replace("b.example", "a b")), "names no MC system|not a valid value"),
        (
            make(
                '<anyExt><MigratablePartnerMCPTTSystemInfo><PartnerMCPTTSystemId>b.example'
                '</PartnerMCPTTSystemId><server-identity xmlns="urn:mcsip:migration:1">tel:1'
                "</server-identity></MigratablePartnerMCPTTSystemInfo></anyExt>"
            ),
            "server-identity is no SIP URI",
        ),
    ],
)  # fmt: skip
def test_what_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(BodyError, match=message):
        parse_profile(data)

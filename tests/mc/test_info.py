"""Info bodies: value to XML and back, and what is refused (TS 24.379 F.1)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from mcsip.errors import UsageError
from mcsip.mc.info import (
    BodyError,
    Info,
    InfoReason,
    UnknownMessageError,
    build_info,
    check_elements,
    parse_info,
    read_routing,
)
from mcsip.mc.messages import MESSAGES, REQUEST, RESPONSE, USER_AUTHORISATION, HopKind
from mcsip.mc.roles import Role
from mcsip.mc.services import MCPTT, MCVIDEO, SERVICES, Service

ALICE = "sip:alice@primary.example"
VISITOR = "sip:visitor-1@partner.example"

text = st.text(
    st.characters(exclude_categories=["C", "Z"], exclude_characters="\ufffe\uffff"), max_size=40
)
ids = st.from_regex(r"sip:[a-z0-9._-]{1,20}@[a-z]{1,10}\.example", fullmatch=True)
reasons = st.builds(
    InfoReason,
    key=st.from_regex(r"[a-z]{1,8}(-[a-z0-9]{1,8}){0,3}", fullmatch=True),
    text=text,
    clause=text,
    domain=text,
    role=st.sampled_from(Role),
    warning=st.none() | st.integers(100, 999),
)
infos = st.builds(
    Info,
    service=st.sampled_from(list(SERVICES.values())),
    message=st.sampled_from(list(MESSAGES)),
    primary_id=st.none() | ids,
    partner_id=st.none() | ids,
    client_id=st.none() | text,
    access_token=st.none() | text,
    profile_index=st.none() | st.integers(0, 999_999_999),
    success=st.none() | st.booleans(),
    reason=st.none() | reasons,
    partner_system=st.none() | st.from_regex(r"[a-z]{1,10}\.example", fullmatch=True),
    moved=st.booleans(),
)


@given(infos)
@settings(deadline=None)
def test_what_is_built_is_read(info: Info) -> None:
    body = build_info(info)
    assert parse_info(body, info.service) == info
    assert read_routing(body, info.service) == info
    assert build_info(parse_info(body, info.service)) == body


def test_samples_carry_what_their_message_must(sample: Info) -> None:
    hop = HopKind.CLIENT if sample.access_token else HopKind.SYSTEM
    assert parse_info(build_info(sample), sample.service, hop) == sample


def test_a_body_is_utf_8_and_says_so() -> None:
    body = build_info(request(MCPTT)._replace(client_id="é"))
    assert body.startswith(b'<?xml version="1.0" encoding="UTF-8"?>\r\n<mcpttinfo ')
    assert "é".encode() in body


def test_a_built_body_is_kept_octet_for_octet() -> None:
    """The layout of TS 24.379 F.1: token and client ID in the parameters, the rest in anyExt."""
    body = build_info(request(MCPTT)._replace(access_token="TOKEN", client_id="urn:uuid:1"))
    assert body.decode() == (
        '<?xml version="1.0" encoding="UTF-8"?>\r\n'
        '<mcpttinfo xmlns="urn:3gpp:ns:mcpttInfo:1.0"><mcptt-Params>'
        '<mcptt-access-token type="Normal"><mcpttString>TOKEN</mcpttString></mcptt-access-token>'
        '<mcptt-client-id type="Normal"><mcpttString>urn:uuid:1</mcpttString></mcptt-client-id>'
        '<anyExt><req-type type="Normal"><mcpttString>migration-service-authorization-request'
        "</mcpttString></req-type>"
        '<partner-mcptt-id type="Normal"><mcpttURI>sip:visitor-1@partner.example</mcpttURI>'
        "</partner-mcptt-id><selected-user-profile-index><user-profile-index>2"
        "</user-profile-index></selected-user-profile-index>"
        '<primary-mcptt-id type="Normal"><mcpttURI>sip:alice@primary.example</mcpttURI>'
        "</primary-mcptt-id></anyExt></mcptt-Params></mcpttinfo>"
    )


def test_the_reason_is_an_element_of_our_own_namespace(service: Service) -> None:
    reason = InfoReason("k", "t", "c", "d", Role.MC_SERVER, 100)
    root = etree.fromstring(build_info(request(service)._replace(reason=reason)))
    found = root.find(f"{{*}}{service.params}/{{*}}anyExt/{{urn:mcsip:migration:1}}reason")
    assert found is not None
    assert found.text == "t"
    assert dict(found.attrib.items()) == {
        "key": "k",
        "clause": "c",
        "domain": "d",
        "role": "mc-server",
        "warning": "100",
    }


def test_two_bodies_of_one_shape_share_nothing() -> None:
    first = build_info(request(MCPTT)._replace(client_id="one"))
    second = build_info(request(MCPTT)._replace(client_id="two"))
    assert b"two" not in first
    assert b"one" not in second


def test_the_token_is_not_shown() -> None:
    assert "SECRET" not in repr(request(MCPTT)._replace(access_token="SECRET"))


@pytest.mark.parametrize(
    "wrong",
    [{"message": "hello"}, {"client_id": "\0"}, {"primary_id": "\x01"}, {"profile_index": -1}],
    ids=str,
)
def test_what_xml_cannot_carry_is_our_fault(wrong: dict[str, str]) -> None:
    with pytest.raises(UsageError):
        build_info(request(MCPTT)._replace(**wrong))  # type: ignore[arg-type]  # rows of mixed fields


def test_the_target_is_the_system_that_the_message_travels_to() -> None:
    assert request(MCPTT).target_id == ALICE
    assert request(MCPTT)._replace(message=RESPONSE).target_id == VISITOR
    assert request(MCPTT)._replace(message=USER_AUTHORISATION).target_id == ALICE


def test_without_an_id_of_the_partner_the_systems_domain_routes() -> None:
    """TR 23.781 6.x.1 step 3: a temporary identity is included only if one was allocated."""
    issued = request(MCPTT)._replace(message=RESPONSE)
    assert (issued.target_domain, issued.partner_domain) == ("partner.example", "partner.example")
    none = issued._replace(partner_id=None, partner_system="b.example")
    assert (none.target_id, none.target_domain) == (ALICE, "b.example")
    assert none.partner_domain == "b.example"
    assert none._replace(message=REQUEST).target_domain == "primary.example"


def request(service: Service) -> Info:
    """Return a request as it travels between systems."""
    return Info(service, REQUEST, ALICE, VISITOR, profile_index=2)


def content(service: Service, name: str, value: str, wrapper: str = "String") -> str:
    """Return an element of type contentType."""
    return f"<{name}><{service.key}{wrapper}>{value}</{service.key}{wrapper}></{name}>"


def body_of(service: Service, ext: str, params: str = "", root_ext: str = "") -> bytes:
    """Return an info body with these children of both anyExt and of the parameters."""
    after = f"<anyExt>{root_ext}</anyExt>" if root_ext else ""
    return (
        f'<{service.root} xmlns="{service.namespace}"><{service.params}>{params}<anyExt>{ext}'
        f"</anyExt></{service.params}>{after}</{service.root}>"
    ).encode()


def req_type(service: Service) -> str:
    """Return the element that says that a body is a request."""
    return content(service, "req-type", REQUEST)


def test_any_ext_under_the_root_is_read_too(service: Service) -> None:
    """Emit under the parameters, accept both [ours]."""
    body = body_of(
        service,
        req_type(service),
        root_ext=content(service, service.primary_id, ALICE, "URI")
        + content(service, service.partner_id, VISITOR, "URI"),
    )
    info = parse_info(body, service)
    assert (info.primary_id, info.partner_id) == (ALICE, VISITOR)


def test_a_body_with_any_ext_under_the_root_alone_is_read() -> None:
    body = (
        f'<mcpttinfo xmlns="{MCPTT.namespace}"><anyExt>{req_type(MCPTT)}</anyExt></mcpttinfo>'
    ).encode()
    assert parse_info(body, MCPTT).message == REQUEST


@pytest.mark.parametrize("wrapper", ["URI", "String"])
def test_an_id_is_read_in_either_wrapper(service: Service, wrapper: str) -> None:
    body = body_of(service, req_type(service) + content(service, service.partner_id, "x", wrapper))
    assert parse_info(body, service).partner_id == "x"


def test_prefixes_white_space_comments_and_foreign_elements_do_not_matter() -> None:
    body = (
        f'<?xml version="1.0"?><i:mcpttinfo xmlns:i="{MCPTT.namespace}" xmlns:x="urn:x">\n <i:mcptt-Params>'
        "<i:mcptt-client-id type='Normal'><i:mcpttString>\n urn:uuid:1 </i:mcpttString></i:mcptt-client-id>"
        "<x:foreign/>\n<i:anyExt><!-- c --><x:y/><i:functional-alias-URI/>"
        f"<i:req-type><i:mcpttString>{REQUEST}</i:mcpttString></i:req-type>"
        "<i:selected-user-profile-index><i:user-profile-index> 07 </i:user-profile-index><x:z/>"
        "</i:selected-user-profile-index></i:anyExt></i:mcptt-Params></i:mcpttinfo>"
    ).encode()
    info = parse_info(body, MCPTT)
    assert (info.client_id, info.profile_index) == ("urn:uuid:1", 7)


@pytest.mark.parametrize(
    ("value", "wrapper", "success"),
    [
        ("success", "String", True),
        ("fail", "String", False),
        ("true", "Boolean", True),
        ("false", "Boolean", False),
        ("1", "Boolean", True),
        ("0", "Boolean", False),
    ],
)
def test_results_that_are_understood(
    service: Service, value: str, wrapper: str, success: bool
) -> None:
    kind = content(service, "resp-type", RESPONSE)
    result = content(service, "migration-auth-result", value, wrapper)
    assert parse_info(body_of(service, kind + result), service).success is success


@pytest.mark.parametrize(
    ("ext", "says"),
    [
        ("{req}{req}", "req-type stands there twice"),
        ("{req}{resp}", "both req-type and resp-type"),
        ("{req}{id}{id}", "partner-{s}-id stands there twice"),
        ("{req}<partner-{s}-id/>", "partner-{s}-id holds none of"),
        ("{req}<partner-{s}-id><anyExt/></partner-{s}-id>", "holds none of"),
        ("{req}<partner-{s}-id type='Encrypted'><x xmlns='urn:x'/></partner-{s}-id>", "encrypted"),
        (
            "{req}<migration-auth-result><{s}String>maybe</{s}String></migration-auth-result>",
            "maybe",
        ),
        ("{req}<selected-user-profile-index/>", "selected-user-profile-index"),
        ("{req}{index}", "profile index is '9999999999'"),
        ("{req}{system}{system}", "partner-system stands there twice"),
        ("{resp}{moved}{moved}", "moved stands there twice"),
    ],
)
def test_ambiguous_and_unreadable_bodies_are_refused(service: Service, ext: str, says: str) -> None:
    """Two readers must never see two meanings in one body."""
    parts = {
        "{req}": req_type(service),
        "{resp}": content(service, "resp-type", RESPONSE),
        "{id}": content(service, service.partner_id, VISITOR, "URI"),
        "{index}": "<selected-user-profile-index><user-profile-index>9999999999"
        "</user-profile-index></selected-user-profile-index>",
        "{system}": '<partner-system xmlns="urn:mcsip:migration:1">a.example</partner-system>',
        "{moved}": '<moved xmlns="urn:mcsip:migration:1">true</moved>',
        "{s}": service.key,
    }
    for name, part in parts.items():
        ext, says = ext.replace(name, part), says.replace(name, part)
    with pytest.raises(BodyError) as caught:
        read_routing(body_of(service, ext), service)
    assert caught.value.status == 400
    assert says in caught.value.message
    with pytest.raises(BodyError):
        parse_info(body_of(service, ext), service)


def test_the_same_id_under_both_any_ext_is_refused() -> None:
    partner = content(MCPTT, MCPTT.partner_id, VISITOR, "URI")
    with pytest.raises(BodyError, match="twice"):
        parse_info(body_of(MCPTT, req_type(MCPTT) + partner, root_ext=partner), MCPTT)


@pytest.mark.parametrize(
    ("attributes", "says"),
    [("role='king'", "no role"), ("role='client' warning='17'", "no code"), ("", "no role")],
)
def test_a_reason_that_is_not_ours_is_refused(attributes: str, says: str) -> None:
    ext = req_type(MCPTT) + f'<reason xmlns="urn:mcsip:migration:1" {attributes}/>'
    with pytest.raises(BodyError, match=says):
        read_routing(body_of(MCPTT, ext), MCPTT)


def test_two_reasons_are_refused() -> None:
    ext = req_type(MCPTT) + '<reason xmlns="urn:mcsip:migration:1" role="client"/>' * 2
    with pytest.raises(BodyError, match="reason stands there twice"):
        read_routing(body_of(MCPTT, ext), MCPTT)


@pytest.mark.parametrize(
    "ext",
    ["", "<req-type><{s}String>something-else</{s}String></req-type>"],
    ids=["no type", "another type"],
)
def test_other_info_bodies_are_no_migration_message(service: Service, ext: str) -> None:
    with pytest.raises(UnknownMessageError):
        parse_info(body_of(service, ext.replace("{s}", service.key)), service)


def test_the_wrong_root_is_refused(service: Service) -> None:
    body = f'<{service.root} xmlns="urn:other"/>'.encode()
    with pytest.raises(BodyError) as caught:
        read_routing(body, service)
    assert caught.value.status == 400
    with pytest.raises(BodyError):
        parse_info(body, service)


def test_the_body_of_another_service_is_refused() -> None:
    with pytest.raises(BodyError, match="mcvideoinfo"):
        read_routing(build_info(request(MCVIDEO)), MCPTT)


def test_a_body_that_is_not_valid_is_refused_with_its_line() -> None:
    """A value of migration in the closed set of request-type: Rel-17 style, schema-invalid."""
    body = body_of(MCPTT, f"{req_type(MCPTT)}\n<request-type>{REQUEST}</request-type>")
    with pytest.raises(BodyError, match=r"request-type.*\(line 2 of the body\)") as caught:
        parse_info(body, MCPTT)
    assert caught.value.status == 400
    assert read_routing(body, MCPTT).message == REQUEST


@pytest.mark.parametrize(
    ("change", "hop", "faults"),
    [
        ({}, HopKind.SYSTEM, ()),
        ({"access_token": "T"}, HopKind.CLIENT, ()),
        ({}, HopKind.CLIENT, ("mcptt-access-token is missing",)),
        ({"access_token": "T"}, HopKind.SYSTEM, ("mcptt-access-token is not allowed on this hop",)),
        ({"primary_id": None}, HopKind.SYSTEM, ("primary-mcptt-id is missing",)),
        ({"partner_id": None}, HopKind.SYSTEM, ("partner-mcptt-id is missing",)),
        ({"partner_id": None, "partner_system": "partner.example"}, HopKind.SYSTEM, ()),
        ({"partner_id": None, "access_token": "T"}, HopKind.CLIENT, ()),
        (
            {"profile_index": None},
            HopKind.SYSTEM,
            ("selected-user-profile-index is missing",),
        ),
        ({"message": RESPONSE}, HopKind.SYSTEM, ("migration-auth-result is missing",)),
        ({"message": USER_AUTHORISATION}, HopKind.CLIENT, ("does not travel on a client hop",)),
    ],
    ids=str,
)
def test_elements_by_hop(
    change: dict[str, str | None], hop: HopKind, faults: tuple[str, ...]
) -> None:
    """The token is required on the client hop and forbidden beyond it (10.6.3.3 NOTE 1) [seed]."""
    info = request(MCPTT)._replace(**change)  # type: ignore[arg-type]  # rows of mixed fields
    assert check_elements(info, hop) == faults
    if faults:
        with pytest.raises(BodyError) as caught:
            parse_info(build_info(info), MCPTT, hop)
        assert caught.value.status == 400

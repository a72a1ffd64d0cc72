"""Our own schemas: order of the sequences, openness, and faults with their line."""

from collections.abc import Callable

import pytest
from lxml import etree

from mcsip.mc.info import Info, build_info
from mcsip.mc.schema import faults_of, validate
from mcsip.mc.services import MCDATA, MCPTT, MCVIDEO, Service
from mcsip.mc.xml import BodyError
from mcsip.resources import schemas_dir

Compile = Callable[[str], etree.XMLSchema]
CONTENT = "<{s}String>x</{s}String>"
# The published order of mcptt-Params and mcvideo-Params: TS 24.379 F.1, TS 24.281 F.1 [read].
ORDER = {
    "mcptt": [
        "mcptt-access-token",
        "session-type",
        "mcptt-request-uri",
        "mcptt-calling-user-id",
        "mcptt-called-party-id",
        "mcptt-calling-group-id",
        "required",
        "emergency-ind",
        "alert-ind",
        "imminentperil-ind",
        "broadcast-ind",
        "mc-org",
        "floor-state",
        "associated-group-id",
        "originated-by",
        "MKFC-GKTPs",
        "mcptt-client-id",
        "alert-ind-rcvd",
        "gw-mcptt-usage",
        "anyExt",
    ],
    "mcvideo": [
        "mcvideo-access-token",
        "session-type",
        "mcvideo-request-uri",
        "mcvideo-calling-user-id",
        "mcvideo-called-party-id",
        "mcvideo-calling-group-id",
        "required",
        "emergency-ind",
        "alert-ind",
        "imminentperil-ind",
        "broadcast-ind",
        "mc-org",
        "associated-group-id",
        "originated-by",
        "MKFC-GKTPs",
        "mcvideo-client-id",
        "alert-ind-rcvd",
        "multiple-devices-ind",
        "video-pull-url",
        "gw-mcvideo-usage",
        "anyExt",
    ],
}
SIMPLE = {
    "session-type": "prearranged",
    "broadcast-ind": "true",
    "mc-org": "x",
    "floor-state": "idle",
    "gw-mcptt-usage": "false",
    "gw-mcvideo-usage": "false",
    "MKFC-GKTPs": "",
    "anyExt": "",
}


def body_of(service: Service, params: str, after: str = "") -> bytes:
    """Return an info body with these children of the parameters."""
    return (
        f'<{service.root} xmlns="{service.namespace}">\n<{service.params}>{params}'
        f"</{service.params}>{after}</{service.root}>"
    ).encode()


def parameter(service: Service, name: str) -> str:
    """Return one sound parameter."""
    simple = dict(SIMPLE)
    if service is MCVIDEO:
        simple["associated-group-id"] = "x"
    inside = simple.get(name, CONTENT.replace("{s}", service.key))
    return f"<{name}>{inside}</{name}>"


def test_every_schema_file_compiles() -> None:
    files = sorted(schemas_dir().glob("*.xsd"))
    assert [f.name for f in files] == [
        "mcdata-info.xsd",
        "mcdata-user-profile.xsd",
        "mcptt-info-r20.xsd",
        "mcptt-info.xsd",
        "mcptt-user-profile.xsd",
        "mcvideo-info.xsd",
        "mcvideo-user-profile.xsd",
        "migration.xsd",
    ]
    for file in files:
        etree.XMLSchema(etree.parse(str(file)))


def test_the_readme_names_every_schema_file() -> None:
    text = (schemas_dir() / "README.md").read_text(encoding="utf-8")
    assert all(f"`{file.name}`" in text for file in schemas_dir().glob("*.xsd"))


def test_built_bodies_are_valid(sample: Info) -> None:
    assert validate(build_info(sample), sample.service) == ()


@pytest.mark.parametrize("judged", [MCPTT, MCVIDEO], ids=str)
def test_all_parameters_in_order_are_valid(judged: Service) -> None:
    everything = "".join(parameter(judged, name) for name in ORDER[judged.key])
    assert validate(body_of(judged, everything), judged) == ()


@pytest.mark.parametrize(
    ("judged", "first", "second"),
    [
        (service, first, second)
        for service in (MCPTT, MCVIDEO)
        for first, second in zip(ORDER[service.key], ORDER[service.key][1:], strict=False)
    ],
    ids=str,
)
def test_two_parameters_in_the_wrong_order_are_a_fault(
    judged: Service, first: str, second: str
) -> None:
    """mcptt-Params is an xs:sequence: order matters (TS 24.379 F.1)."""
    right = parameter(judged, first) + parameter(judged, second)
    wrong = parameter(judged, second) + "\n" + parameter(judged, first)
    assert validate(body_of(judged, right), judged) == ()
    faults = validate(body_of(judged, wrong), judged)
    assert [fault.line for fault in faults] == [3]
    assert first in faults[0].message


def test_mcdata_accepts_any_order_of_its_parameters() -> None:
    """The order was not obtainable [gen]."""
    token = f"<mcdata-access-token>{CONTENT}</mcdata-access-token>".replace("{s}", "mcdata")
    client = f"<mcdata-client-id>{CONTENT}</mcdata-client-id>".replace("{s}", "mcdata")
    assert validate(body_of(MCDATA, token + client), MCDATA) == ()
    assert validate(body_of(MCDATA, client + token), MCDATA) == ()


def test_parameters_are_mandatory_in_mcvideo_only(service: Service) -> None:
    """mcvideo-Params is mandatory, mcptt-Params is not (TS 24.281 F.1, TS 24.379 F.1) [read]."""
    body = f'<{service.root} xmlns="{service.namespace}"/>'.encode()
    assert bool(validate(body, service)) is service.params_required


def test_foreign_elements_and_attributes_are_accepted(service: Service) -> None:
    foreign = '<x:y xmlns:x="urn:x" x:z="1"><x:z/></x:y>'
    body = body_of(
        service, foreign + f"<anyExt>{foreign}<unknown/></anyExt>", foreign + "<anyExt/>"
    )
    assert validate(body, service) == ()


REASON = '<reason xmlns="urn:mcsip:migration:1" key="k" clause="c" domain="d" role="mc-server" {}/>'


@pytest.mark.parametrize(
    ("inside", "valid"),
    [
        (REASON.format(""), True),
        (REASON.format('warning="179"'), True),
        (REASON.format('warning="9"'), False),
        (REASON.format('warning="-17"'), False),
        (REASON.format("").replace('"k"', '"No key"'), False),
        (REASON.format("").replace("mc-server", "king"), False),
        (REASON.format("").replace('domain="d" ', ""), False),
        ('<partner-system xmlns="urn:mcsip:migration:1">partner.example</partner-system>', True),
        ('<partner-system xmlns="urn:mcsip:migration:1"/>', False),
    ],
)
def test_our_own_elements_are_judged(service: Service, inside: str, valid: bool) -> None:
    faults = validate(body_of(service, f"<anyExt>{inside}</anyExt>"), service)
    assert (faults == ()) is valid


@pytest.mark.parametrize("value", ["immediate", "no-answer", "manual-input", "migrated"])
def test_forwarding_reason_gained_migrated(value: str) -> None:
    """TS 24.379 F.1 from Rel-18 [read]."""
    inside = "<anyExt><forwarding-reason>{}</forwarding-reason></anyExt>"
    assert validate(body_of(MCPTT, inside.format(value)), MCPTT) == ()
    assert validate(body_of(MCPTT, inside.format("bored")), MCPTT)


def test_the_body_of_another_service_is_a_fault() -> None:
    assert validate(body_of(MCVIDEO, ""), MCPTT)
    assert validate(body_of(MCPTT, ""), MCPTT) == ()


def test_a_fault_says_its_line_and_no_namespace() -> None:
    body = body_of(
        MCPTT,
        "<anyExt>\n\n<partner-mcptt-id><x/></partner-mcptt-id>\n<req-type type='X'/></anyExt>",
    )
    faults = validate(body, MCPTT)
    assert {4, 5} == {fault.line for fault in faults}
    assert "urn:3gpp" not in str(faults[0])
    assert str(faults[0]).endswith("(line 4)")


def test_octets_that_are_not_xml_are_a_body_error() -> None:
    with pytest.raises(BodyError):
        validate(b"nothing", MCPTT)


def test_a_fault_has_the_path_of_its_element() -> None:
    """Who looks at many bodies marks the octets there."""
    body = (
        b'<p:mcpttinfo xmlns:p="urn:3gpp:ns:mcpttInfo:1.0"><p:mcptt-Params><p:anyExt>'
        b"<p:request-type>a</p:request-type></p:anyExt></p:mcptt-Params></p:mcpttinfo>"
    )
    [fault] = validate(body, MCPTT)
    assert fault.path == "/p:mcpttinfo/p:mcptt-Params/p:anyExt/p:request-type"


@pytest.mark.parametrize(
    ("ext", "valid"),
    [
        ("<used-priority>3</used-priority>", True),
        ("<used-priority>high</used-priority>", False),
        (
            "<connected-functional-alias-URI><mcpttURI>a</mcpttURI></connected-functional-alias-URI>",
            True,
        ),
        ("<connected-functional-alias-URI>a</connected-functional-alias-URI>", False),
        ("<request-type>migration</request-type>", False),
    ],
)
def test_what_rel_20_has_for_mcptt(ext: str, valid: bool, published: Compile) -> None:
    """Our schema of Rel-20 and the published one judge alike; ours of Rel-18 knows neither."""
    body = (
        f'<mcpttinfo xmlns="{MCPTT.namespace}"><mcptt-Params><anyExt>{ext}</anyExt></mcptt-Params>'
        "</mcpttinfo>"
    )
    root = etree.fromstring(body.encode())
    assert bool(faults_of(root, "mcptt-info-r20.xsd", MCPTT.namespace)) is not valid
    assert published("mcpttinfo-24379-k00.xsd").validate(root) is valid
    assert not validate(root, MCPTT) or "request-type" in ext

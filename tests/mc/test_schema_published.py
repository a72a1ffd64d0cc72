"""What we build is valid against the schemas that 3GPP publishes (TS 24.379 F.1, TS 24.281 F.1)."""

from collections.abc import Callable

import pytest
from lxml import etree

from mcsip.mc.info import Info, build_info
from mcsip.mc.schema import validate
from mcsip.mc.services import MCPTT, MCVIDEO, Service

Compile = Callable[[str], etree.XMLSchema]
FILES = {
    "mcptt": ["mcpttinfo-24379-id0.xsd", "mcpttinfo-24379-k00.xsd"],
    "mcvideo": ["mcvideoinfo.xsd"],
}

INDEX = "<selected-user-profile-index><user-profile-index>{}</user-profile-index></selected-user-profile-index>"


def test_built_bodies_are_valid_as_published(published_sample: Info, published: Compile) -> None:
    root = etree.fromstring(build_info(published_sample))
    for file in FILES[published_sample.service.key]:
        schema = published(file)
        assert schema.validate(root), f"{file}: {schema.error_log}"


@pytest.mark.parametrize(
    ("judged", "file"),
    [(service, file) for service in (MCPTT, MCVIDEO) for file in FILES[service.key]],
    ids=str,
)
@pytest.mark.parametrize(
    ("ext", "valid"),
    [
        ("<req-type><{s}String>anything-new</{s}String></req-type>", True),
        ("<request-type>group-selection-change-request</request-type>", True),
        # Rel-17 has only this closed set: a value of migration cannot stand in it.
        ("<request-type>migration-service-authorization-request</request-type>", False),
        ("<response-type>migration-service-authorization-response</response-type>", False),
        ("<partner-{s}-id type='Normal'><{s}URI>sip:a@b.c</{s}URI></partner-{s}-id>", True),
        ("<partner-{s}-id type='Plain'><{s}URI>sip:a@b.c</{s}URI></partner-{s}-id>", False),
        ("<partner-{s}-id>sip:a@b.c</partner-{s}-id>", False),
        ("<primary-{s}-id><{s}Boolean>maybe</{s}Boolean></primary-{s}-id>", False),
        ("<migration-auth-result><{s}Boolean>1</{s}Boolean></migration-auth-result>", True),
        (INDEX.format("0"), True),
        (INDEX.format("-1"), False),
        (INDEX.format("two"), False),
        ("<selected-user-profile-index/>", False),
        ("<functional-alias-URI><{s}URI>sip:f@a</{s}URI></functional-alias-URI>", True),
        ("<end-to-end-security>true</end-to-end-security>", True),
    ],
)
def test_both_schemas_judge_alike(
    judged: Service, file: str, ext: str, valid: bool, published: Compile
) -> None:
    """The published schema and ours agree about what stands inside anyExt."""
    params = judged.params
    body = (
        f'<{judged.root} xmlns="{judged.namespace}"><{params}><anyExt>'
        f"{ext.replace('{s}', judged.key)}</anyExt></{params}></{judged.root}>"
    ).encode()
    assert published(file).validate(etree.fromstring(body)) is valid
    assert (validate(body, judged) == ()) is valid

"""The element names of the info bodies are those of the project's schemas."""

from lxml import etree

from mcsip.mc.elements import MOVED_TAG, PARTNER_SYSTEM_TAG, REASON_TAG, tags_of
from mcsip.mc.services import MCPTT, Service
from mcsip.resources import schemas_dir

XS = "{http://www.w3.org/2001/XMLSchema}"


def declared(file: str) -> set[str]:
    """Return the qualified names that a schema declares."""
    root = etree.parse(schemas_dir() / file).getroot()
    namespace = root.get("targetNamespace")
    return {f"{{{namespace}}}{e.get('name')}" for e in root.iter(f"{XS}element") if e.get("name")}


def test_each_name_is_declared(service: Service) -> None:
    tags = tags_of(service)
    names = {tags.root, tags.params, tags.access_token, tags.client_id, tags.any_ext}
    names |= {tags.req_type, tags.resp_type, tags.primary_id, tags.partner_id, tags.result}
    names |= {tags.selected_profile, tags.profile_index, *tags.wrappers}
    assert names <= declared(service.schema)


def test_our_own_names_are_declared() -> None:
    assert {REASON_TAG, PARTNER_SYSTEM_TAG, MOVED_TAG} <= declared("migration.xsd")


def test_the_names_of_a_service_are_made_once() -> None:
    assert tags_of(MCPTT) is tags_of(MCPTT)

"""The published schemas, compiled in memory; bodies of every message."""

from collections.abc import Callable
from pathlib import Path

import pytest
from lxml import etree

from mcsip.mc.info import Info, InfoReason
from mcsip.mc.messages import DEAUTHORIZATION, REQUEST, RESPONSE, USER_AUTHORISATION
from mcsip.mc.roles import Role
from mcsip.mc.services import SERVICES, Service

XS = "{http://www.w3.org/2001/XMLSchema}"
XENC = "http://www.w3.org/2001/04/xmlenc#"
REASON = InfoReason(
    key="profile-not-permitted",
    text='profile 1 <home> does not permit "partner.example" & others',
    clause="TS 23.280 10.6.3.3 step 6",
    domain="primary.example",
    role=Role.MC_SERVER,
    warning=100,
)


def sample_infos(service: Service) -> dict[str, Info]:
    """Return one Info per message and shape, by a name for test ids."""

    def info(message: str) -> Info:
        return Info(service, message, "sip:alice@primary.example", "sip:visitor-1@partner.example")

    client = "urn:uuid:00000000-0000-4000-8000-000000000001"
    request = info(REQUEST)._replace(client_id=client, profile_index=2)
    return {
        "request-client": request._replace(access_token="e.y.J"),
        "request-system": request._replace(profile_index=0),
        "response-success": info(RESPONSE)._replace(profile_index=2, success=True),
        "response-refused": info(RESPONSE)._replace(success=False, reason=REASON),
        "deauthorization": info(DEAUTHORIZATION),
        "user-authorisation": info(USER_AUTHORISATION)._replace(partner_system="partner.example"),
    }


SAMPLES = [
    pytest.param(info, id=f"{service.key}-{name}")
    for service in SERVICES.values()
    for name, info in sample_infos(service).items()
]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give a test one Info of every service, message and shape as ``sample``, or each service."""
    if "sample" in metafunc.fixturenames:
        metafunc.parametrize("sample", SAMPLES)
    if "published_sample" in metafunc.fixturenames:
        # No published schema of mcdata-info with migration elements was obtainable.
        rows = [row for row in SAMPLES if not str(row.id).startswith("mcdata")]
        metafunc.parametrize("published_sample", rows)
    if "service" in metafunc.fixturenames:
        metafunc.parametrize("service", SERVICES.values(), ids=SERVICES.keys())


@pytest.fixture(scope="session")
def published(shared: Path) -> Callable[[str], etree.XMLSchema]:
    """Return a function that compiles a published schema by its file name.

    Imports that no published file of ours serves are dropped in memory, and what they define is open.
    """
    folder = shared / "schemas"
    gktp = folder / "mcpttgktp-24481-j30.xsd"

    def compiled(name: str) -> etree.XMLSchema:
        tree = etree.parse(str(folder / name))
        root = tree.getroot()
        for found in root.findall(f"{XS}import"):
            namespace = found.get("namespace")
            if namespace == "urn:3gpp:ns:mcpttGKTP:1.0":
                found.set("schemaLocation", str(gktp))
            else:
                root.remove(found)
        for element in root.iter(f"{XS}element"):
            if (element.get("type") or "").startswith("mvgktp:"):
                element.set("type", "xs:anyType")
        return etree.XMLSchema(tree)

    return compiled

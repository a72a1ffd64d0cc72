"""Which elements stand in anyExt: our table, and what 3GPP published."""

import re
from pathlib import Path

import pytest
from lxml import etree

from mcsip.mc.extensions import migration_names, names_of_others, since
from mcsip.mc.services import MCDATA, MCPTT, MCVIDEO, Service

XS = "{http://www.w3.org/2001/XMLSchema}"
SETS = re.compile(r"^(mcpttinfo|mcvideoinfo)$")


def published(path: Path) -> set[str]:
    """Return the elements that a published schema declares for use in anyExt."""
    root = etree.parse(str(path)).getroot()
    names = {str(each.get("name")) for each in root.findall(f"{XS}element")}
    return {name for name in names if not SETS.match(name)}


@pytest.mark.parametrize(
    ("judged", "file", "release"),
    [
        (MCPTT, "mcpttinfo-24379-id0.xsd", 18),
        (MCPTT, "mcpttinfo-24379-k00.xsd", 20),
        (MCVIDEO, "mcvideoinfo.xsd", 20),
    ],
    ids=["MCPTT Rel-18", "MCPTT Rel-20", "MCVideo"],
)
def test_the_names_are_those_that_are_published(
    judged: Service, file: str, release: int, shared: Path
) -> None:
    known = since(judged)
    assert known is not None
    ours = {name for name, first in known.items() if first <= release}
    assert ours == published(shared / "schemas" / file)


def test_migration_came_with_rel_18() -> None:
    """The schemas of Rel-17 have none of it."""
    for service in (MCPTT, MCVIDEO):
        known = since(service)
        assert known is not None
        assert {known[name] for name in migration_names(service)} == {18}


def test_the_names_of_migration() -> None:
    assert migration_names(MCDATA) == {
        "req-type",
        "resp-type",
        "migration-auth-result",
        "selected-user-profile-index",
        "partner-mcdata-id",
        "primary-mcdata-id",
    }


def test_what_mcdata_has_is_not_known() -> None:
    assert since(MCDATA) is None


@pytest.mark.parametrize("judged", [MCPTT, MCVIDEO, MCDATA], ids=str)
def test_names_of_other_services(judged: Service) -> None:
    others = names_of_others(judged)
    assert {s.partner_id for s in (MCPTT, MCVIDEO, MCDATA)} - others == {judged.partner_id}
    assert all(judged.key not in name for name in others)
    assert "req-type" not in others

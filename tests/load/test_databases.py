"""Databases of servers elsewhere, as the command line names them."""

from pathlib import Path

import pytest

from mcsip.errors import UsageError
from mcsip.load.crowd import served_elsewhere
from mcsip.load.databases import parse_databases
from tests.nodes.world import make_topology

HERE = make_topology()
ELSEWHERE = served_elsewhere(HERE)


def test_databases_are_files_or_urls() -> None:
    texts = ["primary.server=a=b.sqlite", "partner.server=postgresql://u:x@h/db?schema=y"]
    assert parse_databases(texts, ELSEWHERE) == {
        "primary.server": Path("a=b.sqlite"),
        "partner.server": "postgresql://u:x@h/db?schema=y",
    }


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("partner.server", "'partner.server' names no database: write NODE=DATABASE"),
        ("partner.server=", "'partner.server' names no database: write NODE=DATABASE"),
        ("partner.sever=postgresql://u:S3cret@h", "did you mean 'partner.server'"),
        ("partner.core=x", "there is no MC service server 'partner.core'"),
        ("postgresql://u:S3cret@h/db", "a URL without its server: write NODE=DATABASE"),
        ("postgresql://u:S3cret@h/db?schema=x", "a URL without its server"),
    ],
)
def test_what_names_no_database_is_refused_without_a_password(text: str, told: str) -> None:
    with pytest.raises(UsageError, match=r"^--records: ") as caught:
        parse_databases([text], ELSEWHERE)
    assert told in str(caught.value)
    assert "S3cret" not in str(caught.value)


def test_records_of_this_process_are_read_here() -> None:
    with pytest.raises(UsageError, match=r"partner\.server runs in this process"):
        parse_databases(["partner.server=x"], HERE)

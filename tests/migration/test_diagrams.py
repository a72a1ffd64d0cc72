"""The diagrams say what the tables say."""

from mcsip.migration.diagrams import partner_diagram, partner_rows, primary_diagram, primary_rows
from mcsip.migration.records import PARTNER_TABLE, PRIMARY_TABLE


def test_primary_diagram() -> None:
    text = primary_diagram()
    assert text.startswith("stateDiagram-v2\n    [*] --> home\n")
    assert "    home --> offered: request permitted\n" in text
    assert "    migrated --> home: user returned\n" in text


def test_partner_diagram() -> None:
    text = partner_diagram()
    assert "    pending --> active: success response\n" in text
    assert "    retained --> absent: retention is over\n" in text


def test_every_row_is_listed() -> None:
    assert len(primary_rows().splitlines()) == len(PRIMARY_TABLE) + 2
    assert len(partner_rows().splitlines()) == len(PARTNER_TABLE) + 2
    for (state, what), row in PARTNER_TABLE.items():
        assert f"| {state} | {what} | {row.to or 'former'} |" in partner_rows()

"""What all adapters have in common, beyond the contract (``test_port``)."""

import pytest

from mcsip.migration.records import PartnerRecord, PrimaryRecord
from mcsip.store.port import Activation, Change, Owed, Paid
from mcsip.store.records import RecordStore, texts_of
from mcsip.store.sqlite import SqliteStore

ALICE = "sip:alice@primary.example"


@pytest.mark.parametrize(
    ("change", "texts"),
    [
        (PrimaryRecord(ALICE), [ALICE]),
        (PartnerRecord(ALICE, attempt="a"), [ALICE, "", "a"]),
        (Owed("d", "m", "b.example", ALICE, "a", b"", 1.0), ["d", "m", "b.example", ALICE, "a"]),
        (Paid("d"), ["d"]),
        (Activation("x", None, "", 1.0), ["x", "", ""]),
    ],
)
def test_the_texts_of_a_change(change: Change, texts: list[str]) -> None:
    assert texts_of(change) == texts


def test_a_database_of_ones_own_is_not_shared() -> None:
    store = SqliteStore()
    assert isinstance(store, RecordStore)
    assert not store.shared
    store.close()

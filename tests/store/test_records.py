"""What all adapters have in common, beyond the contract (``test_port``)."""

import asyncio

import pytest

from mcsip.migration.records import PartnerRecord, PartnerStatus, PrimaryRecord
from mcsip.store.port import Activation, Change, Owed, Paid, StoreError
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


def test_a_fault_of_the_store_leaves_nobody_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    store = SqliteStore()

    def fail() -> None:
        raise RuntimeError("a bug")

    async def main() -> None:
        told: list[object] = []
        asyncio.get_running_loop().set_exception_handler(
            lambda _, context: told.append(context["exception"])
        )
        with monkeypatch.context() as patch:
            patch.setattr(store, "_write", fail)
            with pytest.raises(StoreError, match="the store was not written"):
                await store.commit(PartnerRecord(ALICE, PartnerStatus.ACTIVE))
        assert [str(error) for error in told] == ["a bug"]
        assert store.partner(ALICE) == PartnerRecord(ALICE), "nothing of it is seen"

    asyncio.run(main())
    store.close()

"""Faults: what becomes of datagrams, in the promised proportions, and the same for the same seed."""

import random

import pytest

from mcsip.errors import UsageError
from mcsip.net.faults import REORDER_HOLD_S, FaultKind, Faults, HopFault

DRAWS = 20_000


@pytest.mark.parametrize(
    ("faults", "fault", "share"),
    [
        (Faults(loss=0.1), "lost", 0.1),
        (Faults(loss=0.6), "lost", 0.6),
        (Faults(duplicate=0.05), "duplicated", 0.05),
        (Faults(reorder=0.2), "delayed", 0.2),
        (Faults(), None, 1.0),
        (Faults(loss=1.0), "lost", 1.0),
    ],
)
def test_share_of_each_fault(faults: Faults, fault: str | None, share: float) -> None:
    rng = random.Random(3)
    found = sum(faults.decide(rng).fault == fault for _ in range(DRAWS)) / DRAWS
    assert found == pytest.approx(share, abs=0.01)


def test_copies_that_arrive() -> None:
    rng = random.Random(5)
    for fate in (Faults(0.2, 0.2, 0.2).decide(rng) for _ in range(1000)):
        copies = {"lost": 0, "duplicated": 2, "delayed": 1, None: 1}[fate.fault]
        assert len(fate.delays_s) == copies


def test_delays_stay_within_their_bounds() -> None:
    rng = random.Random(5)
    faults = Faults(reorder=0.5, delay_s=0.02, jitter_s=0.03)
    for fate in (faults.decide(rng) for _ in range(1000)):
        hold_s = REORDER_HOLD_S if fate.fault == "delayed" else 0.0
        assert 0.02 <= fate.delays_s[0] <= 0.05 + hold_s


def test_same_seed_same_fates() -> None:
    faults = Faults(0.1, 0.05, 0.1, 0.01, 0.01)
    runs = [[faults.decide(rng) for _ in range(500)] for rng in map(random.Random, (9, 9, 10))]
    assert runs[0] == runs[1] != runs[2]


@pytest.mark.parametrize("name", ["loss", "duplicate", "reorder"])
@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan")])
def test_probability_out_of_range(name: str, value: float) -> None:
    with pytest.raises(UsageError, match=f"{name} is .* from 0 to 1"):
        Faults(**{name: value})


@pytest.mark.parametrize("name", ["delay_s", "jitter_s"])
def test_negative_time(name: str) -> None:
    with pytest.raises(UsageError, match=f"{name} is -1, expected 0 or more"):
        Faults(**{name: -1})


def hop_fault(kind: FaultKind, times: int | None = 1) -> HopFault:
    meant = b"meant"
    return HopFault(
        frozenset({"a"}), frozenset({"b"}), lambda data: data == meant, kind, times, seconds=3.0
    )


@pytest.mark.parametrize(
    ("kind", "fate"),
    [
        (FaultKind.LOSE, ((), "lost")),
        (FaultKind.DELAY, ((3.0,), "delayed")),
        (FaultKind.DUPLICATE, ((0.0, 3.0), "duplicated")),
    ],
)
def test_a_fault_of_a_hop(kind: FaultKind, fate: tuple[tuple[float, ...], str]) -> None:
    fault = hop_fault(kind)
    assert fault.take("b", "a", b"meant") is None
    assert fault.take("a", "c", b"meant") is None
    assert fault.take("a", "b", b"other") is None
    assert fault.take("a", "b", b"meant") == fate
    assert fault.take("a", "b", b"meant") is None


def test_a_fault_of_a_hop_for_good() -> None:
    fault = hop_fault(FaultKind.LOSE, None)
    assert [fault.take("a", "b", b"meant") for _ in range(9)] == [((), "lost")] * 9

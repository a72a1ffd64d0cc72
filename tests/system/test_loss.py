"""The main procedure over bad networks, for a thousand seeds each, in virtual time.

TS 23.280 10.6.3.3 over UDP (what is larger than 1,300 octets goes by TCP, RFC 3261 18.1.1); the
retransmissions are those of RFC 3261 17.1.2.2 and 17.2.2.
"""

import logging
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from . import flow
from .flow import BAD, WORST, run_flow

SEEDS = 1000
HALVES = [range(SEEDS // 2), range(SEEDS // 2, SEEDS)]


@pytest.mark.slow
@pytest.mark.parametrize("seeds", HALVES, ids=["first half", "second half"])
def test_it_succeeds_with_10_percent_loss(seeds: range) -> None:
    """10 % loss, 5 % duplication, reordering: success with each seed, and the records agree."""
    faults = 0
    for seed in seeds:
        result = run_flow(seed, BAD)
        assert result.outcome.result == "success", (seed, result.outcome)
        assert result.agrees, (seed, result.primary, result.partner)
        assert result.primary.status == "migrated", seed
        faults += result.faults
    assert faults > len(seeds), "hardly anything was lost: the test proves nothing"


@pytest.mark.slow
@pytest.mark.parametrize("seeds", HALVES, ids=["first half", "second half"])
def test_it_ends_clearly_with_60_percent_loss(
    seeds: range, caplog: pytest.LogCaptureFixture
) -> None:
    """Every run ends, says how, and leaves no half-migrated user; nothing goes wrong inside."""
    caplog.set_level(logging.ERROR)
    seen: Counter[str] = Counter()
    for seed in seeds:
        result = run_flow(seed, WORST)
        outcome = result.outcome
        assert outcome.result in {"success", "failed"}, (seed, outcome)
        assert outcome.result == "success" or outcome.reason, (seed, outcome)
        assert result.agrees, (seed, result.primary, result.partner)
        if outcome.result == "success":
            assert result.primary.status == "migrated", (seed, result.primary)
        seen[outcome.reason or outcome.result] += 1
    assert not caplog.records, [record.getMessage() for record in caplog.records]
    assert seen["success"] > 0
    assert seen["primary-timeout"] > 0
    assert seen["not-registered"] > 0


def test_a_run_repeats_byte_for_byte() -> None:
    """The trace, octets and times, is a function of the seed alone."""
    seen = set()
    for seed in range(20):
        first = run_flow(seed, WORST, with_trace=True)
        assert run_flow(seed, WORST, with_trace=True).trace == first.trace, seed
        seen.add(first.trace)
    assert len(seen) == 20


def test_a_run_repeats_in_other_processes() -> None:
    """Neither the process nor the hash seed of Python has a part in it."""
    seeds = ("3", "4")
    runs = []
    for hash_seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, flow.__file__, *seeds],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        runs.append(done.stdout.split())
    here = [run_flow(int(seed), WORST, with_trace=True).trace for seed in seeds]
    assert runs == [here, here]

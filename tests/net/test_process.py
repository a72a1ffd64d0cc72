"""A process that carries traffic looks less often for garbage."""

import gc
from collections.abc import Iterator

import pytest

from mcsip.net.process import GC_THRESHOLDS, tune_garbage_collector


@pytest.fixture(autouse=True)
def usual() -> Iterator[None]:
    """Put back what the process had."""
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)
    gc.unfreeze()


def test_thresholds_and_frozen_objects() -> None:
    frozen = gc.get_freeze_count()
    tune_garbage_collector()
    assert gc.get_threshold() == GC_THRESHOLDS
    assert gc.get_freeze_count() > frozen

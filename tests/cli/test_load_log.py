"""The log of a load: a few lines of each kind, and how many more there were."""

import io
import logging

import pytest

from mcsip.cli.load_log import MAX_ALIKE, LoadLog

log = logging.getLogger("mcsip.net.udp")


def heard(*, sparing: bool) -> list[str]:
    said: list[str] = []
    with LoadLog(said.append, sparing=sparing):
        for number in range(100):
            log.warning("malformed: %d", number)
        log.warning("another")
    return said


def test_a_few_lines_of_each_kind_are_said_and_the_others_counted() -> None:
    said = heard(sparing=True)
    assert said == [
        *(f"malformed: {number}" for number in range(MAX_ALIKE)),
        "another",
        f"{100 - MAX_ALIKE} more like: WARNING mcsip.net.udp: malformed: %d",
    ]


def test_who_wants_to_know_all_is_told_all() -> None:
    assert len(heard(sparing=False)) == 101


def test_it_takes_the_place_of_the_log_on_standard_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    root, stream = logging.root, io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    monkeypatch.setattr(root, "handlers", [*root.handlers, handler])
    said: list[str] = []
    with LoadLog(said.append, sparing=True):
        log.warning("within")
    log.warning("after")
    assert said == ["WARNING within"]
    assert stream.getvalue() == "WARNING after\n"

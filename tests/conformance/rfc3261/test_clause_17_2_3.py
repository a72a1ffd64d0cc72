"""RFC 3261 17.2.3: a copy matches the transaction that there is."""

from mcsip.trace import Trace
from tests.conformance.corpus import FOLDER, load, make
from tests.conformance.rfc3261.times import one_finding, verdict
from tests.conformance.rfc3261.wire import onward, request, trace

RULE = "17.2.3/absorbed"
COPY = request()
SECOND = onward().replace(b"branch=z9hG4bKtwo", b"branch=z9hG4bKthree")


def twice(*went: bytes) -> Trace:
    """Return a request that comes twice, the second time after it went on once."""
    first, *more = went
    return trace(
        ("ue", "core", COPY),
        ("core", "server", first),
        ("ue", "core", COPY),
        *(("core", "server", each) for each in more),
    )


PROOFS = {
    f"rfc3261/{RULE}": (
        lambda: twice(onward()),
        lambda: make(load(FOLDER / "rfc3261" / "17.2.3-absorbed-forwarded.yaml")),
    )
}


def test_a_copy_that_is_forwarded_once_more() -> None:
    found = one_finding(RULE, twice(onward(), SECOND))
    assert found.actual == "a new transaction to the same target"
    assert found.node == "core"


def test_a_copy_that_is_absorbed() -> None:
    assert verdict(RULE, twice(onward())) == "pass"
    assert verdict(RULE, twice(onward(), onward())) == "pass", "a repeat on the way on"


def test_another_target_is_no_repeat() -> None:
    other = SECOND.replace(b"MESSAGE sip:b@home.example", b"MESSAGE sip:c@home.example")
    assert verdict(RULE, twice(onward(), other)) == "pass"


def test_a_fork_before_the_copy_is_none() -> None:
    forked = trace(
        ("ue", "core", COPY),
        ("core", "server", onward()),
        ("core", "server", SECOND),
        ("ue", "core", COPY),
    )
    assert verdict(RULE, forked) == "pass"


def test_what_comes_once_says_nothing() -> None:
    assert verdict(RULE, trace(("ue", "core", COPY), ("core", "server", onward()))) == "none"

"""Where keys and values stand, and the name that was meant."""

from mcsip.document import hint_for, nearest
from mcsip.yamlfile import parse_document


def test_positions_of_keys_and_values() -> None:
    root = parse_document("a:\n  - b: {c: text}\n    é: 1\n".encode(), "f")
    at = root.at(("a", 0, "b", "c"))
    assert (at.line, at.column, at.length) == (2, 12, 4)
    key = root.at_key(("a", 0, "b", "c"))
    assert (key.line, key.column, key.length) == (2, 9, 1)
    flow = root.at(("a", 0, "b"))
    assert (flow.line, flow.column, flow.length) == (2, 8, 9)
    after = root.at(("a", 0, "é"))
    assert (after.line, after.column) == (3, 8)
    assert str(after) == "f:3:8"


def test_a_position_that_is_missing_is_the_innermost_there_is() -> None:
    root = parse_document(b"a:\n  b: 1\n")
    assert root.at(("a", "zzz")).line == 1
    assert root.at_key(("a", "zzz")).line == 1
    assert root.known(("a", "tag", "b")) == ("a", "b")


def test_hints() -> None:
    assert nearest("stat", ["status", "user"]) == "status"
    assert nearest("PARTNR", ["Partner"]) == "Partner"
    assert nearest("zzz", ["status"]) is None
    assert hint_for("stat", ["status"]) == "did you mean 'status'?"
    assert hint_for("zzz", ["a", "b", "a"], "names") == "names: a, b"
    assert hint_for("zzz", []) is None
    assert str(hint_for("zzz", range(20))).endswith("11, …")

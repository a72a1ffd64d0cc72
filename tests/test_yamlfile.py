"""YAML with positions (YAML 1.2 core schema; faults with file, line, column, carets, hint)."""

import itertools
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcsip.errors import FileError
from mcsip.yamlfile import MAX_DEPTH, MAX_FILE_OCTETS, parse_document, read_document


def faults(data: bytes | str) -> list[str]:
    """Return the faults of a text, one line each: line:column: message."""
    octets = data.encode() if isinstance(data, str) else data
    with pytest.raises(FileError) as caught:
        parse_document(octets, "f")
    return [f"{d.line}:{d.column}: {d.message}" for d in caught.value.diagnostics]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("~", None),
        ("null", None),
        ("true", True),
        ("FALSE", False),
        ("yes", "yes"),
        ("on", "on"),
        ("17", 17),
        ("-3", -3),
        ("0x1F", 31),
        ("0o17", 15),
        ("017", 17),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("1:30", "1:30"),
        ("2024-01-01", "2024-01-01"),
        ("127.0.0.1:5060", "127.0.0.1:5060"),
        ("'17'", "17"),
        ('"true"', "true"),
        ("!!str 17", "17"),
        ("!!int '17'", 17),
        ("9" * 41, "9" * 41),
    ],
)
def test_scalars_follow_yaml_1_2_clause_10_3_2(text: str, value: object) -> None:
    found = parse_document(f"a: {text}".encode()).plain()
    assert found == {"a": value}
    assert isinstance(found, dict)
    assert type(found["a"]) is type(value)


def test_anchors_and_merge_keys() -> None:
    text = b"x: &d {a: 1, b: 2}\ny: {<<: *d, b: 3}\nz: {<<: [*d, {c: 4}]}\n"
    assert parse_document(text).plain() == {
        "x": {"a": 1, "b": 2},
        "y": {"b": 3, "a": 1},
        "z": {"a": 1, "b": 2, "c": 4},
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["1:1: the file is empty"]),
        ("# nothing\n", ["1:1: the file is empty"]),
        ("a: {b", ["1:4: not YAML: the mapping that opens here is not closed"]),
        ("a: [b, c", ["1:4: not YAML: the list that opens here is not closed"]),
        ("a: [", ["1:4: not YAML: the list that opens here is not closed"]),
        ("a: [b,\n", ["1:4: not YAML: the list that opens here is not closed"]),
        ("`a` b", ["1:1: not YAML: found character that cannot start any token"]),
        ("a: [b, }\n", ["1:8: not YAML: did not find expected node content"]),
        ("a:\n\tb: 1", ["2:1: not YAML: a tab"]),
        ("a: \x01", ["1:4: not YAML: control character U+0001"]),
        ("a: 1\n---\nb: 2", ["2:1: a second YAML document in the file"]),
        ("a: &x [*x]", ["1:8: the anchor 'x' contains itself"]),
        ("a: *x", ["1:4: the anchor 'x' is not defined above"]),
        (
            "a: !!python/name:os x",
            ["1:4: the tag 'tag:yaml.org,2002:python/name:os' is not supported"],
        ),
        ("a: !x {}", ["1:4: the tag '!x' is not supported"]),
        ("a: {<<: 1}", ["1:9: '<<' wants a mapping, or a list of them"]),
        ("a: 'x", ["1:6: not YAML: found unexpected end of stream"]),
    ],
)
def test_what_is_not_a_document(text: str, expected: list[str]) -> None:
    assert faults(text) == expected


def test_all_faults_at_once() -> None:
    text = "a: 1\na: 2\n? [x]\n: 1\nnull: 3\ntrue: 4\na: 5\n"
    assert faults(text) == [
        "2:1: the key 'a' stands here a second time",
        "3:3: a key must be text or a whole number",
        "5:1: a key must be text or a whole number",
        "6:1: a key must be text or a whole number",
        "7:1: the key 'a' stands here a second time",
    ]


def test_octets_that_are_not_utf_8() -> None:
    assert faults(b"a: 1\nb: caf\xe9\n") == ["2:7: not UTF-8: octet 0xe9"]
    assert faults("a: 1".encode("utf-16")) == ["1:1: not UTF-8: octet 0xff"]


def test_a_byte_order_mark_is_passed_over() -> None:
    assert parse_document(b"\xef\xbb\xbfa: 1").plain() == {"a": 1}


@pytest.mark.parametrize("opening", ["[", "{a: ", "- "])
def test_deep_nesting_is_refused_without_recursion(opening: str) -> None:
    found = faults(opening * 100_000)
    assert found[0].endswith(f"nested more than {MAX_DEPTH} levels deep")


def test_an_alias_bomb_is_refused() -> None:
    lines = ["a: &a [1,1,1,1,1,1,1,1,1,1]"]
    names = "abcdefghijkl"
    for before, name in itertools.pairwise(names):
        lines.append(f"{name}: &{name} [{','.join([f'*{before}'] * 10)}]")
    found = faults("\n".join(lines))
    assert found == ["6:8: with its aliases written out, the file has more than 200000 values"]


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    large = tmp_path / "large.yaml"
    large.write_bytes(b"#" * (MAX_FILE_OCTETS + 1))
    for path, reason in (
        (tmp_path / "missing.yaml", "no such file or directory"),
        (tmp_path, "is a directory"),
        (large, "the file is larger than"),
    ):
        with pytest.raises(FileError, match=reason):
            read_document(path)


def test_the_name_of_a_file_is_the_one_that_was_given(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text("a: [\n")
    with pytest.raises(FileError) as caught:
        read_document(path, "folder/x.yaml")
    assert caught.value.diagnostics[0].file == "folder/x.yaml"


def test_a_diagnostic_as_text() -> None:
    with pytest.raises(FileError) as caught:
        parse_document(b"ab: 1\n\tcd: 2\n", "f.yaml")
    assert str(caught.value) == (
        "f.yaml:2:1: not YAML: a tab\n     |   cd: 2\n     |  ^\n     = indent with spaces"
    )


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=200))
def test_any_octets_give_a_value_or_diagnostics(data: bytes) -> None:
    try:
        parse_document(data).plain()
    except FileError as error:
        if not error.diagnostics:
            raise


plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(st.characters(codec="ascii", min_codepoint=32)),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.from_regex("[a-z]{1,8}", fullmatch=True), inner, max_size=4)
    ),
    max_leaves=20,
)


@settings(deadline=None, max_examples=100)
@given(plain)
def test_json_is_yaml(value: object) -> None:
    import json

    assert parse_document(json.dumps({"v": value}).encode()).plain() == {"v": value}

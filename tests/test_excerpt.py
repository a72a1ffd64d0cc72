"""Lines of files in errors: what is secret in them, and what is not."""

import pytest

from mcsip.errors import Diagnostic, FileError
from mcsip.excerpt import hidden_parts, shown_line
from mcsip.filemodel import FileModel, read_model
from mcsip.yamlfile import parse_document


@pytest.mark.parametrize(
    ("line", "hidden"),
    [
        ("store: postgresql://u:S3cret@h/db", "u:S3cret@h/db"),
        ("store: mysql://u:S3 cret@h/db", "u:S3 cret@h/db"),
        ("store: 'postgresql://u:S3cret@h' # x", "u:S3cret@h"),
        ('"store":"u:S3cret@h"', "u:S3cret@h"),
        ("store: u:S3cret@h/db", "u:S3cret@h/db"),
        ("store: {S3cret: 1}", "{S3cret: 1}"),
        ("stroe: postgresql://u:S3@cret@h/db", "S3@cret"),
        ("- postgresql://u:S3cret Pw@h/db", "S3cret Pw"),
        ("at: postgresql://h?password=S3cret&x=1", "S3cret"),
        ("at: postgresql://h?sslpassword=S3cret", "S3cret"),
        ("    password: S3cret, word # x", "S3cret, word # x"),
        ("alice: {password: S3cret, profils: {}}", "S3cret"),
        ("{password: 'a,''S3cret', x: 1}", "a,''S3cret"),
        ('{client_secret: "a\\"S3cret", x: 1}', 'a\\"S3cret'),
        ("{store: postgresql://u:S3,cret@h/db, x: 1}", "u:S3,cret"),
        ("{a: {b: c}, password: S3cret}", "S3cret"),
        ('password: "S3cret', '"S3cret'),
        ("password : S3cret", "S3cret"),
    ],
)
def test_secrets_are_hidden_by_as_many_characters(line: str, hidden: str) -> None:
    assert [line[begin:end] for begin, end in hidden_parts(line)] == [hidden]
    assert shown_line(line) == line.replace(hidden, "hidden".ljust(len(hidden), "x"))


@pytest.mark.parametrize(
    "line",
    [
        "",
        "store:",
        "password: ''",
        "users: {alice: {mc_id: sip:alice@primary.example}}",
        "no_password: x",
        "at: https://idms.example/x, users: {a: {mc_id: sip:a@b.example}}",
        "- authenticate: {client: alice-ue, in: partner}",
    ],
)
def test_other_lines_are_shown_as_they_are(line: str) -> None:
    assert shown_line(line) == line
    assert hidden_parts(line) == []


@pytest.mark.parametrize("before", ["password:", "  store: ", "store: >-", '"client_secret": |2'])
def test_a_value_below_its_key_is_hidden(before: str) -> None:
    assert shown_line("    S3cret word", before) == "    hiddenxxxxx"
    assert shown_line("    S3cret word", f"{before} else") == "    S3cret word"


class Secrets(FileModel):
    """A file with secrets."""

    password: str
    store: str | None = None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("password: 12345678", "expected text, found a number"),
        ("password: 1.5e300", "expected text, found a number"),
        ("password: [S3cret]", "expected text, found a list of 1"),
        ("password:\n  - S3cret", "expected text, found a list of 1"),
        ("password: true", "expected text, found true"),
        ("password:", "expected text, found nothing"),
        ("password: S3cret\nstore: {u: S3cret}", "expected text, found a mapping"),
        ("password: *S3cret", "the anchor … is not defined above"),
        ("password: !S3cret x", "the tag … is not supported"),
        ("password: S3cret\nother: 1", "unknown key 'other'"),
        ("other: 1, password: S3cret", "not YAML: "),
        ("{password: S3cret, other: 1}", "unknown key 'other'"),
        ("{password: S3cret", "not YAML: "),
    ],
)
def test_no_fault_of_a_file_tells_a_secret(text: str, told: str) -> None:
    found: list[Diagnostic] = []
    try:
        root = parse_document(text.encode(), "f")
    except FileError as error:
        found += error.diagnostics
    else:
        read_model(root, Secrets, found)
    said = "\n".join(each.render() for each in found)
    assert told in said
    assert "S3cret" not in said
    assert "1234" not in said
    assert "e300" not in said


def test_other_values_are_told() -> None:
    class File(FileModel):
        word: str

    found: list[Diagnostic] = []
    read_model(parse_document(b"word: 17", "f"), File, found)
    assert "expected text, found the number 17" in str(found[0])
    with pytest.raises(FileError, match="the anchor 'x' is not defined above"):
        parse_document(b"word: *x", "f")

"""Users from files in SIPp's injection format, and files that are none."""

from pathlib import Path

import pytest

from mcsip.errors import FileError
from mcsip.resources import scenarios_dir
from mcsip.topology.injection import MAX_FAULTS, Injection, Order, read_injection, with_users
from mcsip.topology.load import load_topology

TOPOLOGY = load_topology(scenarios_dir() / "topologies" / "two-systems.yaml")
GOOD = """SEQUENTIAL
# alice;bob
sip:a1@primary.example;sip:b1@primary.example

sip:a2@primary.example;sip:b2@primary.example;
sip:a3@primary.example;sip:b3@primary.example
"""


def read(folder: Path, text: str, limit: int | None = None) -> Injection:
    path = folder / "users.csv"
    path.write_text(text, encoding="utf-8")
    return read_injection(path, TOPOLOGY, limit)


def faults(folder: Path, text: str, limit: int | None = None) -> list[str]:
    with pytest.raises(FileError) as caught:
        read(folder, text, limit)
    return [d.render().replace(f"{folder}/", "") for d in caught.value.diagnostics]


def test_each_line_is_one_user_with_an_id_for_each_client(tmp_path: Path) -> None:
    injection = read(tmp_path, GOOD)
    assert injection.order is Order.SEQUENTIAL
    assert [copy.number for copy in injection.copies] == [1, 2, 3]
    assert injection.copies[1].ids == {
        "sip:alice@primary.example": "sip:a2@primary.example",
        "sip:bob@primary.example": "sip:b2@primary.example",
    }
    assert injection.copies[1].names == {"alice-ue": "alice-ue-2", "bob-ue": "bob-ue-2"}


@pytest.mark.parametrize("order", list(Order))
def test_the_first_line_says_in_which_order(tmp_path: Path, order: Order) -> None:
    assert read(tmp_path, GOOD.replace("SEQUENTIAL", order)).order is order


def test_passwords_follow_the_ids(tmp_path: Path) -> None:
    line = "sip:a1@primary.example;sip:b1@primary.example;correct horse;battery staple\n"
    injection = read(tmp_path, f"USER\n{line}")
    assert injection.copies[0].passwords == {
        "sip:a1@primary.example": "correct horse",
        "sip:b1@primary.example": "battery staple",
    }
    topology = with_users(TOPOLOGY, tmp_path / "users.csv", None)
    assert topology.systems["primary"].passwords["sip:b1@primary.example"] == "battery staple"


def test_no_more_users_than_are_wanted(tmp_path: Path) -> None:
    assert len(read(tmp_path, GOOD, limit=2).copies) == 2


def test_more_users_than_identities_is_a_fault_of_the_file(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, GOOD, limit=4)
    assert fault.startswith("users.csv:6:1: 4 users are wanted, and the file has 3\n")
    assert "ask for fewer users" in fault


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "users.csv:1:1: the first line does not say in which order users are taken"),
        ("sip:a@primary.example\n", "users.csv:1:1: the first line does not say"),
        ("SEQUENTIAL,PRINTF=10\n", "PRINTF= and other additions are not supported"),
        ("SEQUENTIAL\n# nobody\n", "users.csv:2:1: no line names a user"),
        ("SEQUENTIAL\nsip:a@primary.example\n", "users.csv:2:1: 1 field, expected 2, or 4 with"),
        ("SEQUENTIAL\nsip:a@primary.example;tel:1\n", "users.csv:2:23: this is not an MC"),
        ("SEQUENTIAL\nsip:a@primary.example;sip:b\n", "users.csv:2:23: 'sip:b' is not an MC"),
        ("SEQUENTIAL\nsip:a@primary.example;sip:b@else.example\n", "not of the domain primary"),
        ("SEQUENTIAL\nsip:a@primary.example;sip:a@primary.example\n", "another field of line 2"),
    ],
)
def test_a_file_that_is_none_is_refused_with_its_place(
    tmp_path: Path, text: str, said: str
) -> None:
    assert said in faults(tmp_path, text)[0]


def test_the_same_user_on_two_lines_is_refused(tmp_path: Path) -> None:
    line = "sip:a@primary.example;sip:{}@primary.example\n"
    (fault,) = faults(tmp_path, "SEQUENTIAL\n" + line.format("b") + line.format("c"))
    assert "users.csv:3:1: sip:a@primary.example is already the user of line 2" in fault


def test_the_same_user_is_known_however_its_domain_is_written(tmp_path: Path) -> None:
    """RFC 3261 19.1.4."""
    lines = ["sip:a@primary.example;sip:b@primary.example", "sip:a@PRIMARY.example;SIP:c@x"]
    (fault, *_) = faults(tmp_path, "\n".join(["SEQUENTIAL", *lines]))
    assert "users.csv:3:1: sip:a@PRIMARY.example is already the user of line 2" in fault
    both = "SEQUENTIAL\nsip:a@primary.example;SIP:a@Primary.Example\n"
    assert "is in another field of line 2 too" in faults(tmp_path, both)[0]
    alone = read(tmp_path, "USER\nsip:a@PRIMARY.example;SIP:b@primary.example;x;y\n").copies[0]
    assert list(alone.ids.values()) == ["sip:a@primary.example", "sip:b@primary.example"]
    assert alone.passwords == {"sip:a@primary.example": "x", "sip:b@primary.example": "y"}


def test_a_line_ends_where_an_editor_says(tmp_path: Path) -> None:
    line = "sip:a{}@primary.example;sip:b{}@primary.example;x\u2028y;z\x85{}"
    text = "".join(f"{line.format(n, n, n)}\r\n" for n in range(2))
    injection = read(tmp_path, f"SEQUENTIAL\r\n{text}")
    assert [*injection.copies[1].passwords.values()] == ["x\u2028y", "z\x851"]
    (fault,) = faults(tmp_path, f"SEQUENTIAL\r\n{text}alice\r\n")
    assert fault.startswith("users.csv:4:1: ")


def test_a_line_without_an_end_is_not_told_in_full(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, "SEQUENTIAL\n" + "x" * 1_000_000)
    assert fault.startswith("users.csv:2:1: the line has 1000000 characters, expected at most")
    (fault, *_) = faults(tmp_path, "SEQUENTIAL\n" + "x" * 5000 + ";sip:b@primary.example\n")
    assert len(fault) < 1000
    (fault,) = faults(tmp_path, "x" * 1_000_000)
    assert len(fault) < 1000


def test_nothing_of_the_file_reaches_the_terminal_as_it_is(tmp_path: Path) -> None:
    for text in ("SEQUENTIAL\n\x1b[31m;\x07\n", "\x1b[31mSEQUENTIAL\n"):
        for fault in faults(tmp_path, text):
            assert not set(fault) & {"\x1b", "\x07"}


def test_passwords_are_not_shown(tmp_path: Path) -> None:
    for wrong in ("alice;sip:b@primary.example", "sip:a@primary.example;bob"):
        (fault,) = faults(tmp_path, f"SEQUENTIAL\n{wrong};SECRET1;SECRET2\n")
        assert "SECRET" not in fault
    (fault,) = faults(tmp_path, "USER\nsip:a@primary.example;sip:b@primary.example;SECRET1\n")
    assert "3 fields" in fault
    assert "SECRET" not in fault


@pytest.mark.parametrize(
    "line",
    [
        "tel:1;sip:b@primary.example;S3cret-1;S3cret-2",
        "sip:a@else.example;sip:b@primary.example;S3cret-1;S3cret-2",
        "sip:a@primary.example;sip:b@primary.example;S3cret-1",
        "sip:a@primary.example;sip:b@primary.example;S3cret-1;S3cret-2;S3cret-3;",
        "sip:a@primary.example;S3cret-1;S3cret-2",
        "S3cret-1;S3cret-2;sip:a@primary.example;sip:b@primary.example",
        "sip:a@primary.example;sip:a@primary.example;S3cret-1;S3cret-2",
        "sip:a@primary.example;S3cret-1",
        "sip:a@primary.example;S3cret-1;",
        "sip:a@primary.example;sip:b:S3cret-1@primary.example",
    ],
)
def test_passwords_in_a_wrong_place_are_not_shown_either(tmp_path: Path, line: str) -> None:
    for text in (f"USER\n{line}\n", line):  # also where the first line was forgotten
        told = faults(tmp_path, text)
        assert "S3cret" not in "".join(told)
        shown = told[0].splitlines()[1].removeprefix("     |  ").split(";")
        assert [len(each) for each in shown[:2]] == [len(each) for each in line.split(";")[:2]]
        assert line.startswith("sip:a@") == shown[0].startswith("sip:a@"), "the IDs are shown"


def test_passwords_are_not_in_the_text_of_a_copy(tmp_path: Path) -> None:
    line = "sip:a@primary.example;sip:b@primary.example;S3cret-1;S3cret-2\n"
    assert "S3cret" not in repr(read(tmp_path, f"USER\n{line}"))


def test_one_mistake_on_every_line_does_not_fill_the_screen(tmp_path: Path) -> None:
    assert len(faults(tmp_path, "SEQUENTIAL\n" + "alice\n" * 10_000)) == MAX_FAULTS


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "users.csv").write_bytes(b"SEQUENTIAL\nsip:\xff\xfe")
    with pytest.raises(FileError, match=r"users\.csv:2:1: not UTF-8 text"):
        read_injection(tmp_path / "users.csv", TOPOLOGY)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="cannot be read: No such file"):
        read_injection(tmp_path / "gone.csv", TOPOLOGY)


def test_without_a_file_users_are_generated_or_there_are_none() -> None:
    assert with_users(TOPOLOGY, None, None) is TOPOLOGY
    assert "alice-ue-3" in with_users(TOPOLOGY, None, 3).clients

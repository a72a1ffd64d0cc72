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
        ("SEQUENTIAL\nsip:a@primary.example\n", "users.csv:2:1: 1 fields, expected 2, or 4 with"),
        ("SEQUENTIAL\nsip:a@primary.example;tel:1\n", "users.csv:2:23: 'tel:1' is not an MC"),
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

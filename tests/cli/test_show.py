"""``mcsip show``: ladders in every format, filters, exit codes."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from . import captures

Cli = Callable[..., Any]
REQUEST = "migration-service-authorization-request"


@pytest.fixture
def trace(cli: Cli, files: Path) -> Path:
    """The trace of a run that passes."""
    assert cli("run", files / "good.yaml", "--seed", "7", "-q").code == 0
    return Path("mcsip-out") / "latest" / "good" / "trace.jsonl"


def check_golden(name: str, text: str) -> None:
    """Compare what was told with a file under golden/; UPDATE_GOLDEN=1 writes it instead."""
    path = Path(__file__).parent / "golden" / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8"), f"{name} differs (UPDATE_GOLDEN=1)"


def test_the_run_just_made(cli: Cli, trace: Path) -> None:
    done = cli("show")
    assert done.code == 0
    check_golden("show.txt", done.out)
    assert done.out == cli("show", trace).out


def test_a_capture_has_messages_and_no_inner_steps(cli: Cli, trace: Path) -> None:
    done = cli("show", trace.with_name("capture.pcap"))
    assert done.code == 0
    assert REQUEST in done.out
    assert "initial authorization check" not in done.out
    assert " 200\n" in done.out, "the answers are in the capture"
    assert "—" not in done.out.replace("────", ""), "nothing is unanswered"
    assert "lost" not in done.out
    named = cli("show", trace.with_name("capture.pcap"), "--topology", "../files/topology.yaml")
    assert named.code == 0
    assert "alice-ue" in named.out, "the topology names the client"


@pytest.mark.parametrize(
    ("form", "begin"),
    [
        ("mermaid", "---\ntitle:"),
        ("plantuml", "@startuml"),
        ("svg", "<svg"),
        ("html", "<!doctype html"),
    ],
)
def test_formats(cli: Cli, trace: Path, form: str, begin: str) -> None:
    done = cli("show", trace, "-f", form)
    assert done.code == 0
    assert done.out.lower().startswith(begin.lower())
    assert REQUEST in done.out


@pytest.mark.parametrize(
    ("name", "begin"),
    [
        ("l.mmd", "---"),
        ("l.puml", "@startuml"),
        ("l.svg", "<svg"),
        ("l.html", "<!"),
        ("l.txt", " step"),
    ],
)
def test_the_name_of_the_file_says_the_format(cli: Cli, trace: Path, name: str, begin: str) -> None:
    done = cli("show", trace, "-o", f"out/{name}")
    assert (done.code, done.out) == (0, "")
    assert Path("out", name).read_text(encoding="utf-8").startswith(begin)
    assert cli("show", trace, "-o", "x.svg", "-f", "mermaid").code == 0
    assert Path("x.svg").read_text(encoding="utf-8").startswith("---")


def test_an_svg_is_xml(cli: Cli, trace: Path) -> None:
    assert cli("show", trace, "-o", "l.svg").code == 0
    assert etree.parse("l.svg").getroot().tag.endswith("svg")


def test_colours_do_not_go_into_a_file(cli: Cli, trace: Path) -> None:
    assert "\x1b[" in cli("show", trace, "--color", "always").out
    assert cli("show", trace, "--color", "always", "-o", "l.txt").code == 0
    assert "\x1b[" not in Path("l.txt").read_text(encoding="utf-8")


def test_cores_are_unfolded_on_demand(cli: Cli, trace: Path) -> None:
    assert "○" in cli("show", trace).out
    whole = cli("show", trace, "--cores").out
    assert "○" not in whole
    assert whole.count(REQUEST) > cli("show", trace).out.count(REQUEST)


def test_a_part(cli: Cli, trace: Path) -> None:
    done = cli("show", trace, "-k", "primary.server and request", "--messages")
    assert done.code == 0
    check_golden("show-part.txt", done.out.partition("\nRun of ")[0])
    assert done.out.count("MESSAGE sip:") == 1
    assert "REGISTER" not in done.out


def test_nothing_matches(cli: Cli, trace: Path) -> None:
    done = cli("show", trace, "-k", "primary.gateway")
    assert (done.code, done.out) == (5, "")
    check_golden("show-nothing-matches.txt", done.err)


def test_messages_are_without_secrets(cli: Cli, trace: Path) -> None:
    text = cli("show", trace, "--messages").out
    assert "redacted" in text
    assert "eyJ" not in text


def test_several_traces(cli: Cli, files: Path) -> None:
    cli("run", files, "-q")
    both = cli("show").out
    assert "good\n\n" in both
    assert "wrong\n\n" in both
    assert cli("show", "-o", "l.svg").code == 0
    assert sorted(path.name for path in Path().glob("l*")) == ["l-good.svg", "l-wrong.svg"]


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (("-f", "svg", "--messages"), "--messages is for the terminal and HTML, not for svg"),
        (("-f", "html", "-k", "x"), "an HTML report filters itself"),
        (("-k", "("), "-k:"),
        (("-f", "pdf"), "pdf"),
    ],
)
def test_wrong_command_lines(cli: Cli, trace: Path, arguments: tuple[str, ...], what: str) -> None:
    done = cli("show", trace, *arguments)
    assert done.code == 2
    assert what in done.err


def test_bad_input(cli: Cli, trace: Path) -> None:
    assert cli("show", "nowhere.pcap").code == 2
    Path("x.pcap").write_text("hello")
    assert cli("show", "x.pcap").code == 3
    none = cli("show", captures.without_sip(Path("dns.pcap")))
    assert none.code == 5
    assert "no SIP message was found" in none.err
    cut = captures.with_line(trace, Path("cut.jsonl"), '{"kind"')
    done = cli("show", cut)
    assert done.code == 4
    assert REQUEST in done.out, "what could be read is drawn"
    assert "ends in the middle of a line" in done.err
    Path("empty").mkdir()
    assert cli("show", "empty").code == 5

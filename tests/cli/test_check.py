"""``mcsip check``: what is judged, what is told, exit codes."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from mcsip.cli.exit_code import ExitCode

from . import captures

Cli = Callable[..., Any]
COOKIE = "rfc3261/8.1.1.7"
"""A clause whose rules are few, so that texts stay as they are when rules are added."""


@pytest.fixture
def trace(cli: Cli, files: Path) -> Path:
    """The trace of a run that passes."""
    assert cli("run", files / "good.yaml", "--seed", "7", "-q").code == 0
    return Path("mcsip-out") / "latest" / "good" / "trace.jsonl"


@pytest.fixture
def golden() -> Callable[[str, str], None]:
    """Compare what was told with a file under golden/; UPDATE_GOLDEN=1 writes it instead."""

    def compare(name: str, text: str) -> None:
        path = Path(__file__).parent / "golden" / name
        if os.environ.get("UPDATE_GOLDEN"):
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8"), f"{name} differs (UPDATE_GOLDEN=1)"

    return compare


Golden = Callable[[str, str], None]


# --- what is judged -------------------------------------------------------------------------------


def test_the_run_just_made_is_judged_by_all_rules(cli: Cli, trace: Path) -> None:
    done = cli("check", "--strict")
    assert done.code == 0, done.out
    assert f"PASS   {trace}" in done.out
    assert "RFC 3261" in done.out


def test_all_traces_of_a_run(cli: Cli, files: Path) -> None:
    cli("run", files, "--seed", "7", "-q")
    done = cli("check", "mcsip-out/latest", COOKIE)
    assert done.code == 0
    assert "2 traces: 2 pass" in done.out
    one = cli("check", "mcsip-out/latest/good", COOKIE)
    assert one.code == 0
    assert "traces" not in one.out


def test_the_capture_of_a_run_says_the_same_and_who_is_who(cli: Cli, trace: Path) -> None:
    done = cli("check", trace.with_name("capture.pcap"))
    assert done.code == 0, done.out
    assert "known by" in done.out
    assert "partner.server" in done.out


def test_a_topology_says_who_is_who(cli: Cli, trace: Path, files: Path) -> None:
    done = cli("check", trace.with_name("capture.pcap"), "--topology", files / "topology.yaml")
    assert done.code in {0, 1}
    told = cli("check", trace, COOKIE, "--topology", files / "topology.yaml")
    assert "--topology is not used: a trace knows its nodes" in told.err


def test_rules_are_selected_by_the_beginning_of_their_ids(cli: Cli, trace: Path) -> None:
    done = cli("check", trace, "rfc3325", COOKIE, "--json", "r.json")
    assert done.code == 0
    (report,) = json.loads(Path("r.json").read_text())["traces"]
    ids = {rule["id"] for rule in report["rules"]}
    assert ids
    assert all(each.startswith(("rfc3325/", f"{COOKIE}/")) for each in ids)
    latest = cli("check", COOKIE)
    assert latest.code == 0
    assert str(trace) in latest.out


def test_the_release_is_told(cli: Cli, trace: Path) -> None:
    assert "release 18" in cli("check", trace, COOKIE).out
    assert "release 20" in cli("check", trace, COOKIE, "--release", "20").out
    assert cli("check", trace, "--release", "16").code == 2


# --- findings -------------------------------------------------------------------------------------


def test_a_finding_shows_the_octets(cli: Cli, trace: Path, golden: Golden) -> None:
    path = captures.edited(trace, Path("bad.pcap"), captures.without_cookie)
    done = cli("check", path, COOKIE)
    assert done.code == 1
    golden("check-finding.txt", done.out)
    assert "branch=abcdefg" in done.out
    of_trace = cli("check", captures.broken_trace(trace, Path("bad.jsonl")), COOKIE)
    assert of_trace.code == 1
    assert "branch=abcdefg" in of_trace.out


def test_quiet_says_nothing_of_what_is_right(cli: Cli, trace: Path) -> None:
    assert cli("check", trace, COOKIE, "-q").out == ""
    bad = captures.edited(trace, Path("bad.pcap"), captures.without_cookie)
    assert "FAIL" in cli("check", bad, COOKIE, "-q").out


def test_verbose_draws_the_ladder(cli: Cli, trace: Path) -> None:
    bad = captures.broken_trace(trace, Path("bad.jsonl"))
    text = cli("check", bad, COOKIE, "-v").out
    assert "├" in text
    assert f"✗ {COOKIE}/" in text
    assert "initial authorization check: permitted" in text, "with the inner steps of a trace"


def test_reports(cli: Cli, trace: Path) -> None:
    bad = captures.edited(trace, Path("bad.pcap"), captures.without_cookie)
    done = cli(
        "check", bad, COOKIE, "--json", "r/c.json", "--junit", "r/c.xml", "--tap", "r/c.tap",
        "--mermaid", "r/c.mmd", "--pcap", "r/c.pcap", "--html", "r/c.html",
    )  # fmt: skip
    assert done.code == 1
    assert json.loads(Path("r/c.json").read_text())["verdict"] == "fail"
    assert etree.parse("r/c.xml").getroot().get("failures") == "1"
    assert "not ok" in Path("r/c.tap").read_text()
    assert f"✗ {COOKIE}" in Path("r/c.mmd").read_text()
    assert COOKIE in Path("r/c.html").read_text()
    again = cli("check", "r/c.pcap", COOKIE)
    assert again.code == 1
    assert "branch=abcdefg" in again.out


def test_reports_of_several_traces(cli: Cli, files: Path) -> None:
    cli("run", files, "-q")
    assert cli("check", COOKIE, "--mermaid", "m.mmd", "--junit", "j.xml").code == 0
    assert sorted(path.name for path in Path().glob("m*")) == [
        "m-good.mmd",
        "m-wrong.mmd",
        "mcsip-out",
    ]
    assert len(list(etree.parse("j.xml").getroot().iter("testsuite"))) == 2


# --- bad input ------------------------------------------------------------------------------------


def told(done: Any) -> str:
    return f"exit code {done.code}\n--- standard output\n{done.out}--- standard error\n{done.err}"


def make_input(name: str, trace: Path) -> Path:
    """Write the file of a case of bad input, and return its path."""
    path = Path(name)
    bad = captures.edited(trace, Path("whole.pcap"), captures.without_cookie).read_bytes()
    match name:
        case "cut.pcap":
            path.write_bytes(bad[:-100])
        case "cut-in-the-header.pcap":
            path.write_bytes(bad[:13])
        case "empty.pcap":
            path.write_bytes(b"")
        case "no-packets.pcap":
            path.write_bytes(bad[:24])
        case "not-a-capture.pcap":
            path.write_text("To whom it may concern,\n")
        case "other.jsonl":
            path.write_text('{"format": "har", "version": 1}\n')
        case "cut.jsonl":
            captures.with_line(trace, path, '{"kind": "message", "num')
        case "encrypted.pcap":
            captures.encrypted(path)
        case "without-sip.pcap":
            captures.without_sip(path)
        case "garbage.pcap":
            captures.garbage(path)
        case "sip-and-garbage.pcap":
            captures.sip_after_garbage(trace, path)
        case _:
            raise ValueError(name)
    return path


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("cut.pcap", ExitCode.ERROR),
        ("cut-in-the-header.pcap", ExitCode.ERROR),
        ("empty.pcap", ExitCode.FILE),
        ("no-packets.pcap", ExitCode.NOTHING),
        ("not-a-capture.pcap", ExitCode.FILE),
        ("other.jsonl", ExitCode.FILE),
        ("cut.jsonl", ExitCode.ERROR),
        ("encrypted.pcap", ExitCode.ERROR),
        ("without-sip.pcap", ExitCode.NOTHING),
        ("garbage.pcap", ExitCode.FAIL),
        ("sip-and-garbage.pcap", ExitCode.FAIL),
    ],
)
def test_bad_input_is_told_and_what_could_be_read_is_judged(
    cli: Cli, trace: Path, golden: Golden, name: str, code: ExitCode
) -> None:
    done = cli("check", make_input(name, trace), COOKIE, "rfc3261/7")
    golden(f"check-{name}.txt", told(done))
    assert done.code == code
    assert "Traceback" not in done.err


def test_a_file_that_cannot_be_read(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    done = cli("check", tmp_path / "folder")
    assert done.code == 5
    assert "holds no trace.jsonl" in done.err


@pytest.mark.parametrize(
    ("name", "arguments", "code"),
    [
        ("neither", ("rfc3262", "rfc3261"), 2),
        ("no-such-file", ("vendor.pcap",), 2),
        ("no-such-rule", ("latest", "rfc3261", "rfc3265/7"), 5),
        ("two-captures", ("latest", "mcsip-out"), 2),
    ],
)
def test_wrong_command_lines(
    cli: Cli, trace: Path, golden: Golden, name: str, arguments: tuple[str, ...], code: int
) -> None:
    Path("latest").symlink_to(trace)
    done = cli("check", *arguments)
    golden(f"check-{name}.txt", told(done).replace(_documents(), "rfc3261, …"))
    assert done.code == code


def _documents() -> str:
    """The list of documents in a hint, which grows."""
    from mcsip.conformance.catalogue import RULES

    return ", ".join(dict.fromkeys(rule.id.partition("/")[0] for rule in RULES))


def test_without_a_run_there_is_nothing_to_look_at(cli: Cli, golden: Golden) -> None:
    done = cli("check")
    golden("check-no-run.txt", told(done))
    assert done.code == 5


def test_a_rule_that_had_nothing_to_look_at_is_no_pass(cli: Cli, trace: Path) -> None:
    done = cli("check", trace, "rfc3261/9.1")
    assert done.code == 5
    assert "no rule had anything to look at" in done.out


def test_the_time_was_over(
    cli: Cli, trace: Path, monkeypatch: pytest.MonkeyPatch, golden: Golden
) -> None:
    """What was found until then is told; a fail wins."""
    from mcsip.cli import judge

    monkeypatch.setattr(judge, "_ITEMS_PER_LOOK", 1)
    done = cli("check", trace, COOKIE, "--timeout", "0.000001")
    golden("check-timeout.txt", told(done))
    assert done.code == 6
    bad = captures.edited(trace, Path("bad.pcap"), captures.without_cookie)
    assert cli("check", bad, COOKIE, "--timeout", "0.000001").code == 1

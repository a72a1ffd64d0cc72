"""Finding what is to be judged or drawn."""

from pathlib import Path

import pytest

from mcsip.cli.exit_code import ExitCode
from mcsip.cli.sources import LATEST, NothingThereError, find_files, load_nodes, nothing


def test_a_file_is_itself(tmp_path: Path) -> None:
    assert find_files(tmp_path / "a.pcap") == [tmp_path / "a.pcap"]


def test_a_run_has_the_traces_of_its_scenarios(tmp_path: Path) -> None:
    for name in ("b", "a"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "trace.jsonl").write_text("")
    assert find_files(tmp_path) == [tmp_path / n / "trace.jsonl" for n in ("a", "b")]
    assert find_files(tmp_path / "a") == [tmp_path / "a" / "trace.jsonl"]


def test_nothing_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NothingThereError, match=r"holds no trace\.jsonl"):
        find_files(tmp_path)
    with pytest.raises(NothingThereError, match="no run to look at") as caught:
        find_files(None)
    assert nothing(caught.value) is ExitCode.NOTHING
    assert capsys.readouterr().err.startswith("Error: there is no run")
    LATEST.mkdir(parents=True)
    (LATEST / "trace.jsonl").write_text("")
    assert find_files(None) == [LATEST / "trace.jsonl"]


def test_without_a_topology_nodes_are_inferred() -> None:
    assert load_nodes(None) is None

"""Finding scenario files."""

from pathlib import Path

import pytest

from mcsip.cli.discover import find_scenarios, shipped_scenarios
from mcsip.errors import UsageError


def test_a_folder_stands_for_its_scenarios_and_not_its_topologies(files: Path) -> None:
    (files / "x.topology.yaml").write_text("steps: []")
    found = find_scenarios([str(files), str(files / "good.yaml")])
    assert [path.name for path, _ in found] == ["good.yaml", "wrong.yaml"]
    assert found[0][1] == str(files / "good.yaml")


def test_shipped_scenarios_by_name() -> None:
    assert "authorization/success" in shipped_scenarios()
    assert [name for _, name in find_scenarios(["authorization/success"])] == [
        "authorization/success.yaml"
    ]
    assert len(find_scenarios(["authorization"])) >= 10


def test_an_unknown_name_has_a_hint() -> None:
    with pytest.raises(UsageError, match="did you mean 'authorization/success'"):
        find_scenarios(["authorization/succes"])


def test_an_ambiguous_name_lists_all_that_have_it() -> None:
    named = [name for name in shipped_scenarios() if name.endswith("/success")]
    assert len(named) > 1
    with pytest.raises(UsageError) as caught:
        find_scenarios(["success"])
    assert all(repr(name) in str(caught.value) for name in named)

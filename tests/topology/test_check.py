"""Every fault of a broken topology file, as its golden text says (exit code 3)."""

from pathlib import Path

import pytest

from mcsip.errors import FileError
from mcsip.topology.load import load_topology

BROKEN = sorted((Path(__file__).parent / "broken").glob("*.yaml"))


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_golden_texts(path: Path) -> None:
    with pytest.raises(FileError) as caught:
        load_topology(path, name=path.name)
    assert f"{caught.value}\n" == path.with_suffix(".err").read_text(encoding="utf-8")

"""Scenario files for tests."""

from pathlib import Path

from mcsip.resources import scenarios_dir


def write_scenario(
    folder: Path, steps: str, head: str = "", *, topology: str = "two-systems"
) -> Path:
    """Write a scenario on a shipped topology; return its path."""
    path = folder / "x.yaml"
    file = scenarios_dir() / "topologies" / f"{topology}.yaml"
    path.write_text(f"name: X\ntopology: {file}\n{head}steps:\n{steps}", encoding="utf-8")
    return path

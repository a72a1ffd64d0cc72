"""Fixtures for every test."""

import importlib.util
import os
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

collect_ignore_glob = ["*.yaml"]
"""Scenario files among the tests are what tests are about; our own plugin would collect them."""

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"

# Every run tries the same examples, so that what passed passes again. To look for new ones:
# HYPOTHESIS_PROFILE=explore make unit
# A loaded machine is no fault: how long examples take to make is not judged.
settings.register_profile(
    "steady",
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("explore", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of reference data that stands beside the checkout; skip where it is missing."""
    if not SHARED.is_dir():
        reason = "the reference data (folder 'shared' beside the checkout) is not here"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return SHARED


@pytest.fixture(scope="session")
def pjsua2() -> None:
    """Skip where PJSIP is not installed, but not under CI; it is not loaded in this process."""
    if importlib.util.find_spec("pjsua2") is None:
        reason = "pjsua2 is not installed (pip install 'mcsip[pjsua2]')"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell why tests were skipped: one line for each reason, however many tests it kept away."""
    reports = terminalreporter.stats.get("skipped", ())
    reasons = Counter(str(report.longrepr[2]).removeprefix("Skipped: ") for report in reports)
    for reason, count in sorted(reasons.items()):
        terminalreporter.write_line(f"skipped {count}: {reason}")

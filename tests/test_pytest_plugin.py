"""``pytest scenarios/``: what is collected, what is not, and what a failure looks like."""

import re
import tomllib
from pathlib import Path

import pytest
from lxml import etree

from mcsip.conformance.check import check_trace
from mcsip.report.case import make_case, with_check
from mcsip.report.terminal import render_ladder
from mcsip.report.verdict import render_verdict
from mcsip.resources import scenarios_dir
from mcsip.scenario.files import is_scenario
from mcsip.scenario.load import load_scenario
from mcsip.scenario.model import RunOptions
from mcsip.scenario.run import run_scenario
from tests.cli.conftest import SCENARIO, TOPOLOGY

pytest_plugins = ["pytester"]
ROOT = Path(__file__).resolve().parents[1]
STRICT = "[pytest]\naddopts = --strict-markers --strict-config\n"


@pytest.fixture(scope="module", autouse=True)
def _loaded() -> None:
    """Import what a scenario needs: what an inner pytest imports first, it takes away again."""
    path = scenarios_dir() / "authorization" / "success.yaml"
    run = run_scenario(load_scenario(path, over=RunOptions(network="memory")), seed=1)
    case = with_check(make_case(run.result, run.trace), check_trace(run.trace))
    render_ladder(case.ladder)
    render_verdict(case)


@pytest.fixture
def suite(pytester: pytest.Pytester) -> pytest.Pytester:
    """A folder with two scenarios, of which one fails, beside YAML that is none."""
    folder = pytester.path / "flows"
    folder.mkdir()
    (folder / "good.yaml").write_text(SCENARIO.format(name="Good", tag="return-home", profile=2))
    wrong = SCENARIO.format(name="Wrong", tag="bad", profile=2)
    wrong += "    expect: {result: refused}\n"
    (folder / "wrong.yaml").write_text(wrong)
    (folder / "topology.yaml").write_text(TOPOLOGY)
    (pytester.path / "pipeline.yml").write_text("steps:\n  - run: make\n")
    (pytester.path / "other.yaml").write_text("a: 1\n")
    pytester.makeini(STRICT)
    return pytester


def run(suite: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    """Run pytest in the suite's folder."""
    return suite.runpytest_inprocess("-p", "no:cacheprovider", "-p", "no:xdist", *arguments)


def collected(result: pytest.RunResult) -> list[str]:
    return [line for line in result.outlines if "::" in line]


def test_the_installed_package_brings_the_plugin() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["entry-points"]["pytest11"] == {"mcsip": "mcsip.pytest_plugin"}


def test_scenarios_of_a_named_path_are_tests_and_nothing_else_is(suite: pytest.Pytester) -> None:
    expected = ["flows/good.yaml::good[mcptt]", "flows/wrong.yaml::wrong[mcptt]"]
    assert collected(run(suite, "--collect-only", "-q", "flows")) == expected
    assert collected(run(suite, "--collect-only", "-q", ".")) == expected
    one = run(suite, "--collect-only", "-q", "flows/good.yaml")
    assert collected(one) == expected[:1]


def test_without_a_path_nothing_is_collected(suite: pytest.Pytester) -> None:
    assert run(suite, "--collect-only", "-q").ret == pytest.ExitCode.NO_TESTS_COLLECTED


def test_testpaths_are_paths_too(suite: pytest.Pytester) -> None:
    suite.makeini(STRICT + "testpaths = flows\n")
    assert len(collected(run(suite, "--collect-only", "-q"))) == 2


def test_a_pass_and_a_fail_with_place_and_ladder(suite: pytest.Pytester) -> None:
    result = run(suite, "flows", "-rA")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "*flows/wrong.yaml:10:*another result than expected*",
            "*expected:*refused*",
            "*observed:*success*",
        ]
    )
    text = result.stdout.str()
    assert "1     │ migration-service-authorization-request" in re.sub(" +│ +m", "     │ m", text)
    assert "FAILED flows/wrong.yaml::wrong[mcptt] - flows/wrong.yaml:10:" in text
    assert "Traceback" not in text
    assert "pytest_plugin.py" not in text


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("-k", "Good"), ["good"]),
        (("-k", "not good"), ["wrong"]),
        (("-k", "return-home"), ["good"]),
        (("-m", "bad"), ["wrong"]),
        (("-m", "not bad"), ["good"]),
        (("-m", "return-home"), ["good"]),
    ],
)
def test_selection_by_words_and_tags(
    suite: pytest.Pytester, options: tuple[str, ...], expected: list[str]
) -> None:
    found = collected(run(suite, "--collect-only", "-q", "flows", *options))
    assert [Path(line.partition("::")[0]).stem for line in found] == expected


def test_one_test_for_each_service(suite: pytest.Pytester) -> None:
    found = collected(run(suite, "--collect-only", "-q", "flows/good.yaml", "--mcsip-service=all"))
    assert [line.partition("::")[2] for line in found] == [
        "good[mcptt]", "good[mcvideo]", "good[mcdata]",
    ]  # fmt: skip


def test_settings_of_the_configuration_file_and_over_it(suite: pytest.Pytester) -> None:
    suite.makeini(STRICT + "mcsip_service = mcdata\nmcsip_transport = udp\n")
    result = run(suite, "flows/good.yaml", "--junit-xml=r.xml", "--mcsip-transport=tls", "-q")
    assert result.ret == 0
    properties = junit_properties(suite)
    assert ("service", "mcdata") in properties
    assert ("transport", "tls") in properties


def test_a_wrong_value_in_the_configuration_file(suite: pytest.Pytester) -> None:
    suite.makeini(STRICT + "mcsip_transport = sctp\n")
    result = run(suite, "flows/good.yaml")
    assert (
        "mcsip_transport: 'sctp' is none of udp, tcp, tls"
        in result.stdout.str() + result.stderr.str()
    )
    assert result.ret != 0


def junit_properties(suite: pytest.Pytester) -> list[tuple[str | None, str | None]]:
    root = etree.parse(suite.path / "r.xml").getroot()
    return [(each.get("name"), each.get("value")) for each in root.iter("property")]


def test_properties_in_a_junit_report(suite: pytest.Pytester) -> None:
    run(suite, "flows/good.yaml", "--junit-xml=r.xml", "--mcsip-seed=7")
    properties = junit_properties(suite)
    assert {
        ("clause", "TS 23.280 10.6.3.3"),
        ("tag", "return-home"),
        ("service", "mcptt"),
        ("network", "memory"),
        ("seed", "7"),
        ("verdict", "pass"),
    } <= set(properties)


def test_rules_are_asked_on_demand(suite: pytest.Pytester) -> None:
    result = run(suite, "flows/wrong.yaml", "--mcsip-check", "--mcsip-release=19")
    assert re.search(r"\d+ rules kept, .*release 19", result.stdout.str())
    assert "rules kept" not in run(suite, "flows/wrong.yaml").stdout.str()


def test_a_file_that_is_wrong_is_an_error_with_its_place(suite: pytest.Pytester) -> None:
    path = suite.path / "flows" / "good.yaml"
    path.write_text(path.read_text().replace("alice-ue", "alize-ue"))
    result = run(suite, "flows/good.yaml")
    result.assert_outcomes(errors=1)
    text = result.stdout.str()
    assert "flows/good.yaml:7:" in text
    assert "did you mean 'alice-ue'?" in text
    assert "Traceback" not in text


def test_a_file_that_is_named_needs_no_more_than_steps(suite: pytest.Pytester) -> None:
    """Who names a file wants it: what is missing is told instead of passed over."""
    result = run(suite, "pipeline.yml")
    result.assert_outcomes(errors=1)
    assert "pipeline.yml:1:1" in result.stdout.str()


def test_what_has_no_meaning_with_a_service_is_skipped(suite: pytest.Pytester) -> None:
    path = suite.path / "flows" / "good.yaml"
    step = "  - call: {from: alice-ue, to: bob-ue}\n"
    path.write_text(path.read_text() + step)
    topology = suite.path / "flows" / "topology.yaml"
    topology.write_text(
        TOPOLOGY.replace(
            "users:\n", "users:\n      bob: {mc_id: sip:bob@primary.example}\n"
        ).replace("{user: primary.alice}", "{user: primary.alice}, bob-ue: {user: primary.bob}")
    )
    result = run(suite, "flows/good.yaml", "--mcsip-service=mcdata", "-rs")
    result.assert_outcomes(skipped=1)


def test_it_is_quiet_and_cheap_where_it_is_not_used(suite: pytest.Pytester) -> None:
    """An ordinary run sees no line of it, and imports next to nothing of the product."""
    code = (
        "import sys\n"
        "def test_it():\n"
        "    loaded = {n for n in sys.modules if n.startswith('mcsip.')}\n"
        "    assert loaded <= {'mcsip.pytest_plugin', 'mcsip.scenario', 'mcsip.scenario.files'}\n"
    )
    suite.makepyfile(test_ordinary=code)
    result = suite.runpytest_subprocess("test_ordinary.py", "-W", "error", "--no-header")
    result.assert_outcomes(passed=1)
    assert "mcsip" not in result.stdout.str()


def test_the_project_s_own_tests_are_not_disturbed() -> None:
    """Scenario files below ``tests`` are fixtures of tests, and none is complete enough to count."""
    found = [path for path in (ROOT / "tests").rglob("*.y*ml") if is_scenario(path)]
    assert [path.relative_to(ROOT) for path in found if "broken" not in path.parts] == []

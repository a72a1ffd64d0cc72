"""The files of a SIPp export: valid, without secrets, with the commands that run them."""

import subprocess
from pathlib import Path

import pytest
import yaml
from lxml import etree

from mcsip.errors import UsageError
from mcsip.export.recording import Exported
from mcsip.export.sipp_files import export_sipp
from mcsip.resources import scenarios_dir
from mcsip.scenario.model import RunOptions
from tests.system.sut import AUTHORIZATION, write_scenario, write_topology

from .recorded import RETURN_HOME

NODES = (
    "alice-ue",
    "partner.core",
    "partner.server",
    "partner.gateway",
    "primary.gateway",
    "primary.server",
    "primary.core",
)
OURS = Path(__file__).parent / "sipp-elements.dtd"


def exported(node: str, transport: str = "udp", path: Path = RETURN_HOME) -> Exported:
    return export_sipp(path, node, options=RunOptions(), transport=transport)


def dtds() -> list[Path]:
    """Our own reading of SIPp's elements; and SIPp's, where an installation has it."""
    return [OURS, *Path("/usr/share").glob("*sip*/**/sipp.dtd")]


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize("node", NODES)
def test_every_file_is_valid(node: str, transport: str) -> None:
    files = exported(node, transport).files
    scenarios = {name: text for name, text in files.items() if name.endswith(".xml")}
    assert len(scenarios) == (2 if node == "alice-ue" else 1)
    for name, text in scenarios.items():
        root = etree.fromstring(text.encode())
        for path in dtds():
            dtd = etree.DTD(str(path))
            assert dtd.validate(root), (name, path, dtd.error_log)


def test_the_dtd_can_say_no() -> None:
    dtd = etree.DTD(str(OURS))
    text = exported("partner.server").files["partner.server.xml"]
    for old, new in [("<timewait", "<wait"), (' next="4"', ' nxt="4"'), ("<setdest", "<goto")]:
        assert old in text
        assert not dtd.validate(etree.fromstring(text.replace(old, new, 1).encode())), old


@pytest.mark.parametrize("node", NODES)
def test_no_file_holds_a_token_or_what_belongs_to_a_run(node: str) -> None:
    for text in exported(node).files.values():
        assert "eyJhbGciOi" not in text
        assert "sip:visitor-" not in text
        assert "10.0.0." not in text


@pytest.mark.parametrize("node", ["alice-ue", "primary.server"])
def test_the_command_stands_in_the_file_and_in_the_script(node: str) -> None:
    result = exported(node, "tcp")
    script = result.files[result.script]
    for name, text in result.files.items():
        if name.endswith(".xml"):
            comment = text[text.index("<!--") : text.index("-->")]
            assert "sipp" in comment
            for words in ("-t tn -max_socket 1000", "-inf memory.csv", "-key own_ip"):
                assert words in comment
                assert words in script
    assert subprocess.run(["sh", "-n"], input=script, text=True, check=False).returncode == 0
    assert f"--sut {node}=tcp:HOST:PORT" in script


def test_addresses_of_the_topology_are_defaults(tmp_path: Path) -> None:
    content = yaml.safe_load(write_topology(tmp_path).read_text())
    nodes = content["systems"]["partner"]["nodes"]
    script = exported("partner.server", path=write_scenario(tmp_path, AUTHORIZATION)).files[
        "partner.server.sh"
    ]
    assert f': "${{LISTEN:={nodes["server"]["address"]}}}"' in script
    assert f': "${{PARTNER_GATEWAY:={nodes["gateway"]["address"]}}}"' in script


def test_without_an_address_the_script_asks_for_it(tmp_path: Path) -> None:
    script = tmp_path / "x.sh"
    script.write_text(exported("partner.server").files["partner.server.sh"])
    done = subprocess.run(
        ["sh", script], capture_output=True, text=True, check=False, env={"PATH": "/usr/bin:/bin"}
    )
    assert done.returncode != 0
    assert "host:port where partner.server is" in done.stderr


def test_a_name_cannot_break_out_of_its_comment(tmp_path: Path) -> None:
    write_topology(tmp_path)
    path = write_scenario(tmp_path, AUTHORIZATION)
    name = 'name: "one\\ntouch two --> <x/>"\n'
    path.write_text(path.read_text().replace("name: X\n", name))
    result = exported("partner.server", path=path)
    script = result.files["partner.server.sh"]
    assert not [line for line in script.splitlines() if line.startswith("touch")]
    root = etree.fromstring(result.files["partner.server.xml"].encode())
    assert root.get("name") == "one touch two --> <x/>"


@pytest.mark.parametrize(
    ("node", "name", "text"),
    [
        ("partner.sever", "return-home/success", "did you mean 'partner.server'"),
        ("bob-ue", "return-home/success", "neither sends nor receives anything"),
        ("primary.server", "calls/forwarded", "it takes part in a call"),
        ("primary.server", "onward/success", "look alike"),
    ],
)
def test_what_cannot_be_exported_is_told(node: str, name: str, text: str) -> None:
    with pytest.raises(UsageError, match=text):
        exported(node, path=scenarios_dir() / f"{name}.yaml")

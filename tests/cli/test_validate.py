"""``mcsip validate``: scenarios, topologies, XML bodies."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mcsip.mc.info import Info, build_info
from mcsip.mc.messages import REQUEST
from mcsip.mc.profile import PartnerAccess, ProfileDocument, build_profile
from mcsip.mc.services import SERVICES

Cli = Callable[..., Any]


def body(service: str = "mcptt") -> bytes:
    info = Info(SERVICES[service], REQUEST, "sip:a@p.example", "sip:v@q.example", profile_index=2)
    return build_info(info)


def test_a_folder(cli: Cli, files: Path) -> None:
    for service in SERVICES:
        (files / f"{service}.xml").write_bytes(body(service))
    done = cli("validate", files)
    assert done.code == 0
    assert done.out.count(": valid") == 6


def test_all_faults_of_all_files(cli: Cli, files: Path) -> None:
    (files / "topology.yaml").write_text("systems: {}\nclints: {}\n")
    done = cli("validate", files)
    assert done.code == 3
    assert done.err.count("unknown key 'clints'") == 1
    assert "2 faults in 1 of 3 files" in done.err


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        (b"<mcpttinfo", b"<mcpttinfo <", "not well-formed"),
        (b"urn:3gpp:ns:mcpttInfo:1.0", b"urn:x", "'urn:x' is not that of an info body"),
        (b"mcptt-Params", b"mcptt-Parms", "mcptt-Parms"),
    ],
)
def test_xml_bodies_that_are_wrong(
    cli: Cli, tmp_path: Path, old: bytes, new: bytes, text: str
) -> None:
    path = tmp_path / "x.xml"
    path.write_bytes(body().replace(old, new))
    done = cli("validate", path)
    assert done.code == 3
    assert f"{path}:2:" in done.err
    assert text in done.err


def test_user_profiles(cli: Cli, tmp_path: Path) -> None:
    """TS 24.484, in the style of."""
    path = tmp_path / "x.xml"
    partners = (PartnerAccess("b.example"),)
    document = ProfileDocument(SERVICES["mcvideo"], "sip:a@p.example", 2, "x", partners)
    path.write_bytes(build_profile(document))
    assert cli("validate", path).code == 0
    path.write_bytes(build_profile(document).replace(b"sip:b.example", b"b example"))
    done = cli("validate", path)
    assert done.code == 3
    assert f"{path}:12:" in done.err


def test_a_body_with_entities_is_refused(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "x.xml"
    path.write_bytes(b'<!DOCTYPE a [<!ENTITY b "c">]>\n<a>&b;</a>')
    assert cli("validate", path).code == 3


def test_nothing_to_validate(cli: Cli, tmp_path: Path) -> None:
    assert cli("validate", tmp_path).code == 5
    assert cli("validate", tmp_path / "missing.yaml").code == 2

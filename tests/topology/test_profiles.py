"""User-profile documents of a topology: read from files, written to them (TS 24.484)."""

from pathlib import Path

import pytest

from mcsip.errors import FileError
from mcsip.mc.profile import PartnerAccess, ProfileDocument, build_profile, parse_profile
from mcsip.mc.services import MCPTT, SERVICES
from mcsip.resources import scenarios_dir
from mcsip.topology import Topology
from mcsip.topology.load import load_topology
from mcsip.topology.profiles import render_profiles, write_profiles

ALICE = "sip:alice@primary.example"
FOLDER = scenarios_dir() / "topologies"
HEAD = """\
systems:
  primary:
    domain: primary.example
    nodes: {server: {role: mc-server}}
    users:
      alice:
        mc_id: sip:alice@primary.example
"""
TAIL = """\
  partner:
    domain: partner.example
    nodes: {server: {role: mc-server}}
    visitors: []
"""


def load(folder: Path, user: str, *documents: bytes, service: str | None = None) -> Topology:
    for number, document in enumerate(documents, 1):
        (folder / f"{number}.xml").write_bytes(document)
    path = folder / "topology.yaml"
    path.write_text(HEAD + f"        {user}\n" + TAIL, encoding="utf-8")
    return load_topology(path, name=path.name, service=service)


def document(index: int, *partners: PartnerAccess, user: str = ALICE) -> bytes:
    return build_profile(ProfileDocument(MCPTT, user, index, f"number {index}", partners))


ABROAD = PartnerAccess("partner.example", "tcp:127.0.0.9:5060", "sip:mc@partner.example")


@pytest.mark.parametrize("service", SERVICES)
def test_the_shipped_documents_of_each_service(service: str) -> None:
    topology = load_topology(FOLDER / "profile-documents.yaml", service=service)
    profiles = topology.systems["primary"].users[ALICE].profiles
    assert {index: p.migrate_to for index, p in profiles.items()} == {
        1: frozenset(),
        2: frozenset({"partner.example"}),
    }
    assert profiles[2].access["partner.example"].psi == "sip:server@partner.example"


def test_profiles_of_a_file_stand_beside_those_of_the_topology(tmp_path: Path) -> None:
    user = "profiles_file: 1.xml\n        profiles: {7: {name: here}}"
    topology = load(tmp_path, user, document(2, ABROAD))
    profiles = topology.systems["primary"].users[ALICE].profiles
    assert sorted(profiles) == [2, 7]
    assert profiles[2].name == "number 2"
    assert profiles[2].access == {"partner.example": ABROAD}


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    user = (
        "profiles: {0: {name: home}, 2: {name: abroad, migrate_to: [partner],"
        " access: {partner: {core: 'tcp:127.0.0.9:5060', psi: 'sip:mc@partner.example'}}}}"
    )
    first = load(tmp_path, user)
    files = write_profiles(first, tmp_path)
    assert [file.name for file in files] == [
        "primary.alice-0.mcptt.xml",
        "primary.alice-2.mcptt.xml",
    ]
    again = load(tmp_path, f"profiles_file: [{', '.join(file.name for file in files)}]")
    assert again.systems["primary"].users == first.systems["primary"].users


@pytest.mark.parametrize("service", SERVICES)
def test_every_user_has_a_document_for_each_profile(service: str) -> None:
    topology = load_topology(FOLDER / "two-systems.yaml", service=service)
    rendered = render_profiles(topology)
    assert sorted(rendered) == [
        f"primary.{user}-{index}.{service}.xml" for user in ("alice", "bob") for index in (1, 2)
    ]
    for data in rendered.values():
        assert parse_profile(data).service.key == service


@pytest.mark.parametrize(
    ("user", "documents", "fault"),
    [
        ("profiles_file: 9.xml", [], "topology.yaml:8:24: there is no file '9.xml'"),
        ("profiles_file: [1.xml]", [b"<a>"], "1.xml:1:1: the body is not well-formed XML"),
        (
            "profiles_file: 1.xml",
            [document(2, user="sip:bob@primary.example")],
            "1.xml:1:1: this is a profile of sip:bob@primary.example, not of sip:alice@primary",
        ),
        (
            "profiles_file: 1.xml",
            [document(2, PartnerAccess("c.example"))],
            "1.xml:12:5: no system of the topology has the domain 'c.example'",
        ),
        (
            "profiles_file: 1.xml",
            [document(2, PartnerAccess("partner.example", "nowhere"))],
            "1.xml:12:5: the address 'nowhere' is not host:port",
        ),
        (
            "profiles_file: [1.xml, 2.xml]",
            [document(2), document(2)],
            "topology.yaml:8:32: a second profile with the index 2",
        ),
    ],
)
def test_what_is_refused(tmp_path: Path, user: str, documents: list[bytes], fault: str) -> None:
    with pytest.raises(FileError) as caught:
        load(tmp_path, user, *documents)
    assert str(caught.value).startswith(fault)


def test_a_document_of_another_service(tmp_path: Path) -> None:
    with pytest.raises(FileError) as caught:
        load(tmp_path, "profiles_file: 1.xml", document(2), service="mcvideo")
    assert "this is a profile of MCPTT, not of MCVideo" in str(caught.value)
    assert "{service}" in str(caught.value)

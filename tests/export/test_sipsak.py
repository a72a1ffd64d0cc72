"""The files of a sipsak export; tests/interop sends them."""

import subprocess

import pytest

from mcsip.errors import UsageError
from mcsip.export.recording import Exported
from mcsip.export.sipsak import export_sipsak
from mcsip.resources import scenarios_dir
from mcsip.scenario.model import RunOptions

FOLDER = scenarios_dir() / "authorization"


def exported(name: str = "success", client: str = "alice-ue", transport: str = "udp") -> Exported:
    return export_sipsak(FOLDER / f"{name}.yaml", client, options=RunOptions(), transport=transport)


def test_a_file_for_each_request() -> None:
    result = exported()
    stems = ["alice-ue-1-register", "alice-ue-2-message"]
    assert list(result.files) == [
        *(f"{stem}.{part}" for stem in stems for part in ("head", "body")),
        "alice-ue-sipsak.sh",
    ]
    head = result.files["alice-ue-2-message.head"]
    assert head.startswith("MESSAGE sip:server@partner.example SIP/2.0\r\n")
    assert head.endswith("Content-Length: @LENGTH@\r\n\r\n")
    for line in (
        "Via: SIP/2.0/UDP @LISTEN@;rport;branch=z9hG4bK@NEW@",
        "From: <@ID_PARTNER@>;tag=@NEW@",
        "Call-ID: @NEW@",
        "Route: <sip:@PARTNER_CORE@;lr>",
    ):
        assert f"\r\n{line}\r\n" in head
    assert "<mcpttString>@TOKEN_PARTNER@</mcpttString>" in result.files["alice-ue-2-message.body"]


@pytest.mark.parametrize(
    ("name", "code"), [("success", 0), ("refused-expired-token", 1)], ids=["200", "403"]
)
def test_the_script_knows_how_each_ends(name: str, code: int) -> None:
    result = exported(name)
    script = result.files[result.script]
    assert f"\nsend alice-ue-2-message $PARTNER_CORE {code}\n" in script
    assert subprocess.run(["sh", "-n"], input=script, text=True, check=False).returncode == 0


def test_over_tcp_no_port_is_bound() -> None:
    assert "-l " not in exported(transport="tcp").files["alice-ue-sipsak.sh"].split("sipsak -L")[1]
    assert '-l "${LISTEN##*:}" -S' in exported().files["alice-ue-sipsak.sh"]


def test_no_file_holds_a_token() -> None:
    assert not [text for text in exported().files.values() if "eyJhbGciOi" in text]


@pytest.mark.parametrize(("client", "text"), [("partner.server", "takes none"), ("x", "hint")])
def test_what_cannot_be_exported(client: str, text: str) -> None:
    with pytest.raises(UsageError, match="there is no node" if text == "hint" else text):
        exported(client=client)


def test_a_call_is_refused() -> None:
    with pytest.raises(UsageError, match="it makes a call"):
        export_sipsak(
            scenarios_dir() / "calls" / "forwarded.yaml",
            "bob-ue",
            options=RunOptions(),
            transport="udp",
        )

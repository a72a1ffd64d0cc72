"""Octets that are no UTF-8, in and out of the texts of pjsua2: in a process of their own."""

import subprocess
import sys

import pytest

pytestmark = [pytest.mark.interop, pytest.mark.usefixtures("pjsua2")]

PROGRAM = """
import random
import pjsua2 as pj
from mcsip.pjsua.octets import octets_of, set_body
bodies = [b"", b"text", "é".encode(), b"\\xff", b"\\x00\\xff\\x00", bytes(range(256)) * 12]
numbers = random.Random(1)
bodies += [numbers.randbytes(numbers.randrange(1, 3000)) for _ in range(200)]
for body in bodies:
    request = pj.SendRequestParam()
    request.method = "MESSAGE"
    request.txOption.targetUri = "sip:####@example.com"
    request.txOption.contentType = "#" * len(body)
    set_body(request.txOption, body)
    assert octets_of(request.txOption.msgBody) == body, body
    assert request.txOption.contentType == "#" * len(body)
print("all", len(bodies))
"""


def test_any_octets_make_a_body_and_nothing_else_is_touched() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "all 206\n"

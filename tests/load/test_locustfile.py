"""The file for Locust: it says where it is, and only Locust's processes are changed by Locust."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

import mcsip.load

FILE = Path(mcsip.load.__file__).with_name("locustfile.py")


def test_as_a_module_it_prints_its_path() -> None:
    if find_spec("locust") is None:
        reason = "Locust is not installed (pip install mcsip[load])"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    run = subprocess.run(
        [sys.executable, "-m", "mcsip.load.locustfile"], capture_output=True, text=True, check=True
    )
    assert run.stdout == f"{FILE}\n"


def test_without_locust_it_says_what_to_install() -> None:
    program = (
        "import importlib.util, runpy\n"
        "find = importlib.util.find_spec\n"
        "importlib.util.find_spec = lambda name: None if name == 'locust' else find(name)\n"
        "runpy.run_module('mcsip.load.locustfile', run_name='__main__')"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert run.returncode == 4
    assert run.stderr == "Error: Locust is not installed: pip install 'mcsip[load]'\n"
    assert run.stdout == ""


def test_outside_locust_nothing_of_the_standard_library_is_changed() -> None:
    """All that ``mcsip`` itself imports: gevent's patches would reach every socket."""
    program = (
        "import sys, mcsip.cli.main, mcsip.cli.load, mcsip.load.run, mcsip.load.locust_job\n"
        "import mcsip.nodes.service, mcsip.net.sockets, runpy, importlib.util\n"
        "importlib.util.find_spec('locust') and "
        "runpy.run_module('mcsip.load.locustfile', run_name='__main__')\n"
        "print(sorted({'gevent', 'locust'} & set(sys.modules)))"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert run.stdout.splitlines()[-1] == "[]"

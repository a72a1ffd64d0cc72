"""The file for Locust: it says where it is, and only Locust's processes are changed by Locust."""

import subprocess
import sys
from pathlib import Path

import mcsip.load

FILE = Path(mcsip.load.__file__).with_name("locustfile.py")


def test_as_a_module_it_prints_its_path() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "mcsip.load.locustfile"], capture_output=True, text=True, check=True
    )
    assert run.stdout == f"{FILE}\n"


def test_outside_locust_nothing_of_the_standard_library_is_changed() -> None:
    """All that ``mcsip`` itself imports: gevent's patches would reach every socket."""
    program = (
        "import sys, mcsip.cli.main, mcsip.cli.load, mcsip.load.run, mcsip.load.locust_job\n"
        "import mcsip.nodes.service, mcsip.net.sockets, runpy\n"
        "runpy.run_module('mcsip.load.locustfile', run_name='__main__')\n"
        "print(sorted({'gevent', 'locust'} & set(sys.modules)))"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert run.stdout.splitlines()[-1] == "[]"

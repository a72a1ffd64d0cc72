"""Compiles what a message costs most in, with mypyc: a build hook of hatchling.

Without ``MCSIP_COMPILE`` in the environment it does nothing, and the wheel is pure Python. With it
the modules listed in ``pyproject.toml`` are machine code in the wheel, beside their sources. They
are compiled in a folder of their own: a module of machine code that stays behind in a checkout
would be imported instead of the source that somebody edits.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_SETUP = """\
from mypyc.build import mypycify
from setuptools import setup

flags = ["--config-file=", "--ignore-missing-imports"]
setup(name="mcsip", ext_modules=mypycify(flags + {modules!r}, opt_level={level!r}))
"""
#: How well the C compiler optimises: 3 unless the environment says otherwise.
_LEVEL = "MCSIP_COMPILE_LEVEL"


class CompiledHook(BuildHookInterface[Any]):
    """Puts machine code into a wheel, where that is asked for."""

    def dependencies(self) -> list[str]:
        """Return what compiling needs."""
        return list(self.config["needs"]) if self._is_asked_for else []

    @property
    def _is_asked_for(self) -> bool:
        return bool(os.environ.get("MCSIP_COMPILE"))

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, and tell the builder what it shall add."""
        if version == "editable" or not self._is_asked_for:
            return
        self._folder = Path(tempfile.mkdtemp(prefix="mcsip-compiled-"))
        shutil.copytree(Path(self.root) / "mcsip", self._folder / "mcsip")
        modules = sorted(self._matching("modules") - self._matching("not-modules"))
        setup = self._folder / "setup.py"
        level = os.environ.get(_LEVEL, "3")
        setup.write_text(_SETUP.format(modules=modules, level=level), encoding="utf-8")
        built = self._folder / "built"
        done = subprocess.run(
            [sys.executable, "setup.py", "-q", "build_ext", "--build-lib", built],
            cwd=self._folder,
            env={**os.environ, "MYPYPATH": str(Path(self.root) / "stubs")},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode:
            raise SystemExit(f"mypyc could not compile mcsip:\n{done.stdout}")
        found = {str(path): str(path.relative_to(built)) for path in built.rglob("*.so")}
        build_data["force_include"].update(found)
        build_data["pure_python"] = False
        build_data["infer_tag"] = True

    def _matching(self, key: str) -> set[str]:
        """Return the modules that the patterns of the configuration match."""
        paths = [path for pattern in self.config[key] for path in self._folder.glob(pattern)]
        return {str(path.relative_to(self._folder)) for path in paths}

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Clear up, once the wheel is there."""
        del version, build_data, artifact_path
        if self._is_asked_for:
            shutil.rmtree(self._folder, ignore_errors=True)

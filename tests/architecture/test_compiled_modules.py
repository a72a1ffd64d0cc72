"""What is compiled (``.ci/compiled.py``), by the list in ``pyproject.toml``."""

import importlib
import pkgutil
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import mcsip

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
HOOK = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["hooks"]["custom"]
#: Programs, and what needs a library that is not everywhere.
APART = ("mcsip.__main__", "mcsip.pjsua.", "mcsip.load.locust")


def _matching(key: str) -> dict[str, set[str]]:
    """Return for each pattern the modules that it matches."""
    return {
        pattern: {
            ".".join(path.relative_to(ROOT).with_suffix("").parts) for path in ROOT.glob(pattern)
        }
        for pattern in HOOK[key]
    }


COMPILED = set().union(*_matching("modules").values()) - set().union(
    *_matching("not-modules").values()
)


def _below(one: type) -> Iterator[type]:
    sub: type
    for sub in one.__subclasses__():
        yield sub
        yield from _below(sub)


def test_every_pattern_matches_something() -> None:
    patterns = _matching("modules") | _matching("not-modules")
    assert not [pattern for pattern, found in patterns.items() if not found]


def test_no_interpreted_class_inherits_from_a_compiled_one() -> None:
    """mypyc does not let it; exceptions are not meant, which it leaves interpreted."""
    for module in pkgutil.walk_packages(mcsip.__path__, "mcsip."):
        if not module.name.startswith(APART):
            importlib.import_module(module.name)
    wrong = [
        f"{sub.__module__}.{sub.__qualname__} inherits from {name}.{one.__qualname__}"
        for name in sorted(COMPILED)
        for one in vars(sys.modules[name]).values()
        if isinstance(one, type) and one.__module__ == name
        if not issubclass(one, BaseException)
        for sub in _below(one)
        if sub.__module__.startswith("mcsip.") and sub.__module__ not in COMPILED
    ]
    assert not wrong

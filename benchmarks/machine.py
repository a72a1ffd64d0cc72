"""What machine a figure was measured on."""

import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path


def describe() -> dict[str, str]:
    """Return processor, cores, memory, kernel, Python and event loop of this machine."""
    return {
        "processor": _first("/proc/cpuinfo", "model name") or platform.processor() or "unknown",
        "cores": str(len(os.sched_getaffinity(0))),
        "memory": _first("/proc/meminfo", "MemTotal") or "unknown",
        "system": f"{platform.system()} {platform.release()}",
        "python": f"{platform.python_version()} ({_whose()})",
        "loop": _loop(),
    }


def _first(path: str, key: str) -> str | None:
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(key)), None)


def _whose() -> str:
    """Return who built the interpreter: how it was optimised makes a sixth of its speed."""
    if Path(sys.base_prefix) != Path("/usr"):
        return f"built by {platform.python_compiler()}"
    try:
        return f"of {platform.freedesktop_os_release()['NAME']}"
    except (OSError, KeyError):
        return "of the system"


def _loop() -> str:
    try:
        return f"uvloop {version('uvloop')}"
    except PackageNotFoundError:
        return "asyncio"

"""Seconds and peak memory of a part of this process, and what the machine is."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import resource
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

import psutil

STATUS = Path("/proc/self/status")
PACKAGES = ("numpy", "numba", "ortools", "shapely", "geopandas")


class Gauge:
    """Seconds of the block, of all its processors (cpu_s) and by the clock; the most memory that the process
    ever held, up to its end (arrays and all).
    """

    def __enter__(self) -> Gauge:
        self._begun, self._cpu = time.perf_counter(), time.process_time()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.seconds = time.perf_counter() - self._begun
        self.cpu_s = time.process_time() - self._cpu
        self.peak_mb = peak_mb()

    def figures(self) -> dict[str, Any]:
        """seconds, cpu_s and peak_mb."""
        return {"seconds": self.seconds, "cpu_s": self.cpu_s, "peak_mb": self.peak_mb}


def peak_mb() -> float:
    """Most memory this process ever held, in MB (10^6 bytes).

    ru_maxrss of a fresh process starts at its parent's memory on Linux; VmHWM is its own.
    """
    if STATUS.exists():
        for line in STATUS.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024 / 1e6
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / 1e6 if platform.system() == "Darwin" else most * 1024 / 1e6


def seconds_of(work: Callable[[], Any]) -> float:
    """How long one call takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def load() -> list[float]:
    """Programs that wanted a processor: the mean of the last 1, 5 and 15 minutes."""
    return [round(each, 2) for each in os.getloadavg()]


def machine() -> dict[str, Any]:
    """What figures depend on; neither names nor paths."""
    return {
        "processor": _processor(),
        "processors": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "system": platform.system(),
        "python": platform.python_version(),
        "packages": {name: importlib.metadata.version(name) for name in PACKAGES},
    }


def _processor() -> str:
    cpu = Path("/proc/cpuinfo")
    if cpu.exists():
        for line in cpu.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.machine()

"""CPU seconds and memory of a running site, by part."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from types import TracebackType
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from volunteer_hub.supervise.site import Site

PARTS = ("postgres", "valkey", "mail", "worker", "web")
SAMPLE_S = 0.5


class Meter:
    """Measures from `with` to its end: `cpu_s` and `peak_mb` by part.

    CPU counts children that have ended, as far as their parents waited for them. Memory is the largest sum of
    proportional set sizes seen (shared pages are counted once), sampled every half second.
    """

    def __init__(self, site: Site) -> None:
        self.site = site
        self.cpu_s: dict[str, float] = {}
        self.peak_mb: dict[str, float] = dict.fromkeys(PARTS, 0.0)
        self._before: dict[str, float] = {}
        self._end = threading.Event()
        self._sampler = threading.Thread(target=self._sample, daemon=True)

    def __enter__(self) -> Meter:
        self._before = {part: _cpu_s(self._family(part)) for part in PARTS}
        self._sampler.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end.set()
        self._sampler.join()
        self.cpu_s = {part: round(_cpu_s(self._family(part)) - self._before[part], 2) for part in PARTS}
        self.peak_mb = {part: round(peak, 1) for part, peak in self.peak_mb.items()}

    def _sample(self) -> None:
        while True:
            for part in PARTS:
                self.peak_mb[part] = max(self.peak_mb[part], _mb(self._family(part)))
            if self._end.wait(SAMPLE_S):
                return

    def _family(self, part: str) -> list[psutil.Process]:
        pid = self.site.pid(part)
        if pid is None:
            return []
        try:
            process = psutil.Process(pid)
            return [process, *process.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []


def _cpu_s(family: Iterable[psutil.Process]) -> float:
    total = 0.0
    for process in family:
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system + times.children_user + times.children_system
    return total


def _mb(family: Iterable[psutil.Process]) -> float:
    total = 0
    for process in family:
        try:
            total += process.memory_full_info().pss
        except psutil.Error:
            continue
    return total / 1e6

"""How long tests wait before they call something hung. None of them measures speed: a machine may be slow or
busy, so every bound here is far longer than anything that works ever takes."""

from __future__ import annotations

from collections.abc import Callable

WAIT_S = 120
ENVIRON = {"DATABASE_WAIT_S": str(WAIT_S), "QUEUE_WAIT_S": str(WAIT_S), "READY_WAIT_MS": str(WAIT_S * 1000)}


def wait_until(holds: Callable[[], bool], *, within_s: float = WAIT_S) -> bool:
    """Ask until it holds; False when it never does."""
    from volunteer_hub.supervise import processes

    return processes.wait_until(holds, within_s=within_s)

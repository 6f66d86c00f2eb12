"""Processes whose parent died: adopted on Linux, so that whoever started their parent can end them."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

_PR_SET_NAME, _PR_SET_CHILD_SUBREAPER = 15, 36  # linux/prctl.h
_HAS_TIME = "vh-finishing"


def adopt() -> None:
    """From now on a descendant whose parent died becomes our child (Linux; elsewhere nothing changes)."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def ask_for_time() -> None:
    """Tell whoever adopts us that we finish one thing and then end by ourselves (Linux)."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(_PR_SET_NAME, _HAS_TIME.encode(), 0, 0, 0)


def end(known: set[int]) -> None:
    """End children we did not start, then the children these leave, and reap all. `known`: our own.

    Who asked for time is left alone, and reaped when it has ended.
    """
    for _ in range(10):
        strangers = {pid for pid in _children() - known if not _has_time(pid)}
        for pid in strangers:
            with suppress(ProcessLookupError, ChildProcessError, PermissionError):
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
        if not strangers:
            return


def _has_time(pid: int) -> bool:
    try:
        if Path(f"/proc/{pid}/comm").read_text().strip() != _HAS_TIME:
            return False
        os.waitpid(pid, os.WNOHANG)
    except OSError:
        return False
    return True


def _children() -> set[int]:
    path = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children")
    try:
        return {int(word) for word in path.read_text().split()}
    except OSError:
        return set()

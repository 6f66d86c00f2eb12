"""Processes whose parent died: adopted on Linux, so that whoever started their parent can end them."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h


def adopt() -> None:
    """From now on a descendant whose parent died becomes our child (Linux; elsewhere nothing changes)."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def end(known: set[int]) -> None:
    """End children we did not start, then the children these leave, and reap all. `known`: our own."""
    for _ in range(10):
        strangers = _children() - known
        for pid in strangers:
            with suppress(ProcessLookupError, ChildProcessError, PermissionError):
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
        if not strangers:
            return


def _children() -> set[int]:
    path = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children")
    try:
        return {int(word) for word in path.read_text().split()}
    except OSError:
        return set()

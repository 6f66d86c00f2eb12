"""Step between us and a server: give up root, ask to be told when we die, then become the server.

Run by path (`python -I -S launch.py …`), so it imports nothing of the project and costs some 15 ms.
A step of its own, because code run between fork and exec inside a threaded Python may deadlock.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import sys

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def main() -> None:
    """Read the options, change user, set the death signal, exec the command."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("--death-signal", type=int, default=0)
    parser.add_argument("--uid", type=int)
    parser.add_argument("--gid", type=int)
    parser.add_argument("command", nargs=argparse.REMAINDER)
    given = parser.parse_args()
    command = given.command[1:] if given.command[:1] == ["--"] else given.command
    if given.uid is not None:
        _become(given.uid, given.gid)
    if given.death_signal:
        die_with(given.parent, given.death_signal)
    os.execv(command[0], command)  # noqa: S606 - no shell is wanted


def _become(uid: int, gid: int) -> None:
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


def die_with(parent: int, signal_number: int) -> None:
    """Ask the kernel for this signal when our parent dies. Linux only; changing user forgets it."""
    if not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal_number, 0, 0, 0)
    if os.getppid() != parent:  # the parent died before it could be watched
        sys.exit(0)


if __name__ == "__main__":
    main()

"""Commands as a shell runs them, within the test."""

from __future__ import annotations

from pathlib import Path

from geodata.commands import main


def run(*arguments: str | Path) -> int:
    """Run a command; gives its exit status."""
    try:
        main([str(each) for each in arguments])
    except SystemExit as end:
        return int(end.code or 0)
    return 0

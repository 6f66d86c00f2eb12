"""What every command says at the end: sizes, seconds, peak memory, warnings; on screen and as JSON."""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

import click

from geodata.commands.errors import BadInput

_BYTES_PER_UNIT = 1 if sys.platform == "darwin" else 1024


class Summary:
    """Collects figures of a run and writes them."""

    def __init__(self, command: str) -> None:
        self.figures: dict[str, Any] = {"command": command, "warnings": []}
        self._begun = time.perf_counter()

    def add(self, **figures: Any) -> None:
        """Note figures by name."""
        self.figures |= figures

    def warn(self, sentence: str) -> None:
        """Note, and say at once, what the person should know."""
        self.figures["warnings"].append(sentence)
        click.echo(f"Note: {sentence}", err=True)

    def step(self, words: str) -> None:
        """Say what is going on."""
        click.echo(f"{time.perf_counter() - self._begun:7.1f} s  {words}", err=True)

    def _write(self, path: Path) -> None:
        try:
            path.write_text(json.dumps(self.figures, indent=2) + "\n", encoding="utf-8")
        except OSError as why:
            raise BadInput(str(path), f"the file cannot be written ({why.strerror}).") from None

    def write(self, path: Path | None) -> None:
        """Close the run: total seconds and peak memory; as JSON to `path` where given."""
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _BYTES_PER_UNIT
        self.add(seconds_total=round(time.perf_counter() - self._begun, 3), peak_memory_mb=peak // 2**20)
        if path is not None:
            self._write(path)
        for name, value in self.figures.items():
            if name not in ("command", "warnings"):
                click.echo(f"{name:<20} {_shown(value)}", err=True)


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,.6g}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)

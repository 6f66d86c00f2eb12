"""One process that is kept alive: started, watched, started again when it died, stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from logging import Handler

from volunteer_hub.supervise import processes
from volunteer_hub.supervise.output import Pump
from volunteer_hub.supervise.processes import Command

LIVED_LONG_S = 10.0
LONGEST_PAUSE_S = 10.0


def nothing() -> None:
    """For a part that needs no preparation."""


def nothing_noted(_: str) -> None:
    """For a part that learns nothing from its end."""


@dataclass(frozen=True, slots=True)
class Part:
    """What is kept alive, and how.

    `command` is asked anew at each start, after `prepare`. `is_ready(pid)` must be quick. `finish` runs
    after each start, once it is ready. `note_death` hears the last lines of a process that ended.
    `shown`: are its lines shown besides being logged? `stops_late`: others need it until they have stopped.
    """

    name: str
    command: Callable[[], Command]
    is_ready: Callable[[int], bool]
    prepare: Callable[[], None] = nothing
    finish: Callable[[], None] = nothing
    note_death: Callable[[str], None] = nothing_noted
    stop_signals: tuple[int, ...] = (signal.SIGTERM,)
    stop_waits_s: tuple[float, ...] = (20.0,)
    shown: bool = True
    stops_late: bool = False


@dataclass(slots=True)
class Kept:
    """A Part with its present process and its record of deaths."""

    part: Part
    log: Handler
    say: Callable[[str], None]
    process: subprocess.Popen[bytes] | None = None
    pump: Pump | None = None
    is_finished: bool = False
    started_at_s: float = 0.0
    quick_deaths: int = 0
    due_at_s: float = field(default_factory=time.monotonic)

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self.process.pid if self.process else None

    @property
    def last_words(self) -> str:
        """What the process printed last."""
        if self.pump:
            self.pump.join(0.3)
        return self.pump.last_words if self.pump else ""

    def start(self) -> None:
        """Prepare and start. What goes wrong counts as a death, so that the next try waits a little."""
        self.is_finished = False
        self.started_at_s = time.monotonic()
        self.part.prepare()
        self.process = processes.start(self.part.command(), output=subprocess.PIPE)
        assert self.process.stdout is not None
        self.pump = Pump(self.part.name, self.process.stdout, self.log, shown=self.part.shown)
        self.pump.start()

    def has_died(self) -> bool:
        """True once for each death; then the next start is due, later after each quick death."""
        if self.process is None or self.process.poll() is None:
            return False
        self.part.note_death(self.last_words)
        ended, self.process = self.process, None
        kill_group(ended.pid)
        self.say(f"{self.part.name} ended ({_how(ended.returncode)}); starting it again")
        self.plan_next()
        return True

    def plan_next(self) -> None:
        """At once after a long life; after 0.25, 0.5, 1 … 10 s when it dies again and again."""
        now = time.monotonic()
        self.quick_deaths = 0 if now - self.started_at_s >= LIVED_LONG_S else self.quick_deaths + 1
        pause = 0.0 if self.quick_deaths < 2 else min(0.25 * 2 ** (self.quick_deaths - 2), LONGEST_PAUSE_S)
        self.due_at_s = now + pause

    def became_ready(self) -> bool:
        """True once for each start: when it answers, `finish` is run."""
        if self.is_finished or self.process is None or not self.part.is_ready(self.process.pid):
            return False
        self.part.finish()
        self.is_finished = True
        return True

    def ask_to_stop(self) -> None:
        """Send the first stop signal without waiting."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(self.part.stop_signals[0])

    def close(self) -> None:
        """Stop, and let go of the log."""
        self.stop()
        if self.pump:
            self.pump.join(2.0)
        self.log.close()

    def stop(self, *, hurry: bool = False) -> None:
        """Stop within the part's bounds and end what it leaves behind. `hurry`: the bounds shrink to 1 s."""
        if self.process is None:
            return
        waits = tuple(min(wait, 1.0) for wait in self.part.stop_waits_s) if hurry else self.part.stop_waits_s
        processes.stop(self.process, self.part.stop_signals, waits)
        kill_group(self.process.pid)
        self.process = None


def kill_group(leader: int) -> None:
    """End the children a dead process left in its group (gunicorn's would go on holding the port)."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def _how(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"

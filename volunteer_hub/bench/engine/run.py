"""Measure a case: each side in a process of its own, ours and the peer in turn, size after size."""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from volunteer_hub.bench.engine import child
from volunteer_hub.bench.engine.case import PICTURE, SIDES, Case, Figures, Size
from volunteer_hub.bench.engine.gauge import load, machine

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Options:
    """How to measure. repeat: times that ours and the peer run, in turn; limit_s: longest for one side."""

    seed: int = 0
    repeat: int = 1
    with_peer: bool = False
    check_all: bool = False
    limit_s: float = 3600.0


def measure(case: Case, sizes: Sequence[Size], options: Options, file: Path, say: Say) -> dict[str, Any]:
    """Measure `sizes` of the case, and write the whole run into `file` again after each of them.

    A file holds one run: rows are never mixed with those of another day. What fails (no memory, no time) is
    said in its row, and the run goes on.
    """
    run: dict[str, Any] = {
        "case": case.name,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "repeat": options.repeat,
        "rows": [],
    }
    left_s = sum(_about_s(case, size, options) for size in sizes)
    file.parent.mkdir(parents=True, exist_ok=True)
    picture_of(case.name, file.parent).unlink(missing_ok=True)
    for size in sizes:
        say(f"{case.title}, {case.size_name(size.n, size.m)}: about {_duration(left_s)} to the end.")
        run["rows"].append(_row(case, size, options, file.parent, say))
        left_s -= _about_s(case, size, options)
        file.write_text(json.dumps(run, indent=2) + "\n")
    return run


def picture_of(case: str, folder: Path) -> Path:
    """Where the picture of a case's last answer stands, if it has any."""
    return folder / f"{case}-answer.png"


def _about_s(case: Case, size: Size, options: Options) -> float:
    peer_s = size.peer_about_s if options.with_peer and case.peer else None
    return options.repeat * (size.about_s + (peer_s or 0.0))


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def _row(case: Case, size: Size, options: Options, folder: Path, say: Say) -> dict[str, Any]:
    row: dict[str, Any] = {
        "level": size.level,
        "n": size.n,
        "m": size.m,
        "seed": options.seed,
        "load": load(),
    }
    with tempfile.TemporaryDirectory(prefix=f"{case.name}-", dir=folder) as kept:
        asked = {
            "case": case.name,
            "n": size.n,
            "m": size.m,
            "seed": options.seed,
            "folder": kept,
            "check": size.is_checked or options.check_all,
        }
        if case.prepare:
            row["prepare"] = _child(asked | {"side": "prepare"}, options.limit_s, say)
        row |= _sides(case, size, asked, options, say)
        if (Path(kept) / PICTURE).is_file():
            shutil.copyfile(Path(kept) / PICTURE, picture_of(case.name, folder))
            row["has_picture"] = True
    return row | _compared(row)


def _sides(case: Case, size: Size, asked: dict[str, Any], options: Options, say: Say) -> dict[str, Figures]:
    sides = ["ours"]
    if options.with_peer and case.peer and size.peer_about_s is not None:
        sides.append("peer")
    found: dict[str, list[Figures]] = {side: [] for side in sides}
    for turn in range(options.repeat):
        for side in sides if turn % 2 == 0 else reversed(sides):
            # the answer is proven once: the same seed gives the same plan
            check = asked["check"] and side == "ours" and not found[side]
            found[side].append(_child(asked | {"side": side, "check": check}, options.limit_s, say))
    if case.baseline and size.has_baseline:
        found["baseline"] = [_child(asked | {"side": "baseline"}, options.limit_s, say)]
    return {side: _middle(runs) for side, runs in found.items()}


def _middle(runs: list[Figures]) -> Figures:
    """The median of the times with all seconds beside it, the most memory, everything else of the first."""
    failed = next((each for each in runs if "failed" in each), None)
    if failed:
        return failed
    timed = [name for name in ("seconds", "cpu_s") if name in runs[0]]
    medians: Figures = {name: statistics.median(each[name] for each in runs) for name in timed}
    return (
        runs[0]
        | medians
        | {
            "peak_mb": max(each["peak_mb"] for each in runs),
            "all_seconds": [each["seconds"] for each in runs],
        }
    )


def _child(asked: dict[str, Any], limit_s: float, say: Say) -> Figures:
    """One side in a fresh process. A process that ends badly gives {"failed": why}."""
    answer = Path(asked["folder"]) / child.ANSWER
    answer.unlink(missing_ok=True)
    begun = time.perf_counter()
    try:
        subprocess.run(  # noqa: S603 - our own module, no shell
            [sys.executable, "-m", child.__name__],
            input=json.dumps(asked),
            text=True,
            check=True,
            timeout=limit_s,
            stdout=subprocess.DEVNULL,
        )
        figures: Figures = json.loads(answer.read_text())
    except subprocess.TimeoutExpired:
        figures = {"failed": f"not done after {limit_s:g} s"}
    except subprocess.CalledProcessError as why:
        figures = {"failed": _reason(why.returncode)}
    say(f"  {asked['side']:<9}{_told(figures)} ({time.perf_counter() - begun:.0f} s in all)")
    return figures


def _reason(code: int) -> str:
    if code == -9:
        return "killed by the system, mostly for want of memory"
    return f"ended by signal {-code}" if code < 0 else "ended with an error, see above"


def _told(figures: Figures) -> str:
    if "failed" in figures:
        return str(figures["failed"])
    return f"{figures['seconds']:.3f} s, {figures['peak_mb']:,.0f} MB" if "seconds" in figures else "done"


def _compared(row: dict[str, Any]) -> dict[str, Any]:
    """Ratios of one row: of time and memory, and how far our plan lies below the peer's optimum; of metres
    to those of the baseline.
    """
    ours, peer, baseline = row["ours"], row.get("peer"), row.get("baseline", {})
    found = {}
    if "metres" in ours and "even_m" in baseline:
        found = {f"of_baseline_{name}": ours[name] / baseline[name] for name in ("metres", "turfs")}
        found |= {"of_even_m": ours["metres"] / baseline["even_m"]}
    if not peer or "failed" in ours or "failed" in peer:
        return found
    found |= {
        "times_faster": peer["seconds"] / ours["seconds"],
        "share_of_peer": ours["seconds"] / peer["seconds"],
        "memory_share": ours["peak_mb"] / peer["peak_mb"],
    }
    if "value" in peer:
        found["below_optimum"] = 1 - ours["value"] / peer["value"]
        # a second proof of the bound, by an exact method: the optimum may not lie above it
        found["optimum_within_bound"] = peer["value"] <= ours["bound"] * (1 + 1e-6)
    return found


def is_whole(run: dict[str, Any]) -> bool:
    """Did every side end, with no limit broken and no exact optimum above our bound?"""
    return all(
        not any("failed" in row[side] for side in SIDES if side in row)
        and not row["ours"].get("violations")
        and row.get("optimum_within_bound", True)
        for row in run["rows"]
    )

"""The page of benchmarks, made from the figures of the last runs."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from volunteer_hub.bench.engine import show, words
from volunteer_hub.bench.engine.bars import BARS, Bar, row_of, verdict
from volunteer_hub.bench.engine.case import Case
from volunteer_hub.bench.engine.cases import CASES, COMMANDS
from volunteer_hub.bench.engine.plot import draw
from volunteer_hub.bench.engine.run import picture_of
from volunteer_hub.bench.engine.tables import table, turf_tables

Run = dict[str, Any]


def read_runs(folder: Path) -> dict[str, Run]:
    """The last run of each case that has one."""
    files = {name: folder / f"{name}.json" for name in CASES}
    return {name: json.loads(file.read_text()) for name, file in files.items() if file.is_file()}


def write_report(runs: dict[str, Run], page: Path, folder: Path) -> list[Path]:
    """Write the page and its pictures (images/bench-<case>.svg beside it, and bench-<case>-answer.png where
    the run left one in `folder`); returns all files written.
    """
    images = page.parent / "images"
    written = [page]
    for name, run in runs.items():
        picture = images / f"bench-{name}.svg"
        draw(CASES[name], run, picture)
        written.append(picture)
        answer = picture_of(name, folder)
        if answer.is_file():
            written.append(Path(shutil.copyfile(answer, images / f"bench-{answer.name}")))
    page.write_text(report(runs))
    return written


def report(runs: dict[str, Run]) -> str:
    """The whole page as markdown."""
    parts = [words.HEAD, _machines(runs), "## The bars", _bars(runs)]
    for name, run in runs.items():
        parts.append(_case(CASES[name], run))
    return "\n\n".join(parts) + "\n"


def _machines(runs: dict[str, Run]) -> str:
    """One line for each machine, with the cases measured on it."""
    by_machine: dict[str, list[str]] = {}
    for name, run in runs.items():
        facts = run["machine"]
        versions = ", ".join(f"{package} {version}" for package, version in facts["packages"].items())
        line = (
            f"{facts['processors']} processors ({facts['processor']}), {facts['memory_gb']:.0f} GB, "
            f"{facts['system']}, Python {facts['python']}, {versions}"
        )
        by_machine.setdefault(line, []).append(f"{name} ({run['date'][:10]})")
    return "\n".join(f"- {line}: {', '.join(cases)}." for line, cases in by_machine.items())


def _bars(runs: dict[str, Run]) -> str:
    rows = [_bar(bar, runs.get(bar.case)) for bar in BARS]
    return table(("bar", "size", "ours", "peer", "figures, and what they must be", "verdict"), rows)


def _bar(bar: Bar, run: Run | None) -> list[str]:
    row = row_of(bar, run["rows"]) if run else None
    figures = "; ".join(show.limit_words(limit, row) for limit in bar.limits)
    ours, peer = (show.timed(row.get(side)) if row else show.MISSING for side in ("ours", "peer"))
    return [bar.words, f"{bar.n:,} x {bar.m:,}", ours, peer, figures, f"**{verdict(bar, row)}**"]


def _case(case: Case, run: Run) -> str:
    parts = [f"## {case.title}", case.about, _command(case, run), _times(case, run)]
    parts += [
        each
        for each in (
            _quality(case, run), _rules(run), turf_tables(case, run["rows"]), _lengths(case, run),
            _instances(run),
        )
        if each
    ]  # fmt: skip
    if any("source" in row["ours"] for row in run["rows"]):
        sources = sorted({row["ours"]["source"] for row in run["rows"] if "source" in row["ours"]})
        parts.append(f"Areas: {'; '.join(sources)}.")
    parts.append(f"![Seconds and memory against size: {case.title}](images/bench-{case.name}.svg)")
    if any(row.get("has_picture") for row in run["rows"]):
        parts.append(f"![A part of the answer: {case.title}](images/bench-{case.name}-answer.png)")
    if case.name in words.NOTES:
        parts.append(words.NOTES[case.name])
    return "\n\n".join(parts)


def _command(case: Case, run: Run) -> str:
    peer = " --peer" if any("peer" in row for row in run["rows"]) else ""
    repeat = f" --repeat {run['repeat']}" if run["repeat"] > 1 else ""
    levels = list(dict.fromkeys(row["level"] for row in run["rows"]))
    sizes = "".join(f" --size {level}" for level in levels)
    seeds = ", ".join(sorted({str(row["seed"]) for row in run["rows"]}))
    command = f"volunteer-hub bench {COMMANDS[case.name]} --case {case.name}{sizes}{peer}{repeat}"
    return (
        f"Measured on {run['date'][:10]}, seed {seeds}; to repeat it:\n\n```\n{command} --seed {seeds}\n```"
    )


def _times(case: Case, run: Run) -> str:
    has_peer = any("peer" in row for row in run["rows"])
    has_baseline = any("baseline" in row for row in run["rows"])
    head = [" x ".join(case.things), "ours", "CPU", "memory", "warm-up"]
    has_graph = any("build_s" in row.get("peer", {}) for row in run["rows"])
    head += [case.peer_name, *(["its pairs and graph"] if has_graph else [])] if has_peer else []
    head += ["its memory", "times as fast"] if has_peer else []
    head += [f"baseline: {case.baseline_name}"] if has_baseline else []
    rows = []
    for row in run["rows"]:
        cells = [case.size_name(row["n"], row["m"]), show.timed(row["ours"])]
        cells += [_of(row, "ours", "cpu_s", "seconds"), _of(row, "ours", "peak_mb", "megabytes")]
        cells.append(_of(row, "ours", "warm_up_s", "seconds"))
        if has_peer:
            cells.append(show.timed(row.get("peer")))
            cells += [_before(row.get("peer"))] if has_graph else []
            cells.append(_of(row, "peer", "peak_mb", "megabytes"))
            cells.append(show.written(row.get("times_faster"), "times"))
        if has_baseline:
            cells.append(show.timed(row.get("baseline")))
        rows.append([*cells, f"{row['load'][0]}"])
    return table([*head, "load before"], rows)


def _before(peer: dict[str, Any] | None) -> str:
    """What the peer needs before it can begin: pairs listed, graph made."""
    if not peer or "build_s" not in peer:
        return show.MISSING
    return show.seconds(peer["build_s"] + peer.get("list_s", 0.0))


def _of(row: dict[str, Any], side: str, figure: str, kind: Any) -> str:
    return show.written(row.get(side, {}).get(figure), kind)


def _quality(case: Case, run: Run) -> str:
    """What the plans are worth; empty for cases without a value."""
    if not any("value" in row["ours"] for row in run["rows"]):
        return ""
    head = ["size", "placed", "our value", "bound", "gap", "checked gap", "violations", "below the optimum"]
    has_baseline = any("value" in row.get("baseline", {}) for row in run["rows"])
    head += ["nearest in turn", "best in turn"] if has_baseline else []
    rows = []
    for row in run["rows"]:
        cells = [case.size_name(row["n"], row["m"]), _of(row, "ours", "placed", "count")]
        cells += [_number(row["ours"].get("value")), _number(row["ours"].get("bound"))]
        cells += [_of(row, "ours", each, "share") for each in ("gap", "checked_gap")]
        cells.append(_of(row, "ours", "violations", "count"))
        cells.append(show.written(row.get("below_optimum"), "share"))
        cells += [_worth_of_turn(row, each) for each in ("value", "best_value")] if has_baseline else []
        rows.append(cells)
    return table(head, rows)


def _number(value: float | None) -> str:
    return show.MISSING if value is None else f"{value:,.1f}"


def _worth_of_turn(row: dict[str, Any], figure: str) -> str:
    """The baseline's value as a share of ours."""
    ours, theirs = row["ours"].get("value"), row.get("baseline", {}).get(figure)
    return f"{theirs / ours:.1%} of ours" if ours and theirs is not None else show.MISSING


def _rules(run: Run) -> str:
    """Seconds by rule at each size; empty for cases without rules."""
    rows = [row for row in run["rows"] if "by_rule" in row["ours"]]
    if not rows:
        return ""
    head = ["rule", *(f"{row['n']:,}" for row in rows)]
    lines = [
        [rule, *(show.seconds(row["ours"]["by_rule"][rule]) for row in rows)]
        for rule in rows[0]["ours"]["by_rule"]
    ]
    return table(head, lines)


def _lengths(case: Case, run: Run) -> str:
    """Metres of tours and how far they are above what chance points need; empty for other cases."""
    rows = [row for row in run["rows"] if "above_chance" in row["ours"]]
    if not rows:
        return ""
    head = ["size", "our metres", "above 0.7124 sqrt(NA)", f"{case.peer_name}, metres", "its above"]
    lines = [
        [case.size_name(row["n"], row["m"])]
        + [cell for side in ("ours", "peer") for cell in (
            _number(row.get(side, {}).get("metres")), _of(row, side, "above_chance", "share"),
        )]
        for row in rows
    ]  # fmt: skip
    return table(head, lines)


def _instances(run: Run) -> str:
    """One line for each instance of the largest size; empty for cases without any."""
    rows = [row for row in run["rows"] if "instances" in row["ours"]]
    if not rows:
        return ""
    head = ["instance", "points", "clusters", "ours", "best known", "gap"]
    lines = [
        [each["name"], f"{each['points']:,}", f"{each['clusters']:,}", f"{each['cost']:,.2f}",
         f"{each['best']:,.2f}", show.share(each["gap"])]
        for each in max(rows, key=lambda row: len(row["ours"]["instances"]))["ours"]["instances"]
    ]  # fmt: skip
    return table(head, lines)


def missing_bars(runs: dict[str, Run]) -> list[str]:
    """The bars for which no row was measured, in words."""
    return [
        f"{bar.words}, {bar.n:,} x {bar.m:,}"
        for bar in BARS
        if bar.case not in runs or row_of(bar, runs[bar.case]["rows"]) is None
    ]

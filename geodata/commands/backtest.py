"""`python -m geodata backtest`: would the plan have helped in elections that are over?"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np

from geodata.backtest import Backtest, History, Judged, Pooled, Tested, backtest
from geodata.backtest.homes import nearest_districts
from geodata.backtest.page import page
from geodata.backtest.sentences import verdicts
from geodata.commands.errors import BadInput
from geodata.commands.options import FileCommand, Number, OutFile, json_option, seed_option
from geodata.commands.polygons import polygons
from geodata.commands.priority import renames
from geodata.commands.result_files import Results, read_results
from geodata.commands.rule_options import SEAT_FROM, Asked, rule_of
from geodata.commands.summary import Summary
from geodata.commands.tables import Table, read
from geodata.commands.writing import write_csv
from geodata.priority import Contest, Delegates, Rule
from geodata.priority.contest import Floats
from geodata.priority.electoral import seat_label

RULES = ("electoral", "seats", "plurality", "delegates")


@click.command("backtest", cls=FileCommand)
@click.argument("results", type=click.Path(path_type=Path))
@click.option("--rule", type=click.Choice(RULES), required=True, help="what the contest counts")
@click.option("--ours", required=True, metavar="NAME", help="the party or candidate that is our side")
@click.option("--hours", type=Number(min=1), required=True, help="volunteer-hours of every plan")
@click.option("--plan-for", multiple=True, metavar="ELECTION",
              help="may be repeated [default: every election that has one before it]")  # fmt: skip
@click.option("--even", type=Number(min=1), metavar="VOTES",
              help="plan without any earlier election: every district even, VOTES expected in all, in "
              "proportion to the delegates")  # fmt: skip
@click.option("--boundaries", type=click.Path(path_type=Path), metavar="FILE",
              help="polygons of the districts: for maps and the plan “nearest district”")  # fmt: skip
@click.option("--id", "id_column", metavar="COLUMN", help="the boundaries' column of district codes")
@click.option("--out", type=OutFile(), metavar="FILE.html", required=True,
              help="where the report goes")  # fmt: skip
@click.option("--table", "table_file", type=OutFile(), metavar="FILE.csv",
              help="where the figures go")  # fmt: skip
@click.option("--columns", metavar="OURS=THEIRS,...", default="", help="other names of columns")
@click.option("--needed", type=click.IntRange(min=1), metavar="N",
              help="seats or electoral votes that win [default: more than half]")  # fmt: skip
@click.option("--threshold", type=Number(0, 0.99), default=0.15, show_default=True,
              help="share of the vote below which nobody gets delegates")  # fmt: skip
@click.option("--delegates", "delegates_file", type=click.Path(path_type=Path), metavar="FILE",
              help="delegates by district (columns district, delegates)")  # fmt: skip
@click.option("--apportion", type=click.IntRange(min=1), metavar="N",
              help="N delegates in proportion to our votes before")  # fmt: skip
@click.option("--draws", type=click.IntRange(100, 1_000_000), default=10_000, show_default=True,
              help="simulated elections")  # fmt: skip
@click.option("--title", default="Would the plan have helped?", show_default=True, help="of the report")
@json_option
@seed_option
def command(
    results: Path, rule: str, ours: str, hours: float, plan_for: tuple[str, ...], even: float | None,
    boundaries: Path | None, id_column: str | None, out: Path, table_file: Path | None, columns: str,
    needed: int | None, threshold: float, delegates_file: Path | None, apportion: int | None, draws: int,
    title: str, json_file: Path | None, seed: int,
) -> None:  # fmt: skip
    """Plan elections that are over with what was known before each, and judge the plans.

    RESULTS is the same long file that `priority` reads, with several elections. Our plan is compared with
    equal hours, hours by population, closest first and, given boundaries, the nearest district: on simulated
    elections and around the real result. The report is one HTML page.
    """
    summary = Summary("backtest")
    table = read(results, rename=renames(columns))
    found = read_results(table, ours=ours, seat_from=SEAT_FROM.get(rule, ""))
    summary.step(f"{table.rows:,} rows read: {len(found.districts):,} districts, {len(found.year)} elections")
    history = History(found.districts, found.past, found.year, found.others)
    elections = _elections(history, plan_for, even, table.file)
    asked = Asked(rule, needed, threshold, draws, seed, None, delegates_file, apportion)
    rules = _Rules(asked, found, table, summary)
    shapes = _shapes(boundaries, id_column, history, summary)
    begun = time.perf_counter()
    try:
        tested = backtest(
            history, rule_for=rules.of, elections=elections, hours=hours, draws=draws, seed=seed,
            reach=lambda known: nearest_districts(known.ids, shapes, seed) if shapes else None,
            blind_turnout=_blind(rules, elections, even),
        )  # fmt: skip
    except ValueError as why:
        raise BadInput(table.file, f"{why}.") from None
    seconds = time.perf_counter() - begun
    for sentence in verdicts(tested):
        summary.step(sentence)
    facts = _said(found, table, rule, ours, hours, draws, seed, shapes)
    _write(out, page(tested, title=title, facts=facts, label=_label(rule), shapes=shapes))
    if table_file is not None:
        write_csv(table_file, figures(tested))
    summary.add(
        elections=len(elections), districts=len(found.districts), hours=hours, draws=draws, seed=seed,
        seconds=round(seconds, 2), verdicts=verdicts(tested),
    )  # fmt: skip
    summary.write(json_file)


class _Once(Summary):
    """A summary that says each warning once, however many elections it holds for."""

    def __init__(self, summary: Summary) -> None:
        super().__init__("backtest")
        self._summary = summary

    def warn(self, sentence: str) -> None:
        """Pass on what is new."""
        if sentence not in self._summary.figures["warnings"]:
            self._summary.warn(sentence)


class _Rules:
    """The rule of each election."""

    def __init__(self, asked: Asked, found: Results, table: Table, summary: Summary) -> None:
        self._asked, self._found, self._table, self._summary = asked, found, table, _Once(summary)
        self._made: dict[str, Rule] = {}

    def districts(self) -> list[str]:
        """Codes, in the order of the file's districts."""
        return [district.id for district in self._found.districts]

    def of(self, election: str, _known: Contest | None = None) -> Rule:
        """The rule of this election."""
        if election not in self._made:
            self._made[election] = rule_of(
                self._asked, self._found, self._table, self._summary, election=election
            )
        return self._made[election]


def _elections(history: History, wanted: Sequence[str], even: float | None, file: str) -> list[str]:
    """The elections to plan for, oldest first."""
    unknown = next((name for name in wanted if name not in history.year), None)
    if unknown is not None:
        there = ", ".join(history.year)
        raise BadInput(file, f"--plan-for {unknown!r} occurs nowhere; there are {there}.", column="election")
    if even is not None:
        return sorted(wanted or list(history.year)[-1:], key=lambda name: history.year[name])
    possible = history.plannable()
    early = next((name for name in wanted if name not in possible), None)
    if early is not None or not possible:
        raise BadInput(
            file, f"no election comes before {early or min(history.year)!r}, so nothing was known; --even "
            "VOTES plans with every district even.", column="election",
        )  # fmt: skip
    return [name for name in possible if not wanted or name in wanted]


def _blind(rules: _Rules, elections: Sequence[str], even: float | None) -> Floats | None:
    """Votes expected by district where nothing is known: in proportion to its delegates, or the same."""
    if even is None:
        return None
    rule, districts = rules.of(elections[-1]), rules.districts()
    sizes = np.array([rule.delegates[code] if isinstance(rule, Delegates) else 1.0 for code in districts])
    return np.asarray(even * sizes / max(float(sizes.sum()), 1.0))


def _shapes(file: Path | None, id_column: str | None, history: History, summary: Summary) -> dict[str, Any]:
    if file is None:
        summary.warn("Without --boundaries there are no maps, and the plan “nearest district” is left out.")
        return {}
    if id_column is None:
        raise BadInput(file.name, "--id COLUMN must say which column has the district codes.")
    wanted = {district.id for district in history.districts}
    shapes = {code: shape for code, shape in polygons(file, id_column).items() if code in wanted}
    if not shapes:
        raise BadInput(file.name, "no code there is a district of the results.", column=id_column)
    if len(shapes) < len(wanted):
        summary.warn(f"{len(wanted) - len(shapes):,} of {len(wanted):,} districts have no polygon.")
    summary.step(f"{len(shapes):,} polygons read")
    return shapes


def _label(rule: str) -> Any:
    return seat_label if rule == "electoral" else str


def _said(
    found: Results, table: Table, rule: str, ours: str, hours: float, draws: int, seed: int, shapes: Any
) -> dict[str, str]:
    rivals = sorted(set(found.rivals.values()))
    return {
        "file of results": f"{table.file}, {table.rows:,} rows",
        "elections": ", ".join(found.year),
        "rule": rule,
        "our side": ours,
        "the other side": ", ".join(rivals[:3]) + (" …" if len(rivals) > 3 else ""),
        "hours of every plan": f"{hours:,.0f}",
        "simulated elections": f"{draws:,}",
        "seed": str(seed),
        "nearest district": f"{len(shapes):,} polygons" if shapes else "left out: no boundaries were given",
    }


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as why:
        raise BadInput(str(path), f"the file cannot be written ({why.strerror}).") from None


def figures(tested: Backtest) -> dict[str, list[Any]]:
    """The table: a row per election and plan, then a row per plan over all elections."""
    rows = [_figures(each, j) for each in tested.tested for j in (*each.judged, *each.variants)]
    rows += [_pooled(each) for each in tested.pooled if len(tested.tested) > 1]
    return {name: [_short(row.get(name)) for row in rows] for name in rows[0]}


def _short(value: Any) -> Any:
    """Six digits are more than any of these figures is sure of."""
    return float(f"{value:.6g}") if isinstance(value, float) else value


def _figures(tested: Tested, j: Judged) -> dict[str, Any]:
    turns = j.reality.turns_at
    return {
        "election": tested.election, "plan": j.plan.name, "title": j.plan.title,
        "hours": round(float(j.plan.hours.sum()), 1), "votes_known": round(j.votes_known, 1),
        "votes_real": round(j.votes_real, 1), "unit": tested.unit,
        "gain": j.gain.mid, "gain_low": j.gain.low, "gain_high": j.gain.high,
        "times": j.times.mid, "times_low": j.times.low, "times_high": j.times.high,
        "gain_real": j.gain_real.mid, "gain_real_low": j.gain_real.low, "gain_real_high": j.gain_real.high,
        "times_real": j.times_real.mid, "times_real_low": j.times_real.low,
        "times_real_high": j.times_real.high, "result": j.reality.without,
        "result_with_plan": j.reality.with_plan, "is_changed": j.reality.is_changed,
        "turns_at": turns if np.isfinite(turns) else None, "close_share": j.reality.close,
        "ahead": None, "ahead_real": None,
    }  # fmt: skip


def _pooled(p: Pooled) -> dict[str, Any]:
    return {
        "election": "all", "plan": p.name, "title": p.title,
        "times": p.times.mid, "times_low": p.times.low, "times_high": p.times.high,
        "times_real": p.times_real.mid, "times_real_low": p.times_real.low,
        "times_real_high": p.times_real.high, "ahead": p.ahead, "ahead_real": p.ahead_real,
    }  # fmt: skip

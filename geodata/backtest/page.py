"""The report of a back-test: one HTML page that needs nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from importlib.resources import files
from typing import Any

import numpy as np

from geodata.backtest.intervals import Span
from geodata.backtest.pictures import Map, intervals
from geodata.backtest.run import Backtest, Judged, Pooled, Tested
from geodata.backtest.sentences import shows_not, times, verdicts, what_came, what_was_known
from geodata.priority import PARAM_NOTES, Interval
from geodata.priority.contest import Floats

Label = Callable[[str], str]
TOP = 5


def page(
    found: Backtest, *, title: str, facts: Mapping[str, str], label: Label = str, shapes: Mapping[str, Any]
) -> str:
    """The report. facts: what was run, shown as a list; label: a seat as people write it; shapes: polygons in
    longitude and latitude by district, for maps (empty: no maps).
    """
    body = [
        f"<h1>{escape(title)}</h1>",
        "<p class=lead>Each election is planned with what was known before it. Then the plan, and what "
        "people do without one, are judged on many simulated elections and on the real one. All plans have "
        f"the same {found.hours:,.0f} volunteer-hours and the same doors.</p>",
        "<section><h2>What it shows</h2><ul>", *(f"<li>{escape(s)}</li>" for s in verdicts(found)), "</ul>",
        _overall(found), "</section>",
        "<section><h2>What it does not show</h2><ul>", *(f"<li>{escape(s)}</li>" for s in shows_not(found)),
        "</ul></section>",
        *(_election(tested, label, shapes) for tested in found.tested),
        _how(), _facts(facts), _parameters(found),
    ]  # fmt: skip
    style = (files("geodata.backtest") / "report.css").read_text(encoding="utf-8")
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{style}</style></head><body><main>"
        f"{''.join(body)}</main></body></html>\n"
    )


def _overall(found: Backtest) -> str:
    if len(found.tested) < 2:
        return ""
    picture = _picture([p.title for p in found.pooled], found.pooled, "over all elections")
    head = ("Our plan against", "simulated: times the gain", "ahead in", "real: times the gain", "ahead in")
    rows = [
        (escape(p.title), times(p.times), f"{p.ahead} of {p.elections}",
         times(p.times_real), f"{p.ahead_real} of {p.elections}")
        for p in found.pooled
    ]  # fmt: skip
    words = "Gains are added up over the elections; intervals (90 %) draw elections with replacement."
    return (
        f"<h3>Over {len(found.tested)} elections</h3>{picture}{_table(head, rows)}<p class=note>{words}</p>"
    )


def _picture(names: Sequence[str], what: Sequence[Judged] | Sequence[Pooled], words: str) -> str:
    series = {
        "simulated elections": [w.times for w in what],
        "around the real result": [w.times_real for w in what],
    }
    alt = f"How many times another plan's gain ours is, {words}"
    return (
        f'<figure><img class=chart alt="{escape(alt)}" src="{intervals(list(names), series)}">'
        "<figcaption>Our plan's gain against each other plan's, with 90 % intervals. Right of the dashed "
        "line ours gains more.</figcaption></figure>"
    )


def _election(tested: Tested, label: Label, shapes: Mapping[str, Any]) -> str:
    other = [*tested.judged[1:], *tested.variants]
    head = (
        "Plan", "Net votes", f"Gain ({tested.unit}), simulated", "ours is", f"Gain ({tested.unit}), real",
        "ours is", "Result turns at", "Votes where close", "Most hours in",
    )  # fmt: skip
    rows = [_row(j, tested, label) for j in (*tested.judged, *tested.variants)]
    return (
        f"<section><h2>{escape(tested.election)}</h2><p>{escape(what_was_known(tested))}</p>"
        f"{_maps(tested, shapes)}{_picture([j.plan.title for j in other], other, f'in {tested.election}')}"
        f"{_table(head, rows)}<p class=note>{escape(what_came(tested))}</p>{_plans(tested)}</section>"
    )


def _row(j: Judged, tested: Tested, label: Label) -> tuple[str, ...]:
    is_ours = j.plan.name == "ours"
    return (
        f"<b>{escape(j.plan.title)}</b>", f"{j.votes_known:,.0f}", _gain(j.gain, tested.unit),
        "" if is_ours else times(j.times), _gain(j.gain_real, tested.unit),
        "" if is_ours else times(j.times_real), _turns(j.reality.turns_at), f"{j.reality.close:.0%}",
        escape(_most(j.plan.hours, tested, label)),
    )  # fmt: skip


def _gain(span: Span, unit: str) -> str:
    scale, end = (100.0, " %-points") if unit == "chance to win" else (1.0, "")
    low, mid, high = (f"{scale * v:.3f}" for v in span)
    return f"{mid} ({low} to {high}){end}"


def _turns(value: float) -> str:
    if not np.isfinite(value):
        return "never"
    return f"{value:,.0f} × its votes" if value >= 10 else f"{value:.1f} × its votes"


def _most(hours: Floats, tested: Tested, label: Label) -> str:
    """Where most hours go: seats, or districts where there is one seat or every district is one."""
    known = tested.known
    many = 1 < len(known.seats) < len(known.ids)
    names = known.seats if many else known.ids
    summed = np.bincount(known.seat, hours, minlength=len(names)) if many else hours
    best = np.argsort(-summed, kind="stable")[:TOP]
    total = max(float(hours.sum()), 1e-9)
    return ", ".join(f"{label(names[i])} {summed[i] / total:.0%}" for i in best if summed[i] > 0.005 * total)


def _maps(tested: Tested, shapes: Mapping[str, Any]) -> str:
    if not shapes:
        return ""
    drawn = Map(tested.known.ids, shapes)
    came = tested.outcome
    with np.errstate(invalid="ignore", divide="ignore"):
        real = np.where(came.total > 0, (came.ours - came.theirs) / came.total, np.nan)
        share = tested.judged[0].plan.hours / np.where(tested.room > 0, tested.room, np.nan)
    pictures = (
        ("What was known: our margin the time before", tested.margins, "BrBG", -0.6, 0.6, "share of votes"),
        ("Our plan: doors it reaches", share, "Greens", 0.0, 1.0, "share of all doors"),
        ("What came: our margin", real, "BrBG", -0.6, 0.6, "share of votes"),
    )  # fmt: skip
    shown = [
        f'<figure><img alt="{escape(words)}" src="{drawn.picture(v, colours=c, low=a, high=b, label=name)}">'
        f"<figcaption>{escape(words)}</figcaption></figure>"
        for words, v, c, a, b, name in pictures
    ]
    return f"<div class=maps>{''.join(shown)}</div>"


def _plans(tested: Tested) -> str:
    items = "".join(f"<li><b>{escape(j.plan.title)}</b>: {escape(j.plan.how)}.</li>" for j in tested.judged)
    return f"<details><summary>How the hours of each plan were given out</summary><ul>{items}</ul></details>"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Cells are HTML; on a narrow screen each row becomes a card with the heading beside each cell."""
    top = "".join(f"<th scope=col>{escape(name)}</th>" for name in head)
    body = "".join(
        "<tr>"
        + "".join(f'<td data-name="{escape(n)}">{c}</td>' for n, c in zip(head, row, strict=True))
        + "</tr>"
        for row in rows
    )
    return f"<div class=wide><table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>"


_HOW = {
    "Net votes": "what a plan’s hours bring by the falling curve of each district: best doors first.",
    "Gain, simulated": "how much likelier these votes make it to win (or how many seats or delegates more "
    "they bring), on average over simulated elections, the same ones for every plan. Interval: the elections "
    "drawn again with replacement.",
    "Gain, real": "the same around what really happened. One result is nearly never within a plan’s reach, "
    "so the real margins are shaken a little: the mood of the whole by 4 points and each seat by 1 point "
    "(standard deviation). The interval also spans 2 and 0.5, and 6 and 2 points. For delegates it draws the "
    "districts again with replacement.",
    "Ours is": "our plan’s gain divided by this plan’s.",
    "Result turns at": "this many times the plan’s votes, added where it was lost or taken away where it was "
    "won, would have made it another result (one seat or one delegate more where these count singly). No "
    "model is in it. Fewer is better.",
    "Votes where close": "share of the plan’s votes in seats that were decided by less than 3 % of the "
    "votes, or in districts where our next delegate was within 3 % of them.",
}


def _how() -> str:
    items = "".join(f"<dt>{escape(name)}</dt><dd>{escape(words)}</dd>" for name, words in _HOW.items())
    return f"<section><h2>How plans are judged</h2><dl>{items}</dl></section>"


def _facts(facts: Mapping[str, str]) -> str:
    rows = [(escape(name), escape(value)) for name, value in facts.items()]
    return f"<section><h2>This run</h2>{_table(('', 'value'), rows)}</section>"


def _parameters(found: Backtest) -> str:
    rows = []
    for name, note in PARAM_NOTES.items():
        value = getattr(found.params, name)
        shown = (
            f"{value.mid:.3g} ({value.low:.3g} to {value.high:.3g})"
            if isinstance(value, Interval)
            else f"{value}"
        )
        rows.append((escape(name.replace("_", " ")), shown, escape(note)))
    return (
        "<section><details><summary>All assumptions, with their intervals</summary>"
        f"{_table(('assumption', 'value', 'what it is and where it comes from'), rows)}</details></section>"
    )

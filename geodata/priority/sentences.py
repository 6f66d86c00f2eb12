"""One sentence per district that a volunteer understands."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from geodata.priority.contest import Floats
from geodata.priority.hours import Hour
from geodata.priority.params import Z90
from geodata.priority.rules import Rule


class _Numbers(NamedTuple):
    pace: float
    talks: float
    votes: float
    low: float
    high: float
    home: float
    at_home: float
    left: float
    is_registered: float


def reasons(hours: Hour, rule: Rule, first_door: Floats) -> list[str]:
    """A sentence per district: what an hour reaches and brings, who stays at home, what is left."""
    pace, talks = hours.doors_per_hour.mid, hours.doors_per_hour.mid * hours.contact_rate.mid
    votes, spread, p = hours.net_votes_per_hour * first_door, _spread(hours), hours.prior
    outcome = (pace, talks, votes, votes / spread, votes * spread)
    columns = (*outcome, p.home_share, p.at_home, hours.doors_left, p.is_registered)
    rows = [_Numbers(*row) for row in zip(*(c.tolist() for c in columns), strict=True)]
    usual = _usual(hours)
    return [_sentence(hours.contest.names[i], n, usual, rule.because(hours, i)) for i, n in enumerate(rows)]


def _sentence(name: str, n: _Numbers, usual: float, because: str) -> str:
    if n.left < 1:
        return f"No doors are left in {name}, so another hour there brings nothing."
    reach = f"An hour in {name} reaches about {n.pace:.0f} doors and {_few(n.talks)} talks"
    brings = f"brings about {_votes(n.votes)} votes ({_votes(n.low)} to {_votes(n.high)})"
    home = f"{n.home:.0%} there are likely to stay at home ({_against(n, usual)})"
    left = f"{_round(n.at_home)} of them ours, and {_round(n.left)} doors are left"
    return f"{reach} and {brings}: {home}, {left}{'; ' + because if because else ''}."


def _spread(h: Hour) -> Floats:
    factors = (h.doors_per_hour, h.contact_rate, h.votes_per_contact, h.home, h.support)
    return np.asarray(np.exp(Z90 * np.sqrt(np.sum([f.log_sd**2 for f in factors], axis=0))))


def _usual(h: Hour) -> float:
    total = float(h.prior.electorate.sum())
    return float((h.prior.home_share * h.prior.electorate).sum() / total) if total else 0.0


def _against(n: _Numbers, usual: float) -> str:
    if not n.is_registered:
        return "assumed, as registration is unknown"
    if abs(n.home - usual) < 0.01:
        return "as usual"
    return f"{'more' if n.home > usual else 'fewer'} than the usual {usual:.0%}"


def _few(x: float) -> str:
    return f"{x:.0f}" if x >= 3 else f"{x:.1f}"


def _votes(x: float) -> str:
    return f"{x:.2f}" if x >= 0.095 else f"{x:.3f}"


def _round(x: float) -> str:
    """Counts as people say them: 43 or 43,200, never 43,187.4."""
    step = 100 if x >= 10_000 else 10 if x >= 1_000 else 1
    return f"{round(x / step) * step:,.0f}"

"""What a plan made of the wishes: leads, people who go together, how many come to each shift."""

from __future__ import annotations

from typing import Any

import numpy as np

from geodata.commands.problem_files import Files
from geodata.commands.summary import Summary
from geodata.matching.problem import Floats, Longs
from geodata.matching.reach import ReachResult
from geodata.matching.reach.overbook import Turnout, turnout
from geodata.matching.reach.together import groups_of


def seat_prices(files: Files, result: ReachResult, row: Longs) -> tuple[Floats, list[Any], list[str]]:
    """Of each pair the price of an ordinary seat in its segment, of a lead's seat (None: it is none), and
    which it has. A segment that is all leads' has only their price.
    """
    sites = files.problem.sites
    place = np.repeat(np.arange(sites.count), np.diff(sites.segment_start))
    most = int(files.segment_number.max(initial=0)) + 1
    key = place * most + files.segment_number
    ordinary = np.full(sites.count * most, np.nan)
    use = ~sites.for_leads
    ordinary[key[use]] = result.price[use]
    led = sites.for_leads[row]
    price = ordinary[key[row]]
    lead_price = [float(result.price[r]) if is_led else None for r, is_led in zip(row, led, strict=True)]
    return (
        np.where(np.isnan(price), result.price[row], price), lead_price,
        ["lead" if is_led else "" for is_led in led.tolist()],
    )  # fmt: skip


def words_of_wishes(files: Files, result: ReachResult) -> list[str]:
    """Of each pair what it has to do with leads and with going together; "" for nothing."""
    problem = files.problem
    row = problem.sites.segment_start[result.pairs[:, 1]] + result.segment
    words = np.where(problem.sites.for_leads[row], " Leads there.", "").astype(object)
    there = {pair: i for i, pair in enumerate(map(tuple, result.pairs.tolist()))}
    places: dict[int, set[int]] = {}
    for v, p in result.pairs.tolist():
        places.setdefault(v, set()).add(p)
    for group in groups_of(problem) if len(problem.together) else []:
        for p in set.intersection(*(places.get(v, set()) for v in group)):
            for v in group:
                others = ", ".join(str(files.volunteers[w]) for w in group if w != v)
                words[there[v, p]] += f" Goes together with {others}."
    return words.tolist()


def shift_columns(files: Files, result: ReachResult) -> dict[str, list[Any]]:
    """Per place what to expect, and its price."""
    problem = files.problem
    found, leads = expected(files, result), _leads_sent(files, result)
    start = problem.sites.segment_start
    slot = np.array([*files.slots, ""], dtype=object)[problem.sites.slot]
    return {
        "place": files.places.tolist(),
        "slot": slot.tolist(),
        "needed": found.needed.tolist(),
        "sent": found.sent.tolist(),
        "expected": found.expected.round(6).tolist(),
        "chance_enough": found.chance.round(6).tolist(),
        "leads_needed": files.lead_needed.tolist(),
        "leads_sent": leads.tolist(),
        "price": np.maximum.reduceat(result.price, start[:-1]).tolist() if len(start) > 1 else [],
    }


def tell_wishes(summary: Summary, files: Files, result: ReachResult, overbook: float | None) -> None:
    """Add to the summary how far leads, groups and the risk of falling short were met."""
    problem = files.problem
    if files.lead_needed.any():
        sent = np.bincount(result.pairs[:, 1], minlength=problem.sites.count) > 0
        lacking = int((sent & (_leads_sent(files, result) < files.lead_needed)).sum())
        summary.add(places_lacking_leads=lacking)
        if lacking:
            summary.warn(f"{lacking:,} places have people but fewer leads than they need.")
    if len(problem.together):
        groups = groups_of(problem)
        words = words_of_wishes(files, result)
        kept = {v for (v, _p), word in zip(result.pairs.tolist(), words, strict=True) if "together" in word}
        summary.add(groups=len(groups), groups_together=sum(group[0] in kept for group in groups))
    found = expected(files, result)
    summary.add(expected_to_come=float(found.expected.sum()))
    if overbook is not None:
        short = int(((found.needed > 0) & (found.chance < 1 - overbook)).sum())
        summary.add(places_at_more_risk=short)
        if short:
            summary.warn(
                f"At {short:,} places the chance of falling short is above {overbook:.0%}: too few people "
                "are free for them, or those sent come less surely than others near."
            )


def expected(files: Files, result: ReachResult) -> Turnout:
    """How many come to each place, and the chance that enough do."""
    return turnout(files.needed, result.pairs[:, 1].astype(np.int64), files.show[result.pairs[:, 0]])


def _leads_sent(files: Files, result: ReachResult) -> Longs:
    is_lead = files.problem.people.leads[result.pairs[:, 0]]
    return np.bincount(result.pairs[is_lead, 1], minlength=files.problem.sites.count)

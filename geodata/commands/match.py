"""`python -m geodata match`: who goes where."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import numpy as np

from geodata.commands.errors import BadInput
from geodata.commands.options import (
    FileCommand,
    Number,
    OutFile,
    Wishes,
    json_option,
    out_option,
    seed_option,
    wish_options,
)
from geodata.commands.problem_files import Files, read_problem
from geodata.commands.summary import Summary
from geodata.commands.wishes import seat_prices, shift_columns, tell_wishes, words_of_wishes
from geodata.commands.writing import write_csv
from geodata.matching.problem import Infeasible
from geodata.matching.reach import ReachResult, solve_reach
from geodata.matching.reach.exact import solve_exactly
from geodata.matching.reach.explain import Alternatives, alternatives, choice_of
from geodata.matching.reach.pairs import capacity, clash, times


@click.command("match", cls=FileCommand)
@click.argument("volunteers", type=click.Path(path_type=Path))
@click.argument("places", type=click.Path(path_type=Path))
@out_option
@click.option("--method", type=click.Choice(("auction", "exact")), default="auction", show_default=True,
              help="exact: the best plan, for small cases")  # fmt: skip
@click.option("--gap", type=Number(min=1e-6, max=0.5), default=0.001, show_default=True,
              help="how far below the bound the plan may stay (auction)")  # fmt: skip
@wish_options
@click.option("--shifts", "shifts_file", type=OutFile(), metavar="FILE.csv",
              help="per place: needed, sent, expected to come, chance that enough come")  # fmt: skip
@click.option("--time-limit", type=Number(min=0), default=600.0, show_default=True, metavar="SECONDS")
@json_option
@seed_option
def command(
    volunteers: Path, places: Path, out: Path, method: str, gap: float, km_cost: float,
    overbook: float | None, previous: Path | None, change_cost: float | None, shifts_file: Path | None,
    time_limit: float, json_file: Path | None, seed: int,
) -> None:  # fmt: skip
    """Send each volunteer where an hour of theirs is worth most, with proof.

    VOLUNTEERS: id, latitude, longitude and, where wanted, shifts, max_travel_km, show_chance, experience
    (1: usual), skills, languages, available (slots), pin, never (place ids), together (volunteer ids).
    PLACES: id, latitude, longitude, capacity, value and, where wanted, value_2, capacity_2, ..., slot,
    requires, languages, lead_needed (so many seats are kept for people with the skill `lead`). Lists are
    separated by `;`.

    value = segment value x show_chance x experience - km-cost x km. The bound counts every place within reach
    of everybody, so objective, bound and gap are of the whole problem; with --previous both count the bonus
    of the pairs kept. Chance plays no part: --seed changes nothing.
    """
    summary = Summary("match")
    files = read_problem(volunteers, places, Wishes(km_cost, overbook, previous, change_cost))
    summary.step(f"{len(files.volunteers):,} volunteers and {len(files.places):,} places read")
    result = _solved(files, volunteers.name, method, gap, time_limit)
    summary.step(f"planned {len(result.pairs):,} pairs, gap {result.gap:.3%}; now the reasons")
    write_csv(out, _columns(files, result))
    summary.add(
        volunteers=len(files.volunteers), places=len(files.places), needed=int(files.needed.sum()),
        seats=int(files.problem.sites.segment_size.sum(dtype=np.int64)), pairs=len(result.pairs),
        objective=result.objective, bound=result.bound, gap=result.gap, seconds=round(result.seconds, 3),
        method=method, stopped=result.stopped, regions=len(result.rounds), seed=seed,
    )  # fmt: skip
    if result.gap > gap:
        summary.warn(_why_wide(files, result, gap))
    tell_wishes(summary, files, result, overbook)
    if shifts_file is not None:
        write_csv(shifts_file, shift_columns(files, result))
    summary.write(json_file)


def _solved(files: Files, file: str, method: str, gap: float, time_limit: float) -> ReachResult:
    try:
        if method == "exact":
            return solve_exactly(files.problem, time_limit_s=time_limit)
        return solve_reach(files.problem, gap=gap, time_limit_s=time_limit)
    except Infeasible as why:
        raise BadInput(file, str(why), column="pin") from None
    except (ValueError, RuntimeError) as why:  # too large or too slow for the exact method, a group too large
        raise BadInput(file, f"{why}.") from None


def _why_wide(files: Files, result: ReachResult, gap: float) -> str:
    if len(files.problem.together):
        return (
            f"The gap is {result.gap:.3%}: the bound is that of a plan without the wishes to go together, "
            "so this is what they cost at most."
        )
    if result.stopped == "time limit":
        return f"The proven gap is {result.gap:.3%}, not {gap:.3%}: give it more --time-limit."
    return f"The proven gap is {result.gap:.3%}, not {gap:.3%}; more time would not narrow it."


def _columns(files: Files, result: ReachResult) -> dict[str, list[Any]]:
    """One row per pair, and one for each volunteer without any."""
    problem = files.problem
    others = alternatives(problem, result)
    given = np.bincount(result.pairs[:, 0], minlength=problem.people.count)
    idle = np.flatnonzero(given == 0)
    volunteer = np.concatenate([result.pairs[:, 0], idle])
    order = np.argsort(volunteer, kind="stable")
    row = problem.sites.segment_start[result.pairs[:, 1]] + result.segment
    slot = np.append(np.array([*files.slots, ""], dtype=object), "")[problem.sites.slot[result.pairs[:, 1]]]
    blank: list[Any] = [None] * len(idle)
    why, following = _words_of_pairs(files, result, others)
    idle_why, idle_next = _words_of_idle(files, result, idle, others)
    price, lead_price, seat = seat_prices(files, result, row)
    columns: dict[str, list[Any]] = {
        "volunteer": files.volunteers[volunteer].tolist(),
        "place": [*files.places[result.pairs[:, 1]].tolist(), *[""] * len(idle)],
        "slot": [*slot.tolist(), *[""] * len(idle)],
        "segment": [*files.segment_number[row].tolist(), *blank],
        "value": [*result.value.round(9).tolist(), *blank],
        "travel_km": [*result.km.round(6).tolist(), *blank],
        "price": [*price.tolist(), *blank],
        "why": why + idle_why,
        "next_best": following + idle_next,
    }
    if problem.sites.for_leads.any():
        columns["seat"] = [*seat, *[""] * len(idle)]
        columns["lead_price"] = [*lead_price, *blank]
    return {name: [values[i] for i in order] for name, values in columns.items()}


def _words_of_pairs(files: Files, result: ReachResult, others: Alternatives) -> tuple[list[str], list[str]]:
    mine: dict[int, set[int]] = {}
    for v, p in result.pairs.tolist():
        mine.setdefault(v, set()).add(p)
    places, rows, at = others.place.tolist(), others.value.tolist(), times(files.problem)
    pinned, before = (
        {tuple(pair) for pair in pairs.tolist()} for pairs in (files.problem.pinned, files.problem.previous)
    )
    why, following = [], []
    start = files.problem.sites.segment_start
    prices = result.price[start[result.pairs[:, 1]] + result.segment].tolist()
    besides = words_of_wishes(files, result)
    for (v, p), value, km, price, wish in zip(
        result.pairs.tolist(), result.value.tolist(), result.km.tolist(), prices, besides, strict=True
    ):
        besides_it = mine[v] - {p}
        best = next(
            (
                j
                for j, q in enumerate(places[v])
                if q >= 0 and q != p and not any(clash(at, q, other) for other in besides_it)
            ),
            None,
        )
        sentence = f"Worth {value:.3g}, {km:.1f} km away"
        sentence += "; fixed by hand." if (v, p) in pinned else "."
        sentence += wish
        if price > 0:
            sentence += f" One more seat here would add at most {price:.3g}."
        if best is None:
            why.append(f"{sentence} No other place would do.")
            following.append("")
            continue
        other, less = files.places[places[v][best]], value - rows[v][best]
        if less >= 0:
            sentence += f" Next best is {other}, worth {less:.3g} less."
        else:
            sentence += f" {other} would be worth {-less:.3g} more"
            sentence += _why_not((v, p) in pinned, (v, p) in before)
        why.append(sentence)
        following.append(str(other))
    return why, following


def _why_not(is_fixed: bool, is_kept: bool) -> str:
    if is_fixed:
        return ", were they not fixed here."
    if is_kept:
        return ", but what changes has a price too."
    return ", but its seats are worth as much or more to others."


def _places(count: int) -> str:
    return "1 place" if count == 1 else f"{count:,} places"


def _words_of_idle(
    files: Files, result: ReachResult, idle: np.ndarray, others: Alternatives
) -> tuple[list[str], list[str]]:
    problem = files.problem
    choice = choice_of(problem, idle)
    reach = problem.people.reach_km[idle].tolist()
    has_seats = np.bincount(result.pairs[:, 1], minlength=problem.sites.count) < capacity(problem)
    why, following = [], []
    for row, v in enumerate(idle.tolist()):
        near, suits = int(choice.in_reach[row]), int(choice.suits[row])
        best = int(others.place[v, 0])
        if problem.people.wanted[v] == 0:
            why.append("Wants no shift.")
        elif near == 0:
            why.append(f"No place lies within the {reach[row]:g} km travelled.")
        elif suits == 0:
            why.append(f"None within reach ({_places(near)}) suits by skill, language, time or choice.")
        elif choice.worth_it[row] == 0:
            why.append(f"Where they suit ({_places(suits)}), the hours bring no more than the way costs.")
        elif best >= 0 and has_seats[best] and others.gain[v, 0] > 0:
            why.append(
                f"{files.places[best]} has seats left, where {others.value[v, 0]:.3g} could be gained: "
                "the plan stops this short of the best."
            )
        else:
            why.append(
                f"Where they suit ({_places(suits)}), every seat worth the way is kept by people who are "
                "worth at least as much there."
            )
        following.append(str(files.places[best]) if best >= 0 else "")
    return why, following

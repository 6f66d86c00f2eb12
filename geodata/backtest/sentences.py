"""What the figures say and do not say, in sentences."""

from __future__ import annotations

from collections.abc import Sequence

from geodata.backtest.intervals import Span
from geodata.backtest.run import Backtest, Tested


def verdicts(found: Backtest) -> list[str]:
    """What was gained against each baseline around the real results, and in simulation. At most four."""
    real = _compared(found, is_real=True)
    said = [
        f"Around {_what(found)} our plan gained more than {_listed(real['more'])}." if real["more"] else "",
        f"Around {_what(found)} it is not shown that our plan gained more than {_listed(real['unsure'])}."
        if real["unsure"]
        else "",
        f"Around {_what(found)} it gained less than {_listed(real['less'])}." if real["less"] else "",
        _simulated(found),
    ]
    return [sentence for sentence in said if sentence]


def _simulated(found: Backtest) -> str:
    mids = [span.mid for _, span in _pairs(found, is_real=False)]
    if not mids:
        return ""
    low, high = _factor(min(mids)), _factor(max(mids))
    return (
        f"In simulated elections it gained {low} to {high} times as much as the others. That flatters it: "
        "the forecast that made the plan made those elections too."
    )


def _compared(found: Backtest, *, is_real: bool) -> dict[str, list[str]]:
    """Baselines by what the interval says, each with its figure."""
    sorted_out: dict[str, list[str]] = {"more": [], "unsure": [], "less": []}
    for title, span in _pairs(found, is_real=is_real):
        sure = "more" if span.low > 1 else "less" if span.high < 1 else "unsure"
        sorted_out[sure].append(
            f"“{title}” ({_factor(span.mid)} times; {_factor(span.low)} to {_factor(span.high)})"
        )
    return sorted_out


def _pairs(found: Backtest, *, is_real: bool) -> list[tuple[str, Span]]:
    """Each baseline with our gain against its own."""
    if len(found.tested) > 1:
        pooled = [p for p in found.pooled if not p.name.startswith("ours_")]
        return [(p.title, p.times_real if is_real else p.times) for p in pooled]
    judged = found.tested[0].judged[1:]
    return [(j.plan.title, j.times_real if is_real else j.times) for j in judged]


def _what(found: Backtest) -> str:
    many = len(found.tested)
    return "the real result" if many == 1 else f"the {many} real results together"


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def times(span: Span) -> str:
    """A ratio with its interval, as people read it."""
    return f"{_factor(span.mid)} times ({_factor(span.low)} to {_factor(span.high)})"


def _factor(value: float) -> str:
    if value >= 1000:
        return "over 1,000"
    if value >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def what_was_known(tested: Tested) -> str:
    """What the plan was made from."""
    districts, seats = len(tested.known.ids), len(tested.known.seats)
    if not tested.before:
        return (
            f"No earlier election: {districts:,} districts, every one taken as even, with the votes expected "
            "there as given. Only how many are at stake where was known."
        )
    several = f" in {seats:,} seats" if seats > 1 else ""
    votes = f"Votes by district in {_listed(tested.before)}"
    return f"{votes}: {districts:,} districts{several}. Nothing else, and no polls."


def what_came(tested: Tested) -> str:
    """Whether any plan would have changed the one real result."""
    changed = [j.plan.title for j in tested.judged if j.reality.is_changed]
    said = f"We won {tested.judged[0].reality.without:,.0f} {tested.stakes}."
    if not changed:
        return f"{said} No plan with these hours would have changed that."
    return f"{said} With these hours it would have been another result by: {', '.join(changed)}."


def shows_not(found: Backtest) -> Sequence[str]:
    """What nobody should read out of this."""
    many = len(found.tested)
    few = "is 1 real election"
    if many > 1:
        few = f"are {many} real elections, and those of one country hang together"
    return (
        "What an hour brings (doors, talks, votes) is assumed, the same for every plan. It moves all gains "
        "up or down together; only plans are compared here. Whether canvassing works is another question.",
        f"There {few}. An interval from so few is wide, and even so too narrow.",
        "The sizes of the forecast’s errors, and how much older elections weigh, were set with the "
        "presidential elections of 2012 to 2024 in view. The plans “errors thought small” and “large” show "
        "how much hangs on that.",
        "The other side stands still: nobody answers a plan.",
        "Real campaigns know more than past votes: polls, money, candidates. A plan here knows nothing else.",
    )

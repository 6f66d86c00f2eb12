"""The one call that matches: it picks the method and hands over."""

from __future__ import annotations

from geodata.matching.auction import auction
from geodata.matching.exact import exact
from geodata.matching.problem import MatchProblem, MatchResult, Method

DEFAULT_GAP = 0.002


def match(
    problem: MatchProblem,
    *,
    seed: int = 0,
    time_limit_s: float = 10.0,
    method: Method = "auction",
    gap: float = DEFAULT_GAP,
) -> MatchResult:
    """Give each volunteer at most the shifts they want, where an hour is worth most.

    problem       see MatchProblem; a volunteer without a pair worth more than 0 stays at home
    seed          decides the order of the first bids, and so between plans of equal worth
    time_limit_s  of the auction, checked every 100,000 bids; what stands then is returned, still feasible
    method        "auction": near the best, with a proven gap; "exact": the best, for small cases and one
                  shift each
    gap           the auction ends once it has proved this share of the bound (0.002: within 0.2 % of the
                  best plan)

    Returns pairs, their values, a price per place and segment, objective, bound and gap; the same input and
    seed give the same answer unless the time limit cut it short. Without volunteers, places or arcs the plan
    is empty. Raises Infeasible, naming the pairs, when those fixed by hand or kept break a limit.
    """
    if method == "exact":
        return exact(problem, seed=seed, time_limit_s=time_limit_s)
    if method != "auction":
        raise ValueError(f'method must be "auction" or "exact", not {method!r}')
    return auction(problem, seed=seed, time_limit_s=time_limit_s, gap=gap)

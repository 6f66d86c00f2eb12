"""Past elections, cut where somebody stood before one of them: what was known, and what came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from geodata.priority import Contest, District, PastResult, contest
from geodata.priority.contest import Floats
from geodata.priority.params import HourParams

Others = Mapping[tuple[str, str], tuple[float, ...]]


@dataclass(frozen=True, slots=True)
class History:
    """districts; past: their results, in any order; year: of each election; others: votes for everybody who
    is neither we nor our rival, by election and district.
    """

    districts: Sequence[District]
    past: Sequence[PastResult]
    year: Mapping[str, int]
    others: Others = field(default_factory=dict)

    def plannable(self) -> list[str]:
        """Elections that have at least one before them, oldest first."""
        first = min(self.year.values(), default=0)
        return [name for name, year in sorted(self.year.items(), key=lambda e: e[1]) if year > first]

    def before(self, election: str) -> list[str]:
        """The elections before this one, oldest first."""
        earlier = [(year, name) for name, year in self.year.items() if year < self.year[election]]
        return [name for _, name in sorted(earlier)]

    def known(self, election: str) -> Contest:
        """What was known before an election: districts with a result before it, and those results alone.

        Raises ValueError when there is none.
        """
        earlier = set(self.before(election))
        if not earlier:
            raise ValueError(f"no election in the file comes before “{election}”")
        past = [
            replace(result, years_ago=float(self.year[election] - self.year[result.election]))
            for result in self.past
            if result.election in earlier
        ]
        seen = {result.district for result in past}
        return contest([d for d in self.districts if d.id in seen], past)

    def blind(self, election: str, turnout: Floats, params: HourParams) -> Contest:
        """The contest of one who knows no earlier result: turnout (n,) is expected, each district even."""
        people = turnout / params.turnout_share.mid
        there = {result.district for result in self.past if result.election == election}
        rows = zip(self.districts, people.tolist(), strict=True)
        return contest([replace(d, registered=count) for d, count in rows if d.id in there])

    def came(self, election: str, known: Contest) -> Outcome:
        """What came in the districts of `known`, and in its seats (from all districts, new ones as well)."""
        results = [replace(r, years_ago=0.0) for r in self.past if r.election == election]
        row = {code: i for i, code in enumerate(known.ids)}
        votes = np.full((3, len(row)), np.nan)
        for r in results:
            if r.district in row:
                votes[:, row[r.district]] = (r.ours, r.theirs, r.total)
        here = [r for r in results if r.district in row]
        by_code = {district.id: district for district in self.districts}
        kept = [by_code[code] for code in known.ids]
        others = [self.others.get((election, code), ()) for code in known.ids]
        return Outcome(
            contest(kept, here), votes[0], votes[1], votes[2], others, *self._seats(results, known)
        )

    def last_margins(self, election: str, known: Contest) -> tuple[str, Floats, Floats]:
        """The election just before, and its margins (share of all votes) by district (n,) and seat (s,)."""
        last = self.before(election)[-1]
        at = known.elections.index(last)
        ours, theirs, total = (np.nan_to_num(v[at]) for v in (known.ours, known.theirs, known.total))
        district = np.divide(ours - theirs, total, out=np.ones_like(total), where=total > 0)
        seats = [np.bincount(known.seat, v, minlength=len(known.seats)) for v in (ours - theirs, total)]
        seat = np.divide(seats[0], seats[1], out=np.ones(len(known.seats)), where=seats[1] > 0)
        return last, district, seat

    def _seats(self, results: Sequence[PastResult], known: Contest) -> tuple[Floats, Floats]:
        place = {name: i for i, name in enumerate(known.seats)}
        seat_of = {d.id: place.get(d.seat) for d in self.districts}
        margin, total = np.zeros(len(place)), np.zeros(len(place))
        for r in results:
            seat = seat_of[r.district]
            if seat is not None:
                margin[seat] += r.ours - r.theirs
                total[seat] += r.total
        return margin, total


@dataclass(frozen=True, eq=False)
class Outcome:
    """An election as it came. contest: the districts (n) with this result alone; ours, theirs, total: (n,)
    votes, NaN where a district has none; others: votes of everybody else, by district; seat_margin and
    seat_total: (s,) votes.
    """

    contest: Contest
    ours: Floats
    theirs: Floats
    total: Floats
    others: Sequence[tuple[float, ...]]
    seat_margin: Floats
    seat_total: Floats

"""The numbers behind a volunteer-hour, each with its interval, all of them shown and none hidden."""

from __future__ import annotations

import math
from dataclasses import dataclass

_OURS = "Our judgement."
Z90 = 1.6448536269514722  # half a 90 % interval in standard deviations


@dataclass(frozen=True, slots=True)
class Interval:
    """A number that nobody knows exactly: nine times in ten it lies between low and high."""

    low: float
    mid: float
    high: float

    def __post_init__(self) -> None:
        if not self.low <= self.mid <= self.high:
            raise ValueError(f"an interval runs low, mid, high; got {self.low}, {self.mid}, {self.high}")

    @property
    def log_sd(self) -> float:
        """Standard deviation of the logarithm (needs low > 0)."""
        return math.log(self.high / self.low) / (2 * Z90)

    @property
    def sd(self) -> float:
        return (self.high - self.low) / (2 * Z90)


PARAM_NOTES = {
    "doors_dense": "Doors an hour where doors stand close. 25: Wellstone formulas (scribd 352603883); 15-25 "
    "in suburbs: kydemocrats 44001809014.",
    "doors_sparse": "Doors an hour where doors stand far apart. 15: Wellstone formulas; 8-15 rural: "
    "kydemocrats 44001809014.",
    "dense_per_km2": f"Doors a square kilometre from which doors stand close. {_OURS}",
    "sparse_per_km2": f"Doors a square kilometre below which they stand far apart. {_OURS}",
    "contact_rate": "Share of knocks that end in a talk. 10-30 %: Texas Democrats; 26 %: micahsifry 2022.",
    "votes_per_contact": "Votes that a talk brings, before shrinking. 1 in 14: Green & Gerber, by "
    "happening-here 2006; the interval is our judgement.",
    "shrink": "How much of that is lost in a race everybody talks about. 33-76 %: Mann & Haenschen.",
    "high_salience": "Is it a race everybody talks about? Persuasion is taken as 0 in any race (49 "
    "experiments, Kalla & Broockman).",
    "home_share_reference": "Share of the people reached in those studies who would have stayed at home; the "
    f"effect is scaled by the district's own share, for nobody can be turned out twice. {_OURS}",
    "turnout_share": f"Turnout of the registered, used only where registration is unknown. {_OURS}",
    "turnout_sd": f"Error of expected turnout (share of the registered) where registration is known. {_OURS}",
    "people_per_door": f"Registered people behind a door, used only where doors are not counted. {_OURS}",
    "list_lift": f"Odds that a door on the list supports us, against any door; 1: a full list. {_OURS}",
    "support_strength": f"How many answers at doors weigh as much as that expectation. {_OURS}",
    "spill": f"Share of the effect that also reaches the other side's supporters at those doors. {_OURS}",
    "revisit": f"Worth of knocking again where nobody opened, against a first knock. {_OURS}",
    "door_spread": f"The best doors are worth 1 + this, the last 1 - this, of the average door. {_OURS}",
    "margin_common": "By how much (standard deviation, share of the turnout) the whole contest misses the "
    "margin that past results foretell. Foretelling the presidential elections of 2012, 2016, 2020 and 2024 "
    "from those since 2008 missed the whole country's margin by 0.039, 0.032, 0.018 and 0.049.",
    "margin_seat": "The same for each seat beyond the whole and its region. In those four, the states' "
    "margins missed by a further 0.032, 0.064, 0.034 and 0.034 (root mean square, by turnout): this part "
    "and the regional one together.",
    "margin_regional": f"The same for a region beyond the common part. {_OURS}",
    "margin_local": "The same for a district of average size beyond its region: counties swung 0.033 to "
    "0.084 around their state between presidential elections since 2008.",
    "unknown_margin_sd": "The same for a seat without past results. The states' presidential margins spread "
    "by 0.19 to 0.21 (without Washington, D.C.) in each election from 2008 to 2024.",
    "half_life_years": "An election this much older weighs half. Foretelling the states' margins "
    "of 2020 and 2024 from all elections since 2008, 3 years missed the pattern of the states by 0.036 and "
    "0.029, 6 years by 0.044 and 0.035.",
}


@dataclass(frozen=True, slots=True)
class HourParams:
    """What an hour at the doors buys, in numbers an organizer may see and change.

    PARAM_NOTES says what each number means and where it comes from, for the page that shows them.
    Raises ValueError for shares outside 0 to 1 and rates that are not above 0.
    """

    doors_dense: Interval = Interval(20, 25, 30)
    doors_sparse: Interval = Interval(8, 15, 20)
    dense_per_km2: float = 500.0
    sparse_per_km2: float = 20.0
    contact_rate: Interval = Interval(0.10, 0.20, 0.30)
    votes_per_contact: Interval = Interval(0.04, 1 / 14, 0.11)
    shrink: Interval = Interval(0.33, 0.55, 0.76)
    high_salience: bool = True
    home_share_reference: float = 0.5
    turnout_share: Interval = Interval(0.5, 0.65, 0.8)
    turnout_sd: float = 0.05
    people_per_door: Interval = Interval(1.5, 1.8, 2.2)
    list_lift: Interval = Interval(1.0, 3.0, 6.0)
    support_strength: float = 30.0
    spill: Interval = Interval(0.0, 0.1, 0.3)
    revisit: Interval = Interval(0.5, 0.7, 0.9)
    door_spread: float = 0.4
    margin_common: Interval = Interval(0.02, 0.04, 0.06)
    margin_seat: Interval = Interval(0.03, 0.04, 0.06)
    margin_regional: Interval = Interval(0.01, 0.02, 0.03)
    margin_local: Interval = Interval(0.03, 0.05, 0.08)
    unknown_margin_sd: float = 0.2
    half_life_years: float = 3.0

    def __post_init__(self) -> None:
        for name in ("contact_rate", "shrink", "turnout_share", "spill", "revisit"):
            value: Interval = getattr(self, name)
            if value.low < 0 or value.high > 1:
                raise ValueError(f"{name} is a share: it must lie between 0 and 1, got {value}")
        for name in ("doors_dense", "doors_sparse", "contact_rate", "votes_per_contact", "people_per_door",
                     "list_lift", "revisit", "margin_common"):  # fmt: skip
            if getattr(self, name).low <= 0:
                raise ValueError(f"{name} must be above 0, got {getattr(self, name)}")
        if not (0 <= self.door_spread < 1 and 0 < self.sparse_per_km2 < self.dense_per_km2):
            raise ValueError("door_spread must be in [0, 1) and sparse_per_km2 below dense_per_km2")

    @property
    def votes_a_contact(self) -> Interval:
        """Votes per contact after the shrinking of a high-salience race."""
        raw = self.votes_per_contact
        if not self.high_salience:
            return raw
        kept = Interval(1 - self.shrink.high, 1 - self.shrink.mid, 1 - self.shrink.low)
        spread = math.hypot(raw.log_sd, kept.log_sd) * Z90
        mid = raw.mid * kept.mid
        return Interval(mid * math.exp(-spread), mid, mid * math.exp(spread))

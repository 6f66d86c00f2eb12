"""The numbers behind a volunteer-hour, each with its interval, all of them shown and none hidden."""

from __future__ import annotations

import math
from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class HourParams:
    """What an hour at the doors buys, in numbers an organizer may see and change.

    "Ours" marks a number nobody has published: a judgement to argue with, never a finding.

    doors_dense, doors_sparse: doors an hour where doors stand close (from `dense_per_km2` doors a km2 up)
        and far apart (below `sparse_per_km2`); 25 and 15 by the Wellstone formulas (scribd 352603883),
        15-25 suburban and 8-15 rural by kydemocrats 44001809014.
    contact_rate: share of knocks that end in a talk; 10-30 % (Texas Democrats; 26 % in micahsifry 2022).
    votes_per_contact: votes a talk brings, 1 in 14 (Green & Gerber, by happening-here 2006); interval ours.
    shrink: how much of it is lost in a race everybody talks about, 33-76 % (Mann & Haenschen); used where
        `high_salience`. Persuasion is taken as 0 (49 experiments, Kalla & Broockman).
    home_share_reference: share of the reached who would have stayed at home in those studies; the effect
        is scaled by the district's own share, since nobody can be turned out twice. About half; ours.
    turnout_share: turnout of the registered, used only where registration is unknown; ours.
    turnout_sd: error of expected turnout where registration is known, share of the registered; ours.
    people_per_door: registered people behind a door, used only where doors are not counted; ours.
    list_lift: odds that a door on the list supports us, against any door; 1 = a list of everybody; ours.
    support_strength: how many answers at doors weigh as much as that prior; ours.
    spill: share of the effect that also reaches the other side's supporters at those doors; ours.
    revisit: worth of knocking again where nobody opened, against a first knock; ours.
    door_spread: the best doors are worth 1 + this, the last 1 - this, of the average door; ours.
    margin_common, margin_regional, margin_local: by how much (standard deviation, share of the turnout) the
        whole contest, a region, and a district of average size miss the margin that results foretell.
        Foretelling the states' presidential margins of 2012, 2016, 2020 and 2024 from the elections since
        2008 missed by 0.064, 0.093, 0.044 and 0.054 (root mean square); counties swung 0.033 to 0.084
        around their state. The split between common and regional is ours.
    unknown_margin_sd: the same where a seat has no past results; ours.
    half_life_years: an election this much older weighs half; ours.
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
    margin_common: Interval = Interval(0.04, 0.06, 0.09)
    margin_regional: Interval = Interval(0.01, 0.02, 0.03)
    margin_local: Interval = Interval(0.03, 0.05, 0.08)
    unknown_margin_sd: float = 0.15
    half_life_years: float = 6.0

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

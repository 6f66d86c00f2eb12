"""What was learned: chances for sign-ups, how sure they are, why, and how to keep all that as plain data."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import hypot
from typing import Any, Literal

import numpy as np

from geodata.showing.judging import Judgement, ReliabilityBin
from geodata.showing.logistic import INTERCEPT_SD, Fit, Scaling
from geodata.showing.shared import ASSUMED_SD
from geodata.showing.sign_ups import FACTORS, LATE_ONLY, Floats, SignUps, expit, features, logit

ENOUGH_SIGN_UPS = 200
ENOUGH_SHIFTS = 8
ENOUGH_OF_EACH = 30
"""Before so many came, and so many did not, everybody has the campaign's mean."""
Z90 = 1.644854
Z95 = 1.959964
HistoryStage = Literal["none", "thin", "learned"]
EARLY = [name not in LATE_ONLY for name in FACTORS]


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One regression with its calibration: before people were asked (without LATE_ONLY), or after."""

    fit: Fit
    scaling: Scaling


@dataclass(frozen=True, slots=True, eq=False)
class ShowModel:
    """Chances of coming, of one campaign.

    stage: "none" (no history: one half), "thin" (the campaign's mean for everybody) or "learned". rows,
    shifts: of the history. mean: of the campaign, drawn to one half while there is little. strength: see
    features. day_sd: of the shared factor beside chances given before people are asked; late_day_sd: beside
    those at the start, which leave less unexplained for it to hide in; mean_sd: how unsure the mean itself is
    (all in log-odds).
    judged: on rows that were not learned from; None before there is enough.
    """

    stage: HistoryStage
    rows: int
    shifts: int
    mean: float
    strength: float
    day_sd: float
    late_day_sd: float
    mean_sd: float
    early: Part | None = None
    late: Part | None = None
    judged: Judgement | None = None

    def shared_sd(self, *, is_early: bool = True) -> float:
        """What moves the people of a shift together: the day, and what we do not know of the campaign.

        Once there is enough history the shared factor is measured on shifts held out, so it holds our own
        errors about a shift already.
        """
        day_sd = self.day_sd if is_early else self.late_day_sd
        return day_sd if self.early is not None else hypot(day_sd, self.mean_sd)

    @property
    def interval(self) -> tuple[float, float]:
        """Between which chances the campaign's mean lies, nine times of ten."""
        middle = float(logit(np.array(self.mean)))
        low, high = expit(np.array([middle - Z90 * self.mean_sd, middle + Z90 * self.mean_sd]))
        return float(low), float(high)

    def chances(self, rows: SignUps) -> Floats:
        """(n,) above 0 and below 1. Somebody without a record has the chance of such newcomers."""
        if self.early is None:
            return np.full(len(rows), self.mean)
        x = features(rows, self.mean, self.strength)
        found = expit(self.early.scaling(self.early.fit.log_odds(x[:, EARLY])))
        late = expit(self._part(True).scaling(self._part(True).fit.log_odds(x)))
        found = np.where(rows.is_early, found, late)
        return np.clip(found, 0.01, 0.99)

    def reasons(self, rows: SignUps) -> list[dict[str, float]]:
        """For each sign-up, by how many points (hundredths) each factor moves its chance; small ones not.

        Each is what would be lost if the factor were average, so they do not add up exactly.
        """
        if self.early is None:
            return [{} for _ in range(len(rows))]
        chances, x = self.chances(rows), features(rows, self.mean, self.strength)
        return [self._reasons(x[i], not rows.is_early[i], float(chances[i])) for i in range(len(rows))]

    def _reasons(self, x: Floats, is_late: bool, chance: float) -> dict[str, float]:
        part, names, own = self._part(is_late), self._names(is_late), x if is_late else x[EARLY]
        push = part.scaling.slope * part.fit.standardised(own[None, :])[0] * part.fit.slopes
        without = expit(logit(np.array(chance)) - push)
        points = {name: round(100 * (chance - float(w)), 1) for name, w in zip(names, without, strict=True)}
        return {name: value for name, value in points.items() if abs(value) >= 1.0}

    def effects(self) -> list[tuple[str, float, float, float]]:
        """(factor, points, low, high): what one more of it does to a chance at the mean; 95 % interval.

        One more: yes instead of no; for _STEPS a step of one standard deviation.
        """
        if self.early is None:
            return []
        part, names = self._part(True), self._names(True)
        at, unit = float(logit(np.array(self.mean))), _unit(names, part.fit.scale)
        sd = np.sqrt(np.diag(part.fit.covariance))[1:]
        log_odds = [
            part.fit.slopes * unit,
            (part.fit.slopes - Z95 * sd) * unit,
            (part.fit.slopes + Z95 * sd) * unit,
        ]
        points = [100 * (expit(at + part.scaling.slope * each) - self.mean) for each in log_odds]
        return [(name, *(float(each[i]) for each in points)) for i, name in enumerate(names)]  # type: ignore[misc]

    def _part(self, is_late: bool) -> Part:
        part = self.late if is_late else self.early
        assert part is not None
        return part

    def _names(self, is_late: bool) -> list[str]:
        return [name for name in FACTORS if is_late or name not in LATE_ONLY]

    def as_plain(self) -> dict[str, Any]:
        """Numbers, texts and lists only, for a row of JSON. No person is in it."""
        return {
            **{name: getattr(self, name) for name in _NUMBERS},
            "factors": list(FACTORS),
            "early": _plain_part(self.early),
            "late": _plain_part(self.late),
            "judged": asdict(self.judged) if self.judged else None,
        }

    @staticmethod
    def of_plain(kept: dict[str, Any]) -> ShowModel:
        """What `as_plain` wrote. Raises ValueError where it was learned with other factors."""
        if kept.get("factors") != list(FACTORS):
            raise ValueError("learned with other factors: learn it again")
        judged = kept["judged"]
        if judged:
            judged = Judgement(**judged | {"bins": tuple(ReliabilityBin(**each) for each in judged["bins"])})
        return ShowModel(
            **{name: kept[name] for name in _NUMBERS},
            early=_part_of(kept["early"]),
            late=_part_of(kept["late"]),
            judged=judged,
        )


_NUMBERS = ("stage", "rows", "shifts", "mean", "strength", "day_sd", "late_day_sd", "mean_sd")
_STEPS = ("record", "experience", "days_ahead", "distance")


def unlearned() -> ShowModel:
    """Before any history: about half of those who sign up come (the field's rule of thumb)."""
    return ShowModel("none", 0, 0, 0.5, 4.0, ASSUMED_SD, ASSUMED_SD, INTERCEPT_SD)


def _unit(names: list[str], scale: Floats) -> Floats:
    return np.array([1.0 if name in _STEPS else 1.0 / scale[i] for i, name in enumerate(names)])


def _plain_part(part: Part | None) -> dict[str, Any] | None:
    if part is None:
        return None
    fit = part.fit
    arrays = {name: getattr(fit, name).tolist() for name in ("centre", "scale", "slopes", "covariance")}
    return arrays | {"intercept": fit.intercept, "shift": part.scaling.shift, "slope": part.scaling.slope}


def _part_of(kept: dict[str, Any] | None) -> Part | None:
    if kept is None:
        return None
    arrays = {name: np.array(kept[name], np.float64) for name in ("centre", "scale", "slopes", "covariance")}
    return Part(Fit(intercept=kept["intercept"], **arrays), Scaling(kept["shift"], kept["slope"]))

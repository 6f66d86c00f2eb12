"""The page “Who will come” in words and paths: the reliability diagram, and what the factors do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from geodata.showing import Judgement, ShowModel
from volunteer_hub.core import clock
from volunteer_hub.core.charts import Chart
from volunteer_hub.events import queries

FACTOR_WORDS: dict[str, Any] = {
    "record": _l("A better record of coming to shifts"),
    "first_time": _l("The first shift of all"),
    "experience": _l("More shifts so far"),
    "days_ahead": _l("Signed up longer ahead"),
    "brought": _l("Brought along by a friend"),
    "put_on": _l("Put on the shift by staff or by an offer"),
    "waited": _l("Came from the waiting list"),
    "distance": _l("Lives farther away"),
    "weekend": _l("A shift on a weekend"),
    "evening": _l("A shift that starts at 5 PM or later"),
    "morning": _l("A shift that starts before 10 AM"),
    "unreachable": _l("Agreed to no messages"),
    "silent": _l("Was asked to confirm and did not answer"),
    "confirmed": _l("Said yes when asked to confirm"),
}


@dataclass(frozen=True, slots=True)
class Effect:
    """What a factor does to a chance, in points (hundredths), with its 95 % interval."""

    words: str
    points: float
    low: float
    high: float

    @property
    def is_sure(self) -> bool:
        """Do we know at least whether it helps or hinders?"""
        return self.low > 0 or self.high < 0


def effects_of(model: ShowModel) -> list[Effect]:
    """The factors, the strongest first; what never varied in this campaign is left out."""
    found = [Effect(str(FACTOR_WORDS[name]), *numbers) for name, *numbers in model.effects()]
    return sorted((each for each in found if each.points), key=lambda each: -abs(each.points))


def reliability_chart(judged: Judgement) -> Chart:
    """Share that came (up) against the chance that was told (right), both 0 to 100 %, with its interval.

    `marks` is the diagonal: on it lie chances that are right.
    """
    bins = [each for each in judged.bins if each.rows]
    xs = [_at(each.chance) for each in bins]
    line = "M" + "L".join(f"{x} {_at(1 - each.came)}" for x, each in zip(xs, bins, strict=True))
    upper = [f"{x} {_at(1 - each.high)}" for x, each in zip(xs, bins, strict=True)]
    lower = [f"{x} {_at(1 - each.low)}" for x, each in zip(xs, bins, strict=True)]
    area = "M" + "L".join(upper + lower[::-1]) + "z"
    return Chart(100.0, 100.0, line=line, area=area, marks="M0 99.5L99.5 0H100V0.5L0.5 100H0z")


def own_data(person_id: int) -> list[dict[str, Any]]:
    """What is reckoned of a person's coming shifts, and why, for the copy of their data."""
    standing = queries.sign_ups_ahead(person_id, clock.now())
    if not standing.ids:
        return []
    model = queries.show_model(queries.campaign_of(standing.ids[0]))
    chances, reasons = model.chances(standing.rows), model.reasons(standing.rows)
    return [
        {
            "sign_up": sign_up_id,
            "shift": shift_id,
            "chance_of_coming": round(float(chance), 3),
            "what_moves_it_in_points": {str(FACTOR_WORDS[name]): points for name, points in why.items()},
            "used_for": _("How many sign-ups a shift takes. Staff see its sum, never this number."),
        }
        for sign_up_id, shift_id, chance, why in zip(
            standing.ids, standing.shift_ids, chances, reasons, strict=True
        )
    ]


def _at(share: float) -> str:
    return f"{100 * share:.2f}".rstrip("0").rstrip(".")

"""Where the next volunteer-hour is worth most, how sure that is, and why.

>>> districts = [District("12127", "Volusia", seat="FL", registered=260_000), ...]
>>> results = [PastResult("12127", "2000", 4.0, ours=97_304, theirs=82_357, total=183_653)]
>>> found = score(districts, results, rule=Plurality())    # or Turnout(), Coverage(), Mix(...)
>>> best = max(found.rows(), key=lambda row: row.score)
>>> best.why, best.low, best.high, best.segments, best.parts["supporters_at_home"]
>>> [c.sentence for c in changes(yesterday_rows, found)]
"""

from geodata.priority.changes import FACTOR_WORDS, Change, changes
from geodata.priority.contest import Contest, District, PastResult, contest, district_fault, result_fault
from geodata.priority.forecast import DayDone, Forecast, forecast
from geodata.priority.hours import Factor, Hour, hour
from geodata.priority.params import PARAM_NOTES, HourParams, Interval
from geodata.priority.rules import (
    RULES,
    Chamber,
    Coverage,
    Delegates,
    Mix,
    Plurality,
    Rule,
    Turnout,
    Worth,
    product,
)
from geodata.priority.scoring import PARTS, DistrictPriority, Priorities, Segment, score
from geodata.priority.seats import SeatOutlook
from geodata.priority.update import Rates, pooled_rates

__all__ = [
    "FACTOR_WORDS",
    "PARAM_NOTES",
    "PARTS",
    "RULES",
    "Chamber",
    "Change",
    "Contest",
    "Coverage",
    "DayDone",
    "Delegates",
    "District",
    "DistrictPriority",
    "Factor",
    "Forecast",
    "Hour",
    "HourParams",
    "Interval",
    "Mix",
    "PastResult",
    "Plurality",
    "Priorities",
    "Rates",
    "Rule",
    "SeatOutlook",
    "Segment",
    "Turnout",
    "Worth",
    "changes",
    "contest",
    "district_fault",
    "forecast",
    "hour",
    "pooled_rates",
    "product",
    "result_fault",
    "score",
]

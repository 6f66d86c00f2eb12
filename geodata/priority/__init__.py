"""Where the next volunteer-hour is worth most, how sure that is, and why.

>>> districts = [District("12127", "Volusia", seat="FL", registered=260_000), ...]
>>> results = [PastResult("12127", "2000", 4.0, ours=97_304, theirs=82_357, total=183_653)]
>>> found = score(districts, results, rule=Plurality())    # or Turnout(), Coverage(), Mix(...)
>>> best = max(found.rows(), key=lambda row: row.score)
>>> best.why, best.low, best.high, best.segments, best.parts["supporters_at_home"]
>>> [c.sentence for c in changes(yesterday_rows, found)]
"""

from geodata.priority.chambers import Chamber, Delegates, Whole
from geodata.priority.changes import FACTOR_WORDS, Change, changes
from geodata.priority.contest import Contest, District, PastResult, contest, district_fault, result_fault
from geodata.priority.electoral import Electors, electoral_votes, electors
from geodata.priority.every_rule import every_rule
from geodata.priority.forecast import DayDone, Forecast, forecast
from geodata.priority.hours import Factor, Hour, hour
from geodata.priority.params import PARAM_NOTES, HourParams, Interval
from geodata.priority.rules import (
    RULES,
    Coverage,
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
    "Electors",
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
    "Whole",
    "Worth",
    "changes",
    "contest",
    "district_fault",
    "electoral_votes",
    "electors",
    "every_rule",
    "forecast",
    "hour",
    "pooled_rates",
    "product",
    "result_fault",
    "score",
]

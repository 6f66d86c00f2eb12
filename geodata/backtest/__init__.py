"""Would our plan have helped? Past elections planned with what was known before them, then judged.

History holds elections, plans what people do today, judges what votes were worth; run puts them together and
page shows it. Nouns: plan, judge, gain, times (our gain by another plan's). Calls geodata.priority only.
"""

from geodata.backtest.history import History, Outcome
from geodata.backtest.intervals import Span
from geodata.backtest.judges import SHAKEN, Noise, Reality
from geodata.backtest.plans import Plan
from geodata.backtest.run import Backtest, Judged, Pooled, Tested, backtest

__all__ = [
    "SHAKEN",
    "Backtest",
    "History",
    "Judged",
    "Noise",
    "Outcome",
    "Plan",
    "Pooled",
    "Reality",
    "Span",
    "Tested",
    "backtest",
]

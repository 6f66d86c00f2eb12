"""The whole matching problem at national size: every place within a volunteer's reach is a possible pair.

Pairs are found by looking around, never listed in full; prices and a bound over all of them prove the plan.
"""

from geodata.matching.reach.live import LivePlan, Moved
from geodata.matching.reach.problem import People, ReachProblem, ReachResult, Sites
from geodata.matching.reach.solve import solve_reach

__all__ = ["LivePlan", "Moved", "People", "ReachProblem", "ReachResult", "Sites", "solve_reach"]

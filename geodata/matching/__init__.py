"""Who goes where: volunteers and places in, a plan with prices, a proof and reasons out.

Nouns: volunteer, place (one shift at one staging location), arc (a pair that could be), segment (seats of
equal worth within a place), price (what one more seat is worth), certificate. Calls nothing above geodata.
"""

from geodata.matching.arcs import ArcSet, build_arcs
from geodata.matching.certificate import Certificate, certify
from geodata.matching.change import Change, CostOfChange, apply_change, cost_of
from geodata.matching.explain import Alternative, Explanation, HomeReason, PairReason, PlaceReason, explain
from geodata.matching.no_arcs import NoArcs
from geodata.matching.people_places import Places, Volunteers
from geodata.matching.problem import Infeasible, MatchProblem, MatchResult
from geodata.matching.solve import match

__all__ = [
    "Alternative",
    "ArcSet",
    "Certificate",
    "Change",
    "CostOfChange",
    "Explanation",
    "HomeReason",
    "Infeasible",
    "MatchProblem",
    "MatchResult",
    "NoArcs",
    "PairReason",
    "PlaceReason",
    "Places",
    "Volunteers",
    "apply_change",
    "build_arcs",
    "certify",
    "cost_of",
    "explain",
    "match",
]

"""Who will come: the chance that a sign-up becomes a person at the table, and how many sign-ups that takes.

Nouns: sign-up, record (how often a person came before), chance, stage (how much history there is), shared
factor (what makes all people of one shift come or stay together, as rain), risk (of fewer than needed).
Calls nothing above geodata.

>>> model = learn(history, came, seed=0)
>>> chances = model.chances(coming)
>>> places_for(20, 0.14, chances, chance_of_next=model.mean, shared_sd=model.shared_sd(), room=60)
"""

from geodata.showing.history import WORLD, Assumptions, World
from geodata.showing.judging import Judgement, ReliabilityBin, judge
from geodata.showing.learn import learn
from geodata.showing.model import ENOUGH_SHIFTS, ENOUGH_SIGN_UPS, ShowModel, unlearned
from geodata.showing.sign_ups import FACTORS, SignUps
from geodata.showing.simulate import Realised, held_out, realised_risks
from geodata.showing.turnout import GIVE, Turnout, places_for, risk_short, turnout

__all__ = [
    "ENOUGH_SHIFTS",
    "ENOUGH_SIGN_UPS",
    "FACTORS",
    "GIVE",
    "WORLD",
    "Assumptions",
    "Judgement",
    "Realised",
    "ReliabilityBin",
    "ShowModel",
    "SignUps",
    "Turnout",
    "World",
    "held_out",
    "judge",
    "learn",
    "places_for",
    "realised_risks",
    "risk_short",
    "turnout",
    "unlearned",
]

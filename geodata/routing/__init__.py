"""Short ways through many points: an open walk or a round tour, by straight lines or any distances.

Nouns: point (xy in metres, rows of a table), walk (open), tour (closed), order (rows in the order to visit).
Compiled loops elsewhere call `matrix.best_order`. Calls nothing above geodata.
"""

from geodata.routing.bound import lower_bound_m
from geodata.routing.matrix import open_walk_by
from geodata.routing.walk import Walk, length_m, open_walk, tour

__all__ = ["Walk", "length_m", "lower_bound_m", "open_walk", "open_walk_by", "tour"]

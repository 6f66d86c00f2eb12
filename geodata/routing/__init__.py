"""Short ways through many points: an open walk or a round tour, by straight lines.

Nouns: point (xy in metres, rows of a table), walk (open), tour (closed), order (rows in the order to visit).
Calls nothing above geodata.
"""

from geodata.routing.walk import Walk, length_m, open_walk, tour

__all__ = ["Walk", "length_m", "open_walk", "tour"]

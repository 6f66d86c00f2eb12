"""What hours bring: the same falling curve for every plan."""

from __future__ import annotations

import numpy as np

from geodata.priority import Hour
from geodata.priority.contest import Floats


def net_votes(hour: Hour, hours: Floats) -> Floats:
    """(n,) net votes that hours (n,) bring, best doors first; beyond the last door they bring nothing."""
    room = hour.segment_hours
    rate = hour.net_votes_per_hour[:, None] * np.where(room > 0, hour.best_first, 0.0)
    order = np.argsort(-rate, axis=1, kind="stable")
    room, rate = np.take_along_axis(room, order, axis=1), np.take_along_axis(rate, order, axis=1)
    used = np.clip(hours[:, None] - (np.cumsum(room, axis=1) - room), 0, room)
    return np.asarray((used * rate).sum(axis=1))

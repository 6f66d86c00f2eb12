"""Writes of turf: cutting precincts, handing turf out and taking it back, keeping what reports say of doors.

Inside a transaction; nothing here commits.
"""

from volunteer_hub.turf.services.cutting import (
    LEAST_MINUTES,
    MOST_MINUTES,
    ask_cut,
    ask_cuts,
    begin_cut,
    fail_cut,
    save_cut,
)
from volunteer_hub.turf.services.leases import (
    GRACE,
    LATE_WORK,
    HandedOut,
    end_expired,
    end_lease,
    end_leases_of_absent,
    extend,
    hand_out,
    lease_until,
    link_token,
    take_any,
)
from volunteer_hub.turf.services.visits import (
    Standing,
    Visit,
    count_doors_done,
    keep_standings,
    keep_visits,
    lock_standings,
)

__all__ = [
    "GRACE",
    "LATE_WORK",
    "LEAST_MINUTES",
    "MOST_MINUTES",
    "HandedOut",
    "Standing",
    "Visit",
    "ask_cut",
    "ask_cuts",
    "begin_cut",
    "count_doors_done",
    "end_expired",
    "end_lease",
    "end_leases_of_absent",
    "extend",
    "fail_cut",
    "hand_out",
    "keep_standings",
    "keep_visits",
    "lease_until",
    "link_token",
    "lock_standings",
    "save_cut",
    "take_any",
]

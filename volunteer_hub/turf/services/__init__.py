"""Writes of turf: cutting precincts, editing cuts, leases, and what reports say of doors.

Inside a transaction; nothing here commits.
"""

from volunteer_hub.turf.services.batches import ask_batch, cancel_batch
from volunteer_hub.turf.services.cutting import (
    LEAST_MINUTES,
    MOST_MINUTES,
    ask_cut,
    ask_cut_of,
    ask_cuts,
    begin_cut,
    doors_of_cut,
    fail_cut,
    save_cut,
)
from volunteer_hub.turf.services.editing import (
    Desk,
    Edited,
    cut_rest_again,
    merge,
    move_border,
    move_doors,
    set_locked,
    split,
    undo,
)
from volunteer_hub.turf.services.extending import NEAR_THE_END, extend_by_working
from volunteer_hub.turf.services.giving_back import GivenBack, give_back
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
    take_over,
    wipe,
)
from volunteer_hub.turf.services.passes import PASS_LIVES, forget_passes, make_pass, open_pass
from volunteer_hub.turf.services.rows import streets_of
from volunteer_hub.turf.services.several import MOST_AT_ONCE, hand_out_beside, hand_out_several
from volunteer_hub.turf.services.visits import (
    count_doors_done,
    doors_visited,
    keep_standings,
    keep_visits,
    lock_standings,
)

__all__ = [
    "GRACE",
    "LATE_WORK",
    "LEAST_MINUTES",
    "MOST_AT_ONCE",
    "MOST_MINUTES",
    "NEAR_THE_END",
    "PASS_LIVES",
    "Desk",
    "Edited",
    "GivenBack",
    "HandedOut",
    "ask_batch",
    "ask_cut",
    "ask_cut_of",
    "ask_cuts",
    "begin_cut",
    "cancel_batch",
    "count_doors_done",
    "cut_rest_again",
    "doors_of_cut",
    "doors_visited",
    "end_expired",
    "end_lease",
    "end_leases_of_absent",
    "extend",
    "extend_by_working",
    "fail_cut",
    "forget_passes",
    "give_back",
    "hand_out",
    "hand_out_beside",
    "hand_out_several",
    "keep_standings",
    "keep_visits",
    "lease_until",
    "link_token",
    "lock_standings",
    "make_pass",
    "merge",
    "move_border",
    "move_doors",
    "open_pass",
    "save_cut",
    "set_locked",
    "split",
    "streets_of",
    "take_any",
    "take_over",
    "undo",
    "wipe",
]

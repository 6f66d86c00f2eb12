"""Writes of canvass: door reports stored once with their progress, second looks, scripts, files of reports.

Inside a transaction; nothing here commits.
"""

from volunteer_hub.canvass.services.recording import (
    EARLY,
    FUTURE,
    LATE,
    OLDEST_BY_STAFF,
    Authority,
    ByLease,
    ByStaff,
    Receipt,
    record,
    store,
)
from volunteer_hub.canvass.services.recounting import Recount, recount
from volunteer_hub.canvass.services.refreshing import refresh

__all__ = [
    "EARLY",
    "FUTURE",
    "LATE",
    "OLDEST_BY_STAFF",
    "Authority",
    "ByLease",
    "ByStaff",
    "Receipt",
    "Recount",
    "record",
    "recount",
    "refresh",
    "store",
]

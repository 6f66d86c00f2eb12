"""Writes of canvass: door reports stored once with their progress, second looks, scripts, files of reports.

Inside a transaction; nothing here commits.
"""

from volunteer_hub.canvass.services.collecting import (
    Collected,
    FileReading,
    add_file,
    collect,
    reading_of,
)
from volunteer_hub.canvass.services.recording import (
    EARLY,
    FUTURE,
    LATE,
    OLDEST_BY_STAFF,
    Authority,
    ByLease,
    ByPaper,
    ByStaff,
    Receipt,
    record,
    store,
)
from volunteer_hub.canvass.services.recounting import Recount, recount
from volunteer_hub.canvass.services.refreshing import refresh
from volunteer_hub.canvass.services.reviewing import review
from volunteer_hub.canvass.services.scripts import MOST_QUESTIONS, save_script, script_of, starting_script

__all__ = [
    "EARLY",
    "FUTURE",
    "LATE",
    "MOST_QUESTIONS",
    "OLDEST_BY_STAFF",
    "Authority",
    "ByLease",
    "ByPaper",
    "ByStaff",
    "Collected",
    "FileReading",
    "Receipt",
    "Recount",
    "add_file",
    "collect",
    "reading_of",
    "record",
    "recount",
    "refresh",
    "review",
    "save_script",
    "script_of",
    "starting_script",
    "store",
]

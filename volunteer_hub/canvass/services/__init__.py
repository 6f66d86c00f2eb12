"""Writes of canvass: door reports stored once with their progress, second looks, scripts, files of reports.

Inside a transaction; nothing here commits.
"""

from volunteer_hub.canvass.services.answering import answers_in_words, tallies
from volunteer_hub.canvass.services.applying import apply_pending, is_anything_pending
from volunteer_hub.canvass.services.collecting import (
    Collected,
    FileReading,
    add_file,
    collect,
    reading_of,
)
from volunteer_hub.canvass.services.late import late_lines
from volunteer_hub.canvass.services.receiving import Holder, Taken, holder_of, receive
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
from volunteer_hub.canvass.services.results import offer_results, results_of
from volunteer_hub.canvass.services.reviewing import review
from volunteer_hub.canvass.services.scripts import (
    SavedMeanwhile,
    restore_script,
    save_script,
    script_numbered,
    script_of,
    script_of_lease,
    starting_script,
)
from volunteer_hub.canvass.services.setting_aside import aside_lines, count_aside, decide

__all__ = [
    "EARLY",
    "FUTURE",
    "LATE",
    "OLDEST_BY_STAFF",
    "Authority",
    "ByLease",
    "ByPaper",
    "ByStaff",
    "Collected",
    "FileReading",
    "Holder",
    "Receipt",
    "Recount",
    "SavedMeanwhile",
    "Taken",
    "add_file",
    "answers_in_words",
    "apply_pending",
    "aside_lines",
    "collect",
    "count_aside",
    "decide",
    "holder_of",
    "is_anything_pending",
    "late_lines",
    "offer_results",
    "reading_of",
    "receive",
    "record",
    "recount",
    "refresh",
    "restore_script",
    "results_of",
    "review",
    "save_script",
    "script_numbered",
    "script_of",
    "script_of_lease",
    "starting_script",
    "store",
    "tallies",
]

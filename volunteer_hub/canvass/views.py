"""All pages of canvass: importing this module hangs them on the blueprint."""

from volunteer_hub.canvass import (
    views_additions,
    views_answers,
    views_app,
    views_bring,
    views_desk,
    views_files,
    views_lease,
    views_live,
    views_mine,
    views_office,
    views_paper,
    views_safety,
    views_scripts,
    views_sheets,
    views_sync,
    views_table,
    views_walk,
)
from volunteer_hub.canvass.blueprint import bp

__all__ = [
    "bp",
    "views_additions",
    "views_answers",
    "views_app",
    "views_bring",
    "views_desk",
    "views_files",
    "views_lease",
    "views_live",
    "views_mine",
    "views_office",
    "views_paper",
    "views_safety",
    "views_scripts",
    "views_sheets",
    "views_sync",
    "views_table",
    "views_walk",
]

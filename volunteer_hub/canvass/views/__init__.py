"""All pages of canvass: importing this module hangs them on the blueprint."""

from volunteer_hub.canvass.blueprint import bp
from volunteer_hub.canvass.views import (
    additions,
    answers,
    app,
    bring,
    desk,
    files,
    lease,
    live,
    mine,
    office,
    paper,
    safety,
    scripts,
    sheets,
    sync,
    table,
    walk,
)

__all__ = [
    "additions",
    "answers",
    "app",
    "bp",
    "bring",
    "desk",
    "files",
    "lease",
    "live",
    "mine",
    "office",
    "paper",
    "safety",
    "scripts",
    "sheets",
    "sync",
    "table",
    "walk",
]

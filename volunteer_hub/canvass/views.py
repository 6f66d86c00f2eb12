"""All pages of canvass: importing this module hangs them on the blueprint."""

from volunteer_hub.canvass import (
    views_app,
    views_desk,
    views_files,
    views_mine,
    views_office,
    views_paper,
    views_sync,
    views_walk,
)
from volunteer_hub.canvass.blueprint import bp

__all__ = [
    "bp",
    "views_app",
    "views_desk",
    "views_files",
    "views_mine",
    "views_office",
    "views_paper",
    "views_sync",
    "views_walk",
]

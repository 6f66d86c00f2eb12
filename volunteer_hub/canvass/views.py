"""All pages of canvass: importing this module hangs them on the blueprint."""

from volunteer_hub.canvass import views_sync
from volunteer_hub.canvass.blueprint import bp

__all__ = ["bp", "views_sync"]

"""Pages of turf, all on one blueprint."""

from volunteer_hub.turf import views_batches, views_choose, views_cut, views_list
from volunteer_hub.turf.blueprint import bp

__all__ = ["bp", "views_batches", "views_choose", "views_cut", "views_list"]

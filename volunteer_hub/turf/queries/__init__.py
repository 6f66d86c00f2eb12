"""Reads of turf: what is open where, walk lists in order, leases by their token or their holder."""

from volunteer_hub.turf.queries.leases import (
    LeaseCard,
    current_leases,
    lease_by_token,
    lease_within,
    leases_of_shift,
    leases_of_turf,
)
from volunteer_hub.turf.queries.precincts import (
    PrecinctLine,
    cut_of,
    precinct_within,
    precincts_in_use,
    precincts_query,
    stuck_cuts,
    urgency,
    without_open_turf,
)
from volunteer_hub.turf.queries.turfs import (
    TurfLine,
    open_turfs,
    shapes,
    turf_counts,
    turf_within,
    turfs_query,
)
from volunteer_hub.turf.queries.walk_lists import WalkDoor, places_of_turf_doors, walk_list

__all__ = [
    "LeaseCard",
    "PrecinctLine",
    "TurfLine",
    "WalkDoor",
    "current_leases",
    "cut_of",
    "lease_by_token",
    "lease_within",
    "leases_of_shift",
    "leases_of_turf",
    "open_turfs",
    "places_of_turf_doors",
    "precinct_within",
    "precincts_in_use",
    "precincts_query",
    "shapes",
    "stuck_cuts",
    "turf_counts",
    "turf_within",
    "turfs_query",
    "urgency",
    "walk_list",
    "without_open_turf",
]

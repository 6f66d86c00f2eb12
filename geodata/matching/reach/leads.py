"""Seats that only leads may take, so that a place is not left without one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from geodata.matching.problem import Longs
from geodata.matching.reach.problem import Sites


def with_lead_seats(sites: Sites, needed: Longs) -> tuple[Sites, Longs]:
    """Keep the first `needed` seats of each place for leads, all of them where it has fewer.

    needed (m,) int. Returns the sites, where a segment that leads share with others has become two, and the
    row that each segment came from. A lead may take any seat; whoever is none, only the others. Leads' seats
    are filled by those whom they gain most, so places where an hour is worth most get their lead first.
    """
    count = np.diff(sites.segment_start)
    place = np.repeat(np.arange(sites.count), count)
    size = sites.segment_size.astype(np.int64)
    seats_before = np.concatenate([[0], np.cumsum(size)])
    before = seats_before[:-1] - seats_before[sites.segment_start[:-1]][place]
    kept = np.clip(np.asarray(needed, np.int64)[place] - before, 0, size)
    kept = np.where(sites.for_leads, 0, kept)
    parts = np.where((kept > 0) & (kept < size), 2, 1)
    origin = np.repeat(np.arange(len(size)), parts)
    is_first = np.concatenate([[True], np.diff(origin) > 0]) if len(origin) else np.zeros(0, bool)
    is_lead = is_first & (kept[origin] > 0)
    start = np.concatenate([[0], np.cumsum(np.bincount(place, parts, sites.count))]).astype(np.int64)
    sites = replace(
        sites,
        segment_start=start,
        segment_size=np.where(is_lead, kept[origin], (size - kept)[origin] * (~is_lead | (kept[origin] == 0)))
        .astype(np.int32),
        segment_worth=sites.segment_worth[origin],
        for_leads=sites.for_leads[origin] | is_lead,
    )  # fmt: skip
    return sites, origin

"""Independent regions: no volunteer of one reaches a place of another, so each can be solved alone."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from geodata.matching.problem import Ints, Longs
from geodata.matching.reach._joined import joined_places
from geodata.matching.reach._prepare import Prepared
from geodata.matching.reach.problem import ReachProblem, Sites

SMALLEST = 20_000  # volunteers; smaller regions are put together, in the order of their first place


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """A problem of its own, with the rows of the whole that its rows come from."""

    problem: ReachProblem
    volunteers: Longs
    places: Longs
    segments: Longs


def regions(problem: ReachProblem) -> list[Region]:
    """Connected components of who reaches what, small ones put together; volunteers who reach nothing are in
    none. The same problem always gives the same regions, in the same order.
    """
    of_place, of_volunteer = _labels(problem)
    if not len(of_place):
        return []
    batch = _batches(of_place, of_volunteer)
    of_place = batch[of_place]
    of_volunteer = np.where(of_volunteer >= 0, batch[of_volunteer], -1)
    count = int(of_place.max()) + 1
    if count == 1 and (of_volunteer == 0).all():
        everybody, everywhere = np.arange(problem.people.count), np.arange(problem.sites.count)
        return [Region(problem, everybody, everywhere, np.arange(len(problem.sites.segment_size)))]
    people = _grouped(of_volunteer, count)
    places = _grouped(of_place, count)
    return [_region(problem, people[k], places[k]) for k in range(count)]


def _labels(problem: ReachProblem) -> tuple[Longs, Longs]:
    """Region of each place and each volunteer (-1: reaches nothing), numbered by their first place."""
    ready = Prepared(problem)
    root, first_place = joined_places(ready.bidders, ready.ground)
    of_place = np.empty(len(root), np.int64)
    of_place[ready.order] = ready.order[root]
    smallest = np.full(len(root), len(root), np.int64)
    np.minimum.at(smallest, of_place, np.arange(len(root)))
    _, of_place = np.unique(smallest[of_place], return_inverse=True)
    bidder_region = np.where(first_place >= 0, of_place[ready.order[first_place]], -1)
    of_volunteer = np.full(problem.people.count, -1, np.int64)
    of_volunteer[ready.volunteer] = bidder_region  # a volunteer's own bidder comes after those of fixed pairs
    fixed = ready.bidders.only >= 0
    of_volunteer[ready.volunteer[fixed]] = bidder_region[fixed]
    return of_place.reshape(-1).astype(np.int64), of_volunteer


def _batches(of_place: Longs, of_volunteer: Longs) -> Longs:
    """Batch of each region: neighbours in number are put together until they hold SMALLEST volunteers."""
    count = int(of_place.max()) + 1
    people = np.bincount(of_volunteer[of_volunteer >= 0], minlength=count)
    batch, number, gathered = np.empty(count, np.int64), 0, 0
    for region in range(count):
        batch[region] = number
        gathered += int(people[region])
        if gathered >= SMALLEST:
            number, gathered = number + 1, 0
    return batch


def _grouped(label: Longs, count: int) -> list[Longs]:
    order = np.argsort(label, kind="stable")
    first = np.searchsorted(label[order], np.arange(count + 1))
    return [order[first[k] : first[k + 1]] for k in range(count)]


def _region(problem: ReachProblem, volunteers: Longs, places: Longs) -> Region:
    people, sites = problem.people, problem.sites
    count = np.diff(sites.segment_start)[places]
    start = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
    offset = np.arange(start[-1]) - np.repeat(start[:-1], count)
    segments = np.repeat(sites.segment_start[:-1][places], count) + offset
    part = replace(
        problem,
        people=people.rows(volunteers),
        sites=_sites(sites, places, segments, start),
        pinned=_pairs(problem.pinned, volunteers, places, people.count, sites.count),
        never=_pairs(problem.never, volunteers, places, people.count, sites.count),
        previous=_pairs(problem.previous, volunteers, places, people.count, sites.count),
        together=_pairs(problem.together, volunteers, volunteers, people.count, people.count),
    )
    return Region(part, volunteers, places, segments)


def _sites(sites: Sites, rows: Longs, segments: Longs, start: Longs) -> Sites:
    return Sites(
        latitude=sites.latitude[rows],
        longitude=sites.longitude[rows],
        segment_start=start,
        segment_size=sites.segment_size[segments],
        segment_worth=sites.segment_worth[segments],
        slot=sites.slot[rows],
        slot_times=sites.slot_times,
        requires=(sites.requires[0][rows], sites.requires[1]),
        languages=(sites.languages[0][rows], sites.languages[1]),
        for_leads=sites.for_leads[segments],
    )


def _pairs(pairs: Ints, volunteers: Longs, places: Longs, n: int, m: int) -> Ints:
    """The pairs with both ends in these rows, by their new numbers."""
    if not len(pairs):
        return pairs
    who, where = np.full(n, -1, np.int64), np.full(m, -1, np.int64)
    who[volunteers], where[places] = np.arange(len(volunteers)), np.arange(len(places))
    found = np.column_stack([who[pairs[:, 0]], where[pairs[:, 1]]])
    return found[(found >= 0).all(axis=1)].astype(np.int32)

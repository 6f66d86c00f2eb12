"""Compiled looks at all segments within a bidder's reach: the best few at given prices, the best of all."""

from __future__ import annotations

import numpy as np

from geodata.compiled import kernel

EARTH_RADIUS_KM = 6371.0088
TURNS = (0, -1, 1)  # a span of longitudes may lie once around the globe off


@kernel
def box(x, y, z, chord2, grid):  # type: ignore[no-untyped-def]
    """Rows of the grid that can hold a place in reach, and longitudes: south, north, middle, half.

    A half of 7 means all longitudes.
    """
    # a hair more than the angle, so that a place exactly at the limit is looked at
    angle = 2 * np.arcsin(min(1.0, np.sqrt(chord2) / 2)) * (1 + 1e-9) + 1e-7
    lat = np.arcsin(max(-1.0, min(1.0, z)))
    south = max(0.0, np.floor((lat - angle - grid.south) / grid.cell))
    north = min(grid.rows - 1.0, np.floor((lat + angle - grid.south) / grid.cell))
    if abs(lat) + angle >= np.pi / 2:
        return int(south), int(north), 0.0, 7.0
    half = np.arcsin(min(1.0, np.sin(angle) / np.cos(lat))) + 1e-7
    return int(south), int(north), (np.arctan2(y, x) - grid.west) % (2 * np.pi), half


@kernel
def columns(middle, half, turn, grid):  # type: ignore[no-untyped-def]
    """First and last column of the span, `turn` times around; first > last: none."""
    if half >= np.pi:
        return 0, (grid.columns - 1 if turn == 0 else -1)
    centre = middle + turn * 2 * np.pi
    low = max(0.0, np.floor((centre - half) / grid.cell))
    high = min(grid.columns - 1.0, np.floor((centre + half) / grid.cell))
    return int(low), int(high)


@kernel
def way_km(chord2):  # type: ignore[no-untyped-def]
    """Great-circle kilometres of a squared chord of the unit sphere."""
    if chord2 < 0.01:  # 640 km: the series of the arcsine to its fifth term is exact to the last bit or two
        q = chord2 / 4
        series = 1 + q * (1 / 6 + q * (3 / 40 + q * (15 / 336 + q * (105 / 3456))))
        return EARTH_RADIUS_KM * np.sqrt(chord2) * series
    return 2 * EARTH_RADIUS_KM * np.arcsin(min(1.0, np.sqrt(chord2) / 2))


@kernel
def bonus_of(span, place, bonus, b, p):  # type: ignore[no-untyped-def]
    """What this pair is worth besides: -inf where it must never be."""
    for j in range(span[b, 0], span[b, 1]):
        if place[j] == p:
            return bonus[j]
    return 0.0


@kernel
def clash(place, starts, ends, a, b):  # type: ignore[no-untyped-def]
    """Whether one person cannot take seats of both segments."""
    if place[a] == place[b]:
        return True
    if starts[a] >= ends[a] or starts[b] >= ends[b]:
        return False
    return starts[a] < ends[b] and starts[b] < ends[a]


@kernel
def blocked(place, starts, ends, s, segments, first, last):  # type: ignore[no-untyped-def]
    """Whether segment s is in the way of one of `segments[first:last]`."""
    for h in range(first, last):  # noqa: SIM110 - compiled
        if clash(place, starts, ends, s, segments[h]):
            return True
    return False


@kernel
def look(  # type: ignore[no-untyped-def]
    b, home, suits, only, spot, kind, place, starts, ends, room, segment_start, first, grid, price,
    special_span, special_place, special_bonus, km_cost,
    held_segment, held_first, held_last, fixed_segment, fixed_first, fixed_last, listed, base, before,
):  # fmt: skip
    """List the bidder's best segments at these prices, those in the way of held seats left out.

    before: how many the last look listed; the worst of them now is what a segment must be worth at least to
    be among as many again. Returns how many are listed and what the best of the others is worth at most: what
    fell below the worst of the last look was passed over, even where the list is no longer full.
    """
    x, y, z, reach, weight = home[b, 0], home[b, 1], home[b, 2], home[b, 3], home[b, 4]
    has_specials = special_span[b, 0] < special_span[b, 1]
    has_base = km_cost > 0 or len(special_place) > 0
    if only >= 0:
        count = 0
        for s in range(segment_start[only], segment_start[only + 1]):
            if room[s] > 0 and suits[kind[s]]:
                listed[count] = s
                if has_base:
                    base[count] = base_of(b, s, home, spot, only, special_span, special_place,
                                          special_bonus, km_cost)  # fmt: skip
                count += 1
        return count, -np.inf
    if reach < 0:
        return 0, -np.inf
    several = held_first < held_last or fixed_first < fixed_last
    most = len(listed)
    nets = np.empty(most)
    found, least = 0, 0.0  # least: what a segment must be worth more than to be listed
    is_warm = before == most and not several
    if is_warm:
        least = np.inf
        for j in range(most):
            least = min(
                least, weight * spot[listed[j], 3] + (base[j] if has_base else 0.0) - price[listed[j]]
            )
        least = max(0.0, least - 1e-9 * (1 + abs(least)))
    south, north, middle, half = box(x, y, z, reach, grid)
    for r in range(south, north + 1):
        for turn in TURNS:
            west, east = columns(middle, half, turn, grid)
            if west > east:
                continue
            for s in range(first[r * grid.columns + west], first[r * grid.columns + east + 1]):
                net = weight * spot[s, 3] - price[s]
                if net <= least and not has_specials:
                    continue
                dx, dy, dz = spot[s, 0] - x, spot[s, 1] - y, spot[s, 2] - z
                chord2 = dx * dx + dy * dy + dz * dz
                if chord2 > reach or not suits[kind[s]] or room[s] == 0:
                    continue
                extra = 0.0
                if km_cost > 0:
                    extra -= km_cost * way_km(chord2)
                if has_specials:
                    extra += bonus_of(special_span, special_place, special_bonus, b, place[s])
                net += extra
                if net <= least:
                    continue
                if several and (
                    blocked(place, starts, ends, s, held_segment, held_first, held_last)
                    or blocked(place, starts, ends, s, fixed_segment, fixed_first, fixed_last)
                ):
                    continue
                at = min(found, most - 1)
                while at > 0 and nets[at - 1] < net:
                    nets[at] = nets[at - 1]
                    listed[at] = listed[at - 1]
                    if has_base:
                        base[at] = base[at - 1]
                    at -= 1
                nets[at] = net
                listed[at] = s
                if has_base:
                    base[at] = extra
                if found < most:
                    found += 1
                if found == most:
                    least = nets[most - 1]
    return found, least if found == most or is_warm else -np.inf


@kernel
def base_of(b, s, home, spot, p, special_span, special_place, special_bonus, km_cost):  # type: ignore[no-untyped-def]
    """Bonus less the cost of the way for one pair; an unknown home costs no way."""
    base = 0.0
    if km_cost > 0:
        dx, dy, dz = spot[s, 0] - home[b, 0], spot[s, 1] - home[b, 1], spot[s, 2] - home[b, 2]
        chord2 = dx * dx + dy * dy + dz * dz
        base -= km_cost * way_km(chord2) if chord2 == chord2 else 0.0
    if special_span[b, 0] < special_span[b, 1]:
        base += bonus_of(special_span, special_place, special_bonus, b, p)
    return base


@kernel
def most_gain(bidders, ground, price, slot_start, slot_end, gains, low, high):  # type: ignore[no-untyped-def]
    """The most that each of the bidders `low` to `high` can gain at these prices, over all places in reach.

    Of the places of one slot a bidder can take one, so only the best of each matters; then the best choice
    of slots that do not overlap, at most as many as wanted. Slots are sorted by their end. Places without
    a time overlap nothing: the bidder's best few of them compete with the slots.
    """
    home, kind_of, demands, onlys, fits = (
        bidders.home,
        bidders.kind,
        bidders.demand,
        bidders.only,
        bidders.fits,
    )
    special_span, special_place, special_bonus = (
        bidders.special_span,
        bidders.special_place,
        bidders.special_bonus,
    )
    fixed_start, fixed_segment, km_cost = bidders.fixed_start, bidders.fixed_segment, bidders.km_cost
    spot, kind, place, slot_of = ground.spot, ground.kind, ground.place, ground.slot
    starts, ends, room, first, grid = ground.starts, ground.ends, ground.room, ground.first, ground.grid
    segment_start = ground.segment_start
    slots = len(slot_start)
    best_in = np.empty(slots + 1)
    loose = np.empty(max(1, demands[low:high].max())) if high > low else np.empty(1)
    for b in range(low, high):
        x, y, z, reach, weight = home[b, 0], home[b, 1], home[b, 2], home[b, 3], home[b, 4]
        only, demand = onlys[b], demands[b]
        best = 0.0
        gains[b] = 0.0
        if demand == 0:
            continue
        if only >= 0:
            best = -np.inf
            for s in range(segment_start[only], segment_start[only + 1]):
                if room[s] > 0 and fits[kind_of[b], kind[s]]:
                    extra = base_of(
                        b, s, home, spot, only, special_span, special_place, special_bonus, km_cost
                    )
                    best = max(best, weight * spot[s, 3] + extra - price[s])
            gains[b] = best
            continue
        if reach < 0:
            continue
        suits = fits[kind_of[b]]
        if demand > 1:
            best_in[:] = 0.0
            loose[:demand] = 0.0
        has_specials = special_span[b, 0] < special_span[b, 1]
        fixed_first, fixed_last = fixed_start[b], fixed_start[b + 1]
        of_place, of_place_net = -1, 0.0
        south, north, middle, half = box(x, y, z, reach, grid)
        for r in range(south, north + 1):
            for turn in TURNS:
                west, east = columns(middle, half, turn, grid)
                if west > east:
                    continue
                for s in range(first[r * grid.columns + west], first[r * grid.columns + east + 1]):
                    net = weight * spot[s, 3] - price[s]
                    if not has_specials and (net <= 0.0 or (demand == 1 and net <= best)):
                        continue
                    dx, dy, dz = spot[s, 0] - x, spot[s, 1] - y, spot[s, 2] - z
                    chord2 = dx * dx + dy * dy + dz * dz
                    if chord2 > reach or not suits[kind[s]] or room[s] == 0:
                        continue
                    if km_cost > 0:
                        net -= km_cost * way_km(chord2)
                    if has_specials:
                        net += bonus_of(special_span, special_place, special_bonus, b, place[s])
                    if net <= 0.0:
                        continue
                    if blocked(place, starts, ends, s, fixed_segment, fixed_first, fixed_last):
                        continue
                    best = max(best, net)
                    if demand == 1:
                        continue
                    slot = slot_of[s]
                    if slot >= 0:
                        best_in[slot] = max(best_in[slot], net)
                    elif place[s] == of_place:  # a place counts once, by its best segment
                        of_place_net = max(of_place_net, net)
                    else:
                        _keep(loose, demand, of_place_net)
                        of_place, of_place_net = place[s], net
        if demand > 1:
            _keep(loose, demand, of_place_net)
            best = _best_set(best_in, loose, demand, slots, slot_start, slot_end)
        gains[b] = best


@kernel
def _keep(loose, many, net):  # type: ignore[no-untyped-def]
    """Keep the best few, best first."""
    if net <= loose[many - 1]:
        return
    at = many - 1
    while at > 0 and loose[at - 1] < net:
        loose[at] = loose[at - 1]
        at -= 1
    loose[at] = net


@kernel
def _best_set(best_in, loose, most, slots, slot_start, slot_end):  # type: ignore[no-untyped-def]
    timed = min(most, slots)
    table = np.zeros((slots + 1, timed + 1))
    for j in range(slots):
        before = min(np.searchsorted(slot_end, slot_start[j], side="right"), j)
        for c in range(1, timed + 1):
            table[j + 1, c] = max(table[j, c], table[before, c - 1] + best_in[j])
    best, extra = 0.0, 0.0
    for taken in range(most + 1):
        best = max(best, table[slots, min(most - taken, timed)] + extra)
        if taken < most:
            extra += loose[taken]
    return best


@kernel
def worth_of(bidders, ground, who, segment):  # type: ignore[no-untyped-def]
    """Sum over seats taken of worth x weight, way and bonus counted."""
    home, spot, place, km_cost = bidders.home, ground.spot, ground.place, bidders.km_cost
    special_span, special_place, special_bonus = (
        bidders.special_span,
        bidders.special_place,
        bidders.special_bonus,
    )
    total = 0.0
    for i in range(len(who)):
        b, s = who[i], segment[i]
        total += home[b, 4] * spot[s, 3] + base_of(
            b, s, home, spot, place[s], special_span, special_place, special_bonus, km_cost
        )
    return total

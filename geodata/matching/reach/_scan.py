"""Compiled looks at all places within a bidder's reach: the best few at given prices, and the best of all."""

from __future__ import annotations

import numpy as np

from geodata.compiled import kernel

EARTH_RADIUS_KM = 6371.0088


@kernel
def window(x, y, z, chord2, cell, across, cells):  # type: ignore[no-untyped-def]
    """Rows and columns of the grid that can hold a place in reach: south, north, west, width."""
    rows = cells // across
    # a hair more than the angle, so that a place exactly at the limit is looked at
    angle = 2 * np.arcsin(min(1.0, np.sqrt(chord2) / 2)) * (1 + 1e-9) + 1e-12
    lat = np.arcsin(max(-1.0, min(1.0, z)))
    lon = np.arctan2(y, x)
    south = max(0, int((lat - angle + np.pi / 2) / cell)) if lat - angle > -np.pi / 2 else 0
    north = min(rows - 1, int((lat + angle + np.pi / 2) / cell)) if lat + angle < np.pi / 2 else rows - 1
    west, width = 0, across
    if abs(lat) + angle < np.pi / 2:
        half = np.arcsin(min(1.0, np.sin(min(angle, np.pi / 2)) / np.cos(lat)))
        west = int(np.floor((lon + np.pi - half) / cell))
        width = min(across, int(np.floor((lon + np.pi + half) / cell)) - west + 1)
    return south, north, west, width


@kernel
def bonus_of(bidders, b, p):  # type: ignore[no-untyped-def]
    """What this pair is worth besides: -inf where it must never be."""
    for j in range(bidders.special_start[b], bidders.special_start[b + 1]):
        if bidders.special_place[j] == p:
            return bidders.special_bonus[j]
    return 0.0


@kernel
def base_of(bidders, b, p, chord2):  # type: ignore[no-untyped-def]
    """Bonus less the cost of the way, for a place at this squared chord."""
    base = 0.0
    if bidders.km_cost > 0:
        base -= bidders.km_cost * 2 * EARTH_RADIUS_KM * np.arcsin(min(1.0, np.sqrt(chord2) / 2))
    if bidders.special_start[b] < bidders.special_start[b + 1]:
        base += bonus_of(bidders, b, p)
    return base


@kernel
def best_seat(ground, price, weight, base, p):  # type: ignore[no-untyped-def]
    """Best segment of the place at these prices and what it gains; -1 where the place has no seat."""
    best, segment = -np.inf, -1
    for s in range(ground.segment_start[p], ground.segment_start[p + 1]):
        if ground.room[s] > 0:
            net = weight * ground.worth[s] + base - price[s]
            if net > best:
                best, segment = net, s
    return best, segment


@kernel
def clash(ground, p, q):  # type: ignore[no-untyped-def]
    """Whether one person cannot take both places."""
    if p == q:
        return True
    if ground.starts[p] >= ground.ends[p] or ground.starts[q] >= ground.ends[q]:
        return False
    return ground.starts[p] < ground.ends[q] and ground.starts[q] < ground.ends[p]


@kernel
def in_the_way(bidders, ground, b, p):  # type: ignore[no-untyped-def]
    """Whether the place overlaps one that the volunteer is fixed at."""
    for f in range(bidders.fixed_start[b], bidders.fixed_start[b + 1]):
        if clash(ground, p, bidders.fixed_place[f]):
            return True
    return False


@kernel
def blocked(bidders, ground, held, b, p):  # type: ignore[no-untyped-def]
    """Whether the place is in the way of one the bidder holds or is fixed at."""
    for h in range(held.start[b], held.start[b] + held.count[b]):
        if clash(ground, p, ground.place_of[held.segment[h]]):
            return True
    return in_the_way(bidders, ground, b, p)


@kernel
def look(bidders, ground, lists, price, held, b):  # type: ignore[no-untyped-def]
    """List the bidder's best places at these prices, those in the way of held seats left out, and note what
    the best of the others is worth."""
    several = held.count[b] > 0 or bidders.fixed_start[b] < bidders.fixed_start[b + 1]
    most = lists.place.shape[1]
    nets = np.empty(most + 1)
    found = 0
    floor = -np.inf
    if bidders.only[b] >= 0:
        lists.place[b, 0], lists.base[b, 0] = bidders.only[b], _base_of_fixed(bidders, ground, b)
        lists.count[b], lists.floor[b] = 1, -np.inf
        return
    x, y, z, reach = bidders.x[b], bidders.y[b], bidders.z[b], bidders.chord2[b]
    if reach < 0:
        lists.count[b], lists.floor[b] = 0, -np.inf
        return
    # arrays by name: reaching into the tuples for every place would count references each time
    gx, gy, gz, kinds, first = ground.x, ground.y, ground.z, ground.kind, ground.first
    segment_start, worth, room, across = ground.segment_start, ground.worth, ground.room, ground.across
    suits = bidders.fits[bidders.kind[b]]
    place, bases = lists.place[b], lists.base[b]
    weight, km_cost = bidders.weight[b], bidders.km_cost
    has_specials = bidders.special_start[b] < bidders.special_start[b + 1]
    south, north, west, width = window(x, y, z, reach, ground.cell, across, len(first) - 1)
    for r in range(south, north + 1):
        for c in range(west, west + width):
            key = r * across + c % across
            for p in range(first[key], first[key + 1]):
                dx, dy, dz = gx[p] - x, gy[p] - y, gz[p] - z
                chord2 = dx * dx + dy * dy + dz * dz
                if chord2 > reach or not suits[kinds[p]]:
                    continue
                net = -np.inf
                for s in range(segment_start[p], segment_start[p + 1]):
                    if room[s] > 0:
                        net = max(net, weight * worth[s] - price[s])
                base = 0.0
                if km_cost > 0:
                    base -= km_cost * 2 * EARTH_RADIUS_KM * np.arcsin(min(1.0, np.sqrt(chord2) / 2))
                if has_specials:
                    base += bonus_of(bidders, b, p)
                net += base
                if net <= floor or net <= 0.0:
                    continue
                if several and blocked(bidders, ground, held, b, p):
                    continue
                at = found
                while at > 0 and nets[at - 1] < net:
                    if at < most:
                        nets[at] = nets[at - 1]
                        place[at], bases[at] = place[at - 1], bases[at - 1]
                    elif nets[at - 1] > floor:
                        floor = nets[at - 1]
                    at -= 1
                if at < most:
                    nets[at] = net
                    place[at], bases[at] = p, base
                    found = min(found + 1, most)
                elif net > floor:
                    floor = net
    lists.count[b], lists.floor[b] = found, floor


@kernel
def _base_of_fixed(bidders, ground, b):  # type: ignore[no-untyped-def]
    p = bidders.only[b]
    dx, dy, dz = ground.x[p] - bidders.x[b], ground.y[p] - bidders.y[b], ground.z[p] - bidders.z[b]
    chord2 = dx * dx + dy * dy + dz * dz
    return base_of(bidders, b, p, chord2) if chord2 == chord2 else 0.0


@kernel
def most_gain(bidders, ground, price, slots, slot_start, slot_end, low, high):  # type: ignore[no-untyped-def]
    """Sum over bidders `low` to `high` of the most each can gain at these prices, over all places in reach.

    Of the places of one slot a bidder can take one, so only the best of each matters; then the best choice
    of slots that do not overlap, at most as many as wanted. Slots are sorted by their end. Places without
    a time overlap nothing: the bidder's best few of them compete with the slots.
    """
    gx, gy, gz, kinds, first = ground.x, ground.y, ground.z, ground.kind, ground.first
    segment_start, worth, room, across = ground.segment_start, ground.worth, ground.room, ground.across
    slot_of, km_cost = ground.slot, bidders.km_cost
    total = 0.0
    best_in = np.empty(slots + 1)
    loose = np.empty(64)
    for b in range(low, high):
        if bidders.only[b] >= 0:
            base = _base_of_fixed(bidders, ground, b)
            net, _ = best_seat(ground, price, bidders.weight[b], base, bidders.only[b])
            total += net
            continue
        reach, demand = bidders.chord2[b], bidders.demand[b]
        if reach < 0 or demand == 0:
            continue
        best_in[:] = 0.0
        many = min(demand, 64)
        loose[:many] = 0.0
        best = 0.0
        x, y, z, weight = bidders.x[b], bidders.y[b], bidders.z[b], bidders.weight[b]
        suits = bidders.fits[bidders.kind[b]]
        has_specials = bidders.special_start[b] < bidders.special_start[b + 1]
        is_fixed = bidders.fixed_start[b] < bidders.fixed_start[b + 1]
        south, north, west, width = window(x, y, z, reach, ground.cell, across, len(first) - 1)
        for r in range(south, north + 1):
            for c in range(west, west + width):
                key = r * across + c % across
                for p in range(first[key], first[key + 1]):
                    dx, dy, dz = gx[p] - x, gy[p] - y, gz[p] - z
                    chord2 = dx * dx + dy * dy + dz * dz
                    if chord2 > reach or not suits[kinds[p]]:
                        continue
                    net = -np.inf
                    for s in range(segment_start[p], segment_start[p + 1]):
                        if room[s] > 0:
                            net = max(net, weight * worth[s] - price[s])
                    if km_cost > 0:
                        net -= km_cost * 2 * EARTH_RADIUS_KM * np.arcsin(min(1.0, np.sqrt(chord2) / 2))
                    if has_specials:
                        net += bonus_of(bidders, b, p)
                    if net <= 0.0 or (is_fixed and in_the_way(bidders, ground, b, p)):
                        continue
                    best = max(best, net)
                    if demand > 1:
                        slot = slot_of[p]
                        if slot >= 0:
                            best_in[slot] = max(best_in[slot], net)
                        elif net > loose[many - 1]:
                            at = many - 1
                            while at > 0 and loose[at - 1] < net:
                                loose[at] = loose[at - 1]
                                at -= 1
                            loose[at] = net
        total += best if demand == 1 else _best_set(best_in, loose, many, slots, slot_start, slot_end)
    return total


@kernel
def _best_set(best_in, loose, most, slots, slot_start, slot_end):  # type: ignore[no-untyped-def]
    table = np.zeros((slots + 1, most + 1))
    for j in range(slots):
        before = np.searchsorted(slot_end, slot_start[j], side="right")
        before = min(before, j)
        for c in range(1, most + 1):
            table[j + 1, c] = max(table[j, c], table[before, c - 1] + best_in[j])
    best, extra = 0.0, 0.0
    for taken in range(most + 1):
        best = max(best, table[slots, most - taken] + extra)
        if taken < most:
            extra += loose[taken]
    return best


@kernel
def _root(parent, p):  # type: ignore[no-untyped-def]
    while parent[p] != p:
        parent[p] = parent[parent[p]]
        p = parent[p]
    return p


@kernel
def _join(parent, a, p):  # type: ignore[no-untyped-def]
    """Join place p to place a (-1: none yet); returns their root."""
    q = _root(parent, p)
    if a < 0:
        return q
    a = _root(parent, a)
    low, high = min(a, q), max(a, q)
    parent[high] = low
    return low


@kernel
def joined_places(bidders, ground):  # type: ignore[no-untyped-def]
    """Places joined by a bidder who could take either: the root of each place, and for each bidder a place in
    reach (-1: none)."""
    parent = np.arange(len(ground.x))
    seen = np.full(len(bidders.weight), -1, np.int64)
    gx, gy, gz, kinds, first, across = ground.x, ground.y, ground.z, ground.kind, ground.first, ground.across
    for b in range(len(seen)):
        if bidders.only[b] >= 0:
            seen[b] = bidders.only[b]
        for f in range(bidders.fixed_start[b], bidders.fixed_start[b + 1]):
            seen[b] = _join(parent, seen[b], bidders.fixed_place[f])
        reach = bidders.chord2[b]
        if reach < 0 or bidders.demand[b] == 0 or bidders.only[b] >= 0:
            continue
        x, y, z = bidders.x[b], bidders.y[b], bidders.z[b]
        suits = bidders.fits[bidders.kind[b]]
        south, north, west, width = window(x, y, z, reach, ground.cell, across, len(first) - 1)
        for r in range(south, north + 1):
            for c in range(west, west + width):
                key = r * across + c % across
                for p in range(first[key], first[key + 1]):
                    dx, dy, dz = gx[p] - x, gy[p] - y, gz[p] - z
                    within = dx * dx + dy * dy + dz * dz <= reach and suits[kinds[p]]
                    if within and (seen[b] != parent[p] or parent[parent[p]] != parent[p]):
                        seen[b] = _join(parent, seen[b], p)
    for p in range(len(parent)):
        parent[p] = _root(parent, p)
    return parent, seen


@kernel
def worth_of(bidders, ground, who, segment):  # type: ignore[no-untyped-def]
    """Sum over seats taken of worth x weight, way and bonus counted."""
    total = 0.0
    for i in range(len(who)):
        b, s = who[i], segment[i]
        p = ground.place_of[s]
        dx, dy, dz = ground.x[p] - bidders.x[b], ground.y[p] - bidders.y[b], ground.z[p] - bidders.z[b]
        chord2 = dx * dx + dy * dy + dz * dz
        base = base_of(bidders, b, p, chord2) if chord2 == chord2 else 0.0
        total += bidders.weight[b] * ground.worth[s] + base
    return total


@kernel
def look_at_all(bidders, ground, lists, price, held, rows, place, gain, value):  # type: ignore[no-untyped-def]
    """The best listed places of these bidders, with what they gain and are worth, best first."""
    for i in range(len(rows)):
        b = rows[i]
        if bidders.demand[b] == 0:
            continue
        look(bidders, ground, lists, price, held, b)
        for j in range(lists.count[b]):
            p, base = lists.place[b, j], lists.base[b, j]
            net, segment = best_seat(ground, price, bidders.weight[b], base, p)
            place[i, j], gain[i, j], value[i, j] = p, net, net + price[segment]


@kernel
def counts(bidders, ground, rows):  # type: ignore[no-untyped-def]
    """Of each bidder the places within reach, those that suit, those worth the way, and the nearest (km)."""
    reached = np.zeros(len(rows), np.int32)
    suited = np.zeros(len(rows), np.int32)
    worthy = np.zeros(len(rows), np.int32)
    nearest = np.full(len(rows), np.inf)
    for i in range(len(rows)):
        b = rows[i]
        reach = bidders.chord2[b]
        if reach < 0:
            continue
        x, y, z = bidders.x[b], bidders.y[b], bidders.z[b]
        cells = len(ground.first) - 1
        south, north, west, width = window(x, y, z, reach, ground.cell, ground.across, cells)
        for r in range(south, north + 1):
            for c in range(west, west + width):
                key = r * ground.across + c % ground.across
                for p in range(ground.first[key], ground.first[key + 1]):
                    dx, dy, dz = ground.x[p] - x, ground.y[p] - y, ground.z[p] - z
                    chord2 = dx * dx + dy * dy + dz * dz
                    if chord2 > reach:
                        continue
                    reached[i] += 1
                    km = 2 * EARTH_RADIUS_KM * np.arcsin(min(1.0, np.sqrt(chord2) / 2))
                    nearest[i] = min(nearest[i], km)
                    if not bidders.fits[bidders.kind[b], ground.kind[p]]:
                        continue
                    suited[i] += 1
                    first = ground.segment_start[p]
                    value = bidders.weight[b] * ground.worth[first] + base_of(bidders, b, p, chord2)
                    if value > 0:
                        worthy[i] += 1
    return reached, suited, worthy, nearest

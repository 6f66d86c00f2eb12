"""Precincts of a generated town: whole squares put together until each has about the wanted doors."""

from __future__ import annotations

import numpy as np
import shapely

from volunteer_hub.demo.blocks import Floats, Ints
from volunteer_hub.demo.plan import Plan

_STEPS = 8


def precinct_of(plan: Plan, doors: Ints, wanted: int) -> Ints:
    """Number from 0 for each square, so that precincts hold about ``wanted`` doors and are of one piece.

    doors: int (n,), the doors in each square. The river always divides precincts; the railway does not.
    Squares are halved again and again across their longer extent (staircase cuts), then stray pieces go to
    the neighbour they share most border with.
    """
    label = np.full(len(doors), -1, dtype=np.int64)
    south = plan.row < plan.river_row
    for side in (np.flatnonzero(south), np.flatnonzero(~south)):
        if len(side):
            parts = max(1, round(int(doors[side].sum()) / wanted))
            _halve(plan, doors, side, min(parts, len(side)), label)
    _mend(plan, label)
    return _in_reading_order(plan, label)


def _halve(plan: Plan, doors: Ints, squares: Ints, parts: int, label: Ints) -> None:
    if parts == 1:
        label[squares] = label.max() + 1
        return
    column, row = plan.column[squares], plan.row[squares]
    is_wide = np.ptp(column) >= np.ptp(row)
    order = np.lexsort((row, column) if is_wide else (column, row))
    upto = np.cumsum(doors[squares][order])
    goal = upto[-1] * (parts // 2) / parts
    cut = int(np.clip(np.argmin(np.abs(upto - goal)) + 1, parts // 2, len(squares) - (parts - parts // 2)))
    _halve(plan, doors, squares[order[:cut]], parts // 2, label)
    _halve(plan, doors, squares[order[cut:]], parts - parts // 2, label)


def _neighbours(plan: Plan) -> list[list[int]]:
    """For each square the squares beside it on its own side of the river."""
    at = {(int(c), int(r)): i for i, (c, r) in enumerate(zip(plan.column, plan.row, strict=True))}
    found = []
    for c, r in at:
        near = [(c - 1, r), (c + 1, r), (c, r - 1), (c, r + 1)]
        same_bank = [p for p in near if p in at and (p[1] < plan.river_row) == (r < plan.river_row)]
        found.append([at[p] for p in same_bank])
    return found


def _mend(plan: Plan, label: Ints) -> None:
    """Give every piece but the largest of a precinct to a neighbour, in place."""
    beside = _neighbours(plan)
    for number in range(int(label.max()) + 1):
        pieces = sorted(_pieces(np.flatnonzero(label == number), beside, label), key=len)
        for piece in pieces[:-1]:
            others = [int(label[n]) for square in piece for n in beside[square] if label[n] != number]
            if others:
                label[piece] = max(set(others), key=lambda other: (others.count(other), -other))


def _pieces(squares: Ints, beside: list[list[int]], label: Ints) -> list[list[int]]:
    left, found = set(map(int, squares)), []
    while left:
        piece, todo = [], [min(left)]
        left.remove(todo[0])
        while todo:
            square = todo.pop()
            piece.append(square)
            fresh = [n for n in beside[square] if n in left and label[n] == label[square]]
            left.difference_update(fresh)
            todo.extend(fresh)
        found.append(piece)
    return found


def _in_reading_order(plan: Plan, label: Ints) -> Ints:
    """Number precincts from the north-west, row by row, without a gap in the numbers."""
    old = np.unique(label)
    middle = [(-np.mean(plan.row[label == o]) // 3, np.mean(plan.column[label == o])) for o in old]
    order = sorted(range(len(old)), key=lambda i: middle[i])
    new = {int(old[i]): place for place, i in enumerate(order)}
    return np.array([new[int(x)] for x in label], dtype=np.int64)


def square_rings(plan: Plan) -> Floats:
    """The border of every square on the straight plane, float (n, 4 * steps, 2), without the closing vertex.

    Two squares that touch have bitwise the same vertices along the border they share, so that precincts made
    of them neither overlap nor leave gaps.
    """
    west, east = plan.bound_x(plan.column), plan.bound_x(plan.column + 1)
    south, north = plan.bound_y(plan.row), plan.bound_y(plan.row + 1)
    t = np.arange(_STEPS) / _STEPS  # in eighths, which floats hold exactly
    up_x, up_y = (a[:, None] + (b - a)[:, None] * t for a, b in ((west, east), (south, north)))
    down_x, down_y = np.roll(up_x[:, ::-1], 1, axis=1), np.roll(up_y[:, ::-1], 1, axis=1)
    down_x[:, 0], down_y[:, 0] = east, north
    low, right = np.broadcast_to(south[:, None], up_x.shape), np.broadcast_to(east[:, None], up_x.shape)
    high, left = np.broadcast_to(north[:, None], up_x.shape), np.broadcast_to(west[:, None], up_x.shape)
    x = np.concatenate([up_x, right, down_x, left], axis=1)
    y = np.concatenate([low, up_y, high, down_y], axis=1)
    return np.stack([x, y], axis=2)


def precinct_shapes(corners: Floats, label: Ints) -> list[shapely.Polygon]:
    """Unite bent squares, float (n, m, 2), by label into one polygon per precinct, by number."""
    squares = shapely.polygons(corners)
    return [shapely.coverage_union_all(squares[label == n]) for n in range(int(label.max()) + 1)]

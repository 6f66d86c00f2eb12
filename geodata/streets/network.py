"""A walking network: streets noded into edges, each with two sidewalks, corners at their ends, and links."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from geodata.streets.barriers import listed
from geodata.streets.classes import CLOSED, NUMBER, Costs
from geodata.streets.corners import Corners, _roots, build_corners
from geodata.streets.errors import BadStreets
from geodata.streets.joining import ROUNDS, straight_joints
from geodata.streets.noding import Bools, Edges, Floats, Longs, node_lines

TOUCH_M = 0.02  # ends of joints are found on their streets within that


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """Edge e has two sidewalks, 2 * e (left) and 2 * e + 1 (right), in metres of a local CRS.

    length_m, width_m (e,) float64; quiet (e,) bool: crossed anywhere; piece (e,) number of the part of the
    network it belongs to, 0 the longest; corners: see geodata.streets.corners. names: the spellings of street
    names, edges.names sets of rows of it. shut: lines nobody may
    walk along, such as motorways. joints: straight lines that join what no street joins.
    """

    edges: Edges
    corners: Corners
    length_m: Floats
    width_m: Floats
    quiet: Bools
    piece: Longs
    names: tuple[str, ...]
    shut: npt.NDArray[np.object_]
    joints: int

    @property
    def pieces(self) -> int:
        """How many parts of the network are not joined to each other."""
        return int(self.piece.max(initial=-1)) + 1

    def line(self, edge: int) -> shapely.LineString:
        """The middle line of an edge."""
        first = self.edges.first
        return shapely.LineString(self.edges.xy_m[first[edge] : first[edge + 1]])

    def lines(self) -> npt.NDArray[np.object_]:
        """(e,) the middle lines of all edges."""
        return _drawn(self.edges)


def build_network(
    lines: Any,
    kind: npt.ArrayLike,
    name: Any = None,
    *,
    barriers: Any = None,
    costs: Costs | None = None,
    snap_m: float = 0.3,
    join_m: float = 100.0,
) -> Network:
    """The walking network of streets.

    lines: shapely LineStrings in a local CRS in metres; kind: numbers of geodata.streets.classes.KINDS, or
    CLOSED for lines that part and are not walked; name: text or None of each. Parts that no street joins are
    joined by straight lines of at most `join_m` that cross none of the barriers (shapely lines and areas).
    Raises BadStreets where nothing is left.
    """
    costs = costs or Costs()
    shapes, kinds = np.asarray(lines, dtype=object), np.asarray(kind, dtype=np.int64)
    codes, names = _codes(name, len(shapes))
    open_, shut = kinds != CLOSED, shapes[kinds == CLOSED]
    walls = [*listed(barriers), *shut]
    shapes, kinds, codes, joints = shapes[open_], kinds[open_], codes[open_], 0
    edges = node_lines(shapes, kinds, codes, snap_m=snap_m)
    snapped = edges.snapped
    if not len(edges.kind):
        raise BadStreets("No street that people may walk is left. Check the classes of the streets file.")
    for _ in range(ROUNDS):
        more = straight_joints(_drawn(edges), _pieces(edges, _lengths(edges)), join_m, walls)
        if not more:
            break
        joints += len(more)
        shapes = np.concatenate([shapes, np.array(more, dtype=object)])
        kinds = np.concatenate([kinds, np.full(len(more), NUMBER["path"])])
        codes = np.concatenate([codes, np.full(len(more), -1)])
        edges = node_lines(shapes, kinds, codes, snap_m=max(snap_m, TOUCH_M))
    return _network(replace(edges, snapped=snapped), costs, names, shut, joints)


def _network(
    edges: Edges, costs: Costs, names: tuple[str, ...], shut: npt.NDArray[np.object_], joints: int
) -> Network:
    length_m = _lengths(edges)
    width_m, quiet = costs.width_m()[edges.kind], costs.quiet()[edges.kind]
    corners = build_corners(edges, length_m, width_m, quiet)
    return Network(edges, corners, length_m, width_m, quiet, _pieces(edges, length_m), names, shut, joints)


def _drawn(edges: Edges) -> npt.NDArray[np.object_]:
    """(e,) the middle lines of edges."""
    owner = np.repeat(np.arange(len(edges.kind)), np.diff(edges.first))
    return np.asarray(shapely.linestrings(edges.xy_m, indices=owner), dtype=object)


def _codes(name: Any, count: int) -> tuple[Longs, tuple[str, ...]]:
    """Numbers for names (-1: none), and the names."""
    number: dict[str, int] = {}
    codes = np.full(count, -1, dtype=np.int64)
    for row, text in enumerate(name if name is not None else ()):
        if isinstance(text, str) and text.strip():
            codes[row] = number.setdefault(text.strip(), len(number))
    return codes, tuple(number)


def _lengths(edges: Edges) -> Floats:
    steps = np.hypot(*np.diff(edges.xy_m, axis=0, append=edges.xy_m[-1:]).T)
    steps[edges.first[1:] - 1] = 0.0
    return np.asarray(np.add.reduceat(steps, edges.first[:-1]), dtype=np.float64)


def _pieces(edges: Edges, length_m: Floats) -> Longs:
    """The part each edge belongs to, the longest part first."""
    count = int(edges.ends.max()) + 1
    root = _roots(count, edges.ends[:, 0], edges.ends[:, 1])[edges.ends[:, 0]]
    _, part = np.unique(root, return_inverse=True)
    metres = np.bincount(part, weights=length_m)
    rank = np.empty(len(metres), np.int64)
    rank[np.argsort(-metres, kind="stable")] = np.arange(len(metres))
    return rank[part]

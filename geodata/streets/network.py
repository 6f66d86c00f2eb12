"""A walking network: streets noded into edges, each with two sidewalks, corners at their ends, and links."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from geodata.streets.classes import CLOSED, Costs
from geodata.streets.corners import Corners, _roots, build_corners
from geodata.streets.errors import BadStreets
from geodata.streets.noding import Bools, Edges, Floats, Longs, node_lines


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """Edge e has two sidewalks, 2 * e (left) and 2 * e + 1 (right), in metres of a local CRS.

    length_m, width_m (e,) float64; quiet (e,) bool: crossed anywhere; piece (e,) number of the part of the
    network it belongs to, 0 the longest; corners: see geodata.streets.corners. names: the spellings of street
    names, edges.names sets of rows of it. shut: lines nobody may walk along, such as motorways.
    """

    edges: Edges
    corners: Corners
    length_m: Floats
    width_m: Floats
    quiet: Bools
    piece: Longs
    names: tuple[str, ...]
    shut: npt.NDArray[np.object_]

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
        owner = np.repeat(np.arange(len(self.length_m)), np.diff(self.edges.first))
        return np.asarray(shapely.linestrings(self.edges.xy_m, indices=owner), dtype=object)


def build_network(
    lines: Any,
    kind: npt.ArrayLike,
    name: Any = None,
    *,
    costs: Costs | None = None,
    snap_m: float = 0.3,
) -> Network:
    """The walking network of streets.

    lines: shapely LineStrings in a local CRS in metres; kind: numbers of geodata.streets.classes.KINDS, or
    CLOSED for lines that part and are not walked; name: text or None of each. Raises BadStreets where nothing
    is left.
    """
    costs = costs or Costs()
    shapes, kinds = np.asarray(lines, dtype=object), np.asarray(kind, dtype=np.int64)
    codes, names = _codes(name, len(shapes))
    open_ = kinds != CLOSED
    edges = node_lines(shapes[open_], kinds[open_], codes[open_], snap_m=snap_m)
    if not len(edges.kind):
        raise BadStreets("No street that people may walk is left. Check the classes of the streets file.")
    length_m = _lengths(edges)
    width_m, quiet = costs.width_m()[edges.kind], costs.quiet()[edges.kind]
    corners = build_corners(edges, length_m, width_m, quiet)
    return Network(edges, corners, length_m, width_m, quiet, _pieces(edges, length_m), names, shapes[~open_])


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

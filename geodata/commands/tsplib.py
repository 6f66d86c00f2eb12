"""TSPLIB files of points in the plane (EUC_2D), as routes are measured on (Reinelt 1991)."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np

from geodata.commands.errors import BadInput
from geodata.matching.problem import Floats

_MOST_BYTES = 2**30
_LIMITS = (
    "FIXED_EDGES_SECTION",
    "EDGE_DATA_SECTION",
    "EDGE_WEIGHT_SECTION",
    "DEMAND_SECTION",
    "DEPOT_SECTION",
)
FARTHEST = 1e12  # beyond it ways are no whole numbers any more


def is_tsplib(path: Path) -> bool:
    """Whether the name says that this is a TSPLIB file."""
    return path.suffix.lower() == ".tsp"


def read_tsplib(path: Path) -> tuple[list[str], Floats]:
    """Ids and places (n, 2) of a file. Raises BadInput for one that is not EUC_2D or not whole."""
    facts, lines = _sections(path)
    problem = facts.get("TYPE", "TSP").upper()
    if problem.split()[:1] != ["TSP"]:
        raise BadInput(path.name, f"TYPE is {problem}; only TSP, one round through all points, is read.")
    kind = facts.get("EDGE_WEIGHT_TYPE", "none")
    if kind != "EUC_2D":
        raise BadInput(path.name, f"EDGE_WEIGHT_TYPE is {kind}; only EUC_2D, points in the plane, is read.")
    points = [_point(path.name, row, line) for row, line in lines]
    ids, places = [id_ for id_, _ in points], [place for _, place in points]
    if not points:
        raise BadInput(path.name, "there are no points under NODE_COORD_SECTION.")
    told = facts.get("DIMENSION", "")
    if told != str(len(ids)):
        raise BadInput(path.name, f"DIMENSION is {told or 'missing'}, but there are {len(ids):,} points.")
    if len(set(ids)) < len(ids):
        twice = Counter(ids).most_common(1)[0][0]
        raise BadInput(path.name, f"the point {twice!r} occurs a second time.")
    return ids, np.array(places, dtype=np.float64).reshape(-1, 2)


def _sections(path: Path) -> tuple[dict[str, str], list[tuple[int, str]]]:
    """The facts of the heading, and the lines of points with their numbers in the file."""
    facts: dict[str, str] = {}
    points: list[tuple[int, str]] = []
    inside = False
    for number, line in enumerate(_text(path).splitlines(), start=1):
        word = line.strip()
        name = word.partition(":")[0].strip().upper()
        if name == "EOF":
            break
        if name.endswith("_SECTION"):
            inside = name == "NODE_COORD_SECTION"
            if name in _LIMITS:
                raise BadInput(
                    path.name, f"{name} is not read: it limits which ways may be taken.", row=number
                )
        elif inside and word:
            points.append((number, word))
        elif ":" in word:
            facts[name] = word.partition(":")[2].strip()
    return facts, points


def _text(path: Path) -> str:
    if not path.is_file():
        raise BadInput(str(path), "there is no such file.")
    if path.stat().st_size > _MOST_BYTES:
        raise BadInput(path.name, "the file is larger than 1 GB.")
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as why:
        raise BadInput(path.name, f"the file cannot be read ({why}).") from None


def _point(file: str, row: int, line: str) -> tuple[str, tuple[float, float]]:
    words = line.split()
    try:
        id_, x, y = words[0], float(words[1]), float(words[2])
    except (ValueError, IndexError):
        raise _no_point(file, row, line) from None
    if len(words) != 3 or not id_.isdecimal() or not (abs(x) <= FARTHEST and abs(y) <= FARTHEST):
        raise _no_point(file, row, line)
    return id_, (x, y)


def _no_point(file: str, row: int, line: str) -> BadInput:
    return BadInput(file, f"a number and two coordinates are expected, not {line[:40]!r}.", row=row)

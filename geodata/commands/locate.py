"""`python -m geodata locate`: the district of every point."""

from __future__ import annotations

import time
from pathlib import Path

import click
import numpy as np

from geodata.boundaries import locate
from geodata.commands.errors import BadInput
from geodata.commands.options import FileCommand, Number, json_option, out_option, seed_option
from geodata.commands.polygons import checked_polygons
from geodata.commands.summary import Summary
from geodata.commands.tables import read
from geodata.commands.writing import write_csv


@click.command("locate", cls=FileCommand)
@click.argument("points", type=click.Path(path_type=Path))
@click.argument("districts", type=click.Path(path_type=Path))
@click.option("--id", "id_column", required=True, metavar="COLUMN", help="the districts' column of codes")
@click.option("--snap", "snap_m", type=Number(min=0), default=0.0, metavar="METRES",
              help="a point in none goes to the nearest district within this distance")  # fmt: skip
@out_option
@json_option
@seed_option
def command(
    points: Path, districts: Path, id_column: str, snap_m: float, out: Path, json_file: Path | None, seed: int
) -> None:
    """Say in which district each point lies: exactly one, and always the same one.

    POINTS has latitude and longitude (or is a file of points), and an id where it has one. On a shared edge,
    or where districts overlap, the lowest code wins. The result has the columns id, district, distance_m
    (0 inside, the way where snapped, empty for none).
    """
    summary = Summary("locate")
    table = read(points)
    latitude, longitude = table.positions()
    summary.step(f"{table.rows:,} points read")
    shapes, codes = _districts(districts, id_column, summary)
    begun = time.perf_counter()
    found = locate(longitude, latitude, shapes, ids=codes, snap_m=snap_m)
    seconds = time.perf_counter() - begun
    names = np.append(np.asarray(codes, dtype=object), "")
    ids = table.ids("id") if table.has("id") else np.arange(1, table.rows + 1).astype(str).astype(object)
    write_csv(out, {"id": ids, "district": names[found.index], "distance_m": _blank(found.distance_m)})
    summary.add(
        points=table.rows, districts=len(codes), inside=found.inside, snapped=found.snapped,
        nowhere=found.nowhere, shared=found.shared, seed=seed, seconds=round(seconds, 4),
    )  # fmt: skip
    if found.nowhere:
        summary.warn(f"{found.nowhere:,} points lie in no district; --snap METRES takes those near one.")
    summary.write(json_file)


def _districts(path: Path, id_column: str, summary: Summary) -> tuple[np.ndarray, list[str]]:
    frame = checked_polygons(path, id_column)
    codes = frame[id_column].astype(str).tolist()
    twice = sorted({code for code in codes if codes.count(code) > 1}) if len(set(codes)) < len(codes) else []
    if twice:
        raise BadInput(path.name, f"the code {twice[0]!r} occurs more than once.", column=id_column)
    summary.step(f"{len(codes):,} districts read")
    return np.asarray(frame.geometry.array, dtype=object), codes


def _blank(distance_m: np.ndarray) -> list[float | None]:
    return [None if np.isnan(metres) else round(float(metres), 2) for metres in distance_m]

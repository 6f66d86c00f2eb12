"""Real streets and doors: how long reading, tying and the table of distances take, and what came of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np

from geodata.crs import local_metric_crs
from geodata.streets import build_network, nearest, read_streets, tie, walk_table
from volunteer_hub.bench.engine.gauge import Gauge

DATA = Path(os.environ.get("VOLUNTEER_HUB_REAL_DATA", Path(__file__).parents[3] / "shared" / "data"))
COUNTIES = ("lamoille", "addison")
CASES = ("cambridge", *COUNTIES)
NEAREST = 10


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds by step (once compiled), the most memory of the process, and counts."""

    case: str
    doors: int
    street_km: float
    edges: int
    pieces: int
    reading_s: float
    network_s: float
    tying_s: float
    table_s: float
    nearest_s: float
    compiling_s: float
    peak_mb: float
    reach_m: float
    entries: int
    tied: int
    doubtful: int
    off: int


def missing(case: str) -> str | None:
    """Why a case cannot be measured, or None."""
    needed = {
        "cambridge": ("cambridge/street_centerlines.gpkg", "cambridge/doors.parquet"),
    }.get(case, ("vt/roads_tiger_9_counties.parquet", "vt/addresses.parquet"))
    gone = [name for name in needed if not (DATA / name).is_file()]
    return f"{case}: {gone[0]} is not in the data folder" if gone else None


def measure(case: str) -> dict[str, Any]:
    """Figures of one case, measured in a process of its own."""
    command = [sys.executable, "-m", "volunteer_hub.bench.streets", case]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def line(found: dict[str, Any]) -> str:
    """The figures in a sentence."""
    return (
        f"{found['case']}: {found['doors']:,} doors, {found['street_km']:,.0f} km of streets in "
        f"{found['pieces']} part(s); read {found['reading_s']:.2f} s, network {found['network_s']:.2f} s, "
        f"tied {found['tying_s']:.2f} s, table {found['table_s']:.2f} s ({found['entries']:,} entries within "
        f"{found['reach_m']:,.0f} m), {NEAREST} nearest {found['nearest_s']:.2f} s, compiled before in "
        f"{found['compiling_s']:.1f} s, {found['peak_mb']:,.0f} MB; tied {found['tied']:,}, of these "
        f"doubtful {found['doubtful']:,}, off the network {found['off']:,}"
    )


def _run(case: str, folder: Path) -> Measured:
    path, doors, names = _files(case, folder)
    with Gauge() as compiling:
        _steps(path, doors[:200], names[:200])
    gauges, network, ties, table = _steps(path, doors, names)
    reading, network_, tying, table_, nearest_ = (gauge.seconds for gauge in gauges)
    return Measured(
        case=case,
        doors=len(doors),
        street_km=float(network.length_m.sum() / 1_000),
        edges=len(network.length_m),
        pieces=network.pieces,
        reading_s=reading,
        network_s=network_,
        tying_s=tying,
        table_s=table_,
        nearest_s=nearest_,
        compiling_s=compiling.seconds,
        peak_mb=gauges[-1].peak_mb,
        reach_m=table.reach_m,
        entries=len(table.to),
        tied=int((~ties.off_network).sum()),
        doubtful=int(ties.doubtful.sum()),
        off=int(ties.off_network.sum()),
    )


def _files(case: str, folder: Path) -> tuple[Path, Any, list[Any]]:
    if case == "cambridge":
        doors = gpd.read_parquet(DATA / "cambridge/doors.parquet")
        return DATA / "cambridge/street_centerlines.gpkg", doors.geometry, doors["street"].tolist()
    roads = gpd.read_parquet(DATA / "vt/roads_tiger_9_counties.parquet")
    path = folder / f"{case}.parquet"
    roads[roads["county_name"] == case].to_parquet(path)
    doors = gpd.read_parquet(DATA / "vt/addresses.parquet", columns=["county", "street", "geometry"])
    doors = doors[doors["county"] == case.upper()]
    return path, doors.geometry, doors["street"].tolist()


def _steps(path: Path, doors: Any, names: list[Any]) -> tuple[list[Gauge], Any, Any, Any]:
    gauges = [Gauge() for _ in range(5)]
    with gauges[0]:
        streets = read_streets(path)
    crs = local_metric_crs(doors)
    at = doors.to_crs(crs)
    xy = np.stack([at.x, at.y], axis=1)
    with gauges[1]:
        network = build_network(streets.to_crs(crs), streets.kind, streets.name)
    with gauges[2]:
        ties = tie(xy, names, network)
    with gauges[3]:
        table = walk_table(xy, ties, network)
    with gauges[4]:
        nearest(table, NEAREST)
    return gauges, network, ties, table


def main() -> None:
    """Measure the case named on the command line and print its figures as JSON."""
    with tempfile.TemporaryDirectory(prefix="streets-") as folder:
        sys.stdout.write(json.dumps(asdict(_run(sys.argv[1], Path(folder)))) + "\n")


if __name__ == "__main__":
    main()

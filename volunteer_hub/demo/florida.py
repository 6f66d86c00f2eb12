"""Florida's 67 counties for the sample campaign: results of 2000, county polygons, ZIP points.

The votes ship with the project (``data/README.md`` tells what they are and what they are not). The polygons
come from the optional package plotly-geo and the ZIP points from zipcodes, both real public data.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Literal, cast

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import zipcodes

from volunteer_hub.demo.place import Place

STATE_FIPS = "12"
DATA = Path(__file__).parent / "data"

CERTIFIED_VOTES = {"Bush": 2_912_790, "Gore": 2_912_253}
"""Statewide totals certified on 26 November 2000, 537 apart; not a sum of the rows: see data/README.md."""

ELECTION_ON = "2000-11-07"
OFFICE = "President"

Count = Literal["final", "first"]
_FILES: dict[Count, str] = {"final": "florida_2000_certified.csv", "first": "florida_2000.csv"}
_PARTIES = {
    "Bush": "Republican", "Gore": "Democratic", "Nader": "Green", "Buchanan": "Reform",
    "Browne": "Libertarian", "Hagelin": "Natural Law", "Harris": "Socialist Workers",
    "McReynolds": "Socialist", "Moorehead": "Workers World", "Phillips": "Constitution", "Other": "",
}  # fmt: skip


class PolygonsMissing(RuntimeError):
    """The package with the county polygons is not installed."""

    def __init__(self) -> None:
        super().__init__(
            "The sample needs the county polygons of plotly-geo: pip install 'volunteer-hub[demo]' brings it."
        )


def votes(count: Count = "final") -> pd.DataFrame:
    """One row per county: GEOID (text), county, a column of votes per candidate, total; sorted by GEOID.

    ``final`` is the official county returns, ``first`` the uncorrected count of the first days with all ten
    candidates.
    """
    return pd.read_csv(DATA / _FILES[count], dtype={"GEOID": str})


def results(count: Count = "final") -> pd.DataFrame:
    """The same votes one row per county and candidate, as the results importer likes them.

    Columns: election (ISO day), office, GEOID, county, party, candidate, votes.
    """
    wide = votes(count).drop(columns="total")
    long = wide.melt(["GEOID", "county"], var_name="candidate", value_name="votes")
    long.insert(0, "election", ELECTION_ON)
    long.insert(1, "office", OFFICE)
    long.insert(4, "party", long.candidate.map(_PARTIES))
    return long.sort_values(["GEOID", "candidate"], kind="stable", ignore_index=True)


def counties() -> gpd.GeoDataFrame:
    """The 67 county polygons: GEOID (text), name, land_km2, geometry in EPSG:4269; sorted by GEOID.

    Cartographic boundaries of the Census Bureau (1:500,000, 2016), public domain, as packed in plotly-geo,
    which leaves out the .prj: the CRS is the one the Bureau publishes them in. Raises PolygonsMissing.
    """
    spec = importlib.util.find_spec("_plotly_geo")
    if spec is None or spec.origin is None:
        raise PolygonsMissing
    source = Path(spec.origin).parent / "package_data" / "cb_2016_us_county_500k.shp"
    frame = gpd.read_file(source, where=f"STATEFP = '{STATE_FIPS}'").set_crs("EPSG:4269")
    frame["land_km2"] = (frame.ALAND / 1e6).round(1)
    frame = frame.rename(columns={"NAME": "name"})[["GEOID", "name", "land_km2", "geometry"]]
    return cast(gpd.GeoDataFrame, frame.sort_values("GEOID", ignore_index=True))


def zip_points() -> pd.DataFrame:
    """Every active ZIP of Florida that delivers to homes, sorted by ZIP.

    Columns: zip, city, county, GEOID, latitude, longitude, area_code. Post-office-box and single-organisation
    ZIPs are left out. GEOID comes from the county's name; the few ZIPs whose county the package does not know
    are left out too.
    """
    found = zipcodes.filter_by(state="FL", active=True, zip_code_type="STANDARD")  # type: ignore[no-untyped-call]
    rows = [z for z in found if z["county"]]
    frame = pd.DataFrame(
        {
            "zip": [z["zip_code"] for z in rows],
            "city": [z["city"] for z in rows],
            "county": [z["county"].removesuffix(" County") for z in rows],
            "latitude": [float(z["lat"]) for z in rows],
            "longitude": [float(z["long"]) for z in rows],
            "area_code": [(z["area_codes"] or ["850"])[0] for z in rows],
        }
    )
    frame.insert(3, "GEOID", frame.county.map(votes().set_index("county").GEOID))
    return frame.dropna(subset=["GEOID"]).sort_values("zip", ignore_index=True)


def place_in(geoid: str, *, zips: int = 4) -> Place:
    """The roomiest spot of a county: the centre of the largest circle inside it, and the ZIPs nearest to it.

    Raises KeyError for a GEOID that is not a Florida county, PolygonsMissing without plotly-geo.
    """
    frame = counties().set_index("GEOID")
    if geoid not in frame.index:
        raise KeyError(f"{geoid} is not the GEOID of a Florida county (they run from 12001 to 12133)")
    florida_albers_m = "EPSG:3086"
    shape = gpd.GeoSeries([frame.geometry[geoid]], crs=frame.crs).to_crs(florida_albers_m)
    radius = shapely.maximum_inscribed_circle(shape.iloc[0], tolerance=50.0)
    centre = gpd.GeoSeries([shapely.get_point(radius, 0)], crs=shape.crs).to_crs("EPSG:4326").iloc[0]
    near = zip_points().query("GEOID == @geoid")
    east_km = (near.longitude - centre.x) * 111.32 * np.cos(np.radians(centre.y))
    north_km = (near.latitude - centre.y) * 110.6
    order = np.argsort(np.hypot(east_km, north_km).to_numpy(), kind="stable")[:zips]
    return Place(
        county_geoid=geoid,
        county=str(frame.name[geoid]),
        longitude=round(float(centre.x), 5),
        latitude=round(float(centre.y), 5),
        room_m=float(np.floor(shapely.length(radius))),
        zips=tuple(near.zip.iloc[order]),
    )


def write_counties(folder: Path, *, kind: Literal["geojson", "shapefile"] = "geojson") -> Path:
    """Write the counties for the district importer: GeoJSON (WGS 84) or a zipped Shapefile. Returns the file.

    The zipped Shapefile keeps EPSG:4269 and carries its .prj.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if kind == "geojson":
        target = folder / "florida_counties.geojson"
        target.unlink(missing_ok=True)
        counties().to_crs("EPSG:4326").to_file(target, driver="GeoJSON", engine="pyogrio")
    else:
        target = folder / "florida_counties.shp.zip"
        target.unlink(missing_ok=True)
        counties().to_file(target, driver="ESRI Shapefile", engine="pyogrio")
    return target


def write_results(folder: Path, count: Count = "final") -> Path:
    """Write the results, one row per county and candidate, as CSV (UTF-8) and return the file."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"florida_2000_{count}.csv"
    results(count).to_csv(target, index=False, lineterminator="\n")
    return target

"""Boundaries come from any file people have, and a bad file gets a sentence that says how to mend it."""

from __future__ import annotations

import json
import shutil
import zipfile

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geodata.boundaries import (
    BadBoundaries,
    EmptyBoundaries,
    MissingCrs,
    MissingPart,
    NotPolygons,
    SeveralLayers,
    boundary_layers,
    read_boundaries,
)

LEFT, RIGHT = shapely.box(-82.0, 28.0, -81.5, 28.5), shapely.box(-81.5, 28.0, -81.0, 28.5)


def wards(crs=4326):
    frame = gpd.GeoDataFrame(
        {"CODE": ["01", "02"], "NAME": ["Río", "Lake"]}, geometry=[LEFT, RIGHT], crs=4326
    )
    return frame.to_crs(crs)


def shapefile(folder, name="wards", crs=2236):
    folder.mkdir(exist_ok=True)
    wards(crs).to_file(folder / f"{name}.shp", encoding="utf-8")
    return folder


def zipped(folder, target, without=(), inner=""):
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.iterdir()):
            if file.suffix not in without:
                archive.write(file, inner + file.name)
    return target


def assert_is_wards(frame):
    """Both wards, in any order (FlatGeobuf sorts by place)."""
    assert frame.crs.to_epsg() == 4326
    boxes = shapely.bounds(np.asarray(frame.geometry.array))
    assert np.allclose(boxes[np.argsort(boxes[:, 0])], shapely.bounds([LEFT, RIGHT]), atol=1e-6)


@pytest.mark.parametrize("crs", [4326, 4269, 2236, 3857, 26917])
def test_a_zipped_shapefile_in_any_crs(tmp_path, crs):
    frame = read_boundaries(
        zipped(shapefile(tmp_path / "s", crs=crs), tmp_path / "wards.zip", inner="deep/er/")
    )
    assert_is_wards(frame)
    assert frame["CODE"].tolist() == ["01", "02"]
    assert frame["NAME"].tolist() == ["Río", "Lake"]


@pytest.mark.parametrize(
    ("suffix", "driver"), [("gpkg", "GPKG"), ("geojson", "GeoJSON"), ("fgb", "FlatGeobuf"), ("kml", "KML")]
)
@pytest.mark.parametrize("in_zip", [False, True])
def test_the_other_formats_bare_and_zipped(tmp_path, suffix, driver, in_zip):
    folder = tmp_path / "in"
    folder.mkdir()
    file = folder / f"wards.{suffix}"
    (wards() if driver in ("GeoJSON", "KML") else wards(2236)).to_file(file, driver=driver)
    assert_is_wards(read_boundaries(zipped(folder, tmp_path / "w.zip") if in_zip else file))


def test_geoparquet(tmp_path):
    wards(26917).to_parquet(tmp_path / "wards.parquet")
    assert_is_wards(read_boundaries(tmp_path / "wards.parquet"))


def topology(scale=1.0):
    x = [-82.0 * scale, -81.5 * scale, -81.0 * scale]
    south, north = 28.0 * scale, 28.5 * scale
    shared = [[x[1], south], [x[1], north]]
    west = [[x[1], north], [x[0], north], [x[0], south], [x[1], south]]
    east = [[x[1], south], [x[2], south], [x[2], north], [x[1], north]]
    shapes = [
        {"type": "Polygon", "arcs": [[0, 1]], "properties": {"CODE": "01"}},
        {"type": "Polygon", "arcs": [[2, -1]], "properties": {"CODE": "02"}},
    ]
    objects = {"wards": {"type": "GeometryCollection", "geometries": shapes}}
    return json.dumps({"type": "Topology", "arcs": [shared, west, east], "objects": objects})


def test_topojson_without_a_crs_is_longitude_and_latitude(tmp_path):
    (tmp_path / "wards.json").write_text(topology())
    assert_is_wards(read_boundaries(tmp_path / "wards.json"))


def test_topojson_beyond_degrees_asks_for_its_crs(tmp_path):
    (tmp_path / "wards.topojson").write_text(topology(scale=10_000))
    with pytest.raises(MissingCrs, match="Which coordinate system"):
        read_boundaries(tmp_path / "wards.topojson")


def test_the_name_of_the_file_does_not_matter(tmp_path):
    wards(2236).to_file(tmp_path / "a.gpkg", driver="GPKG")
    (tmp_path / "a.gpkg").rename(tmp_path / "upload-17.zip")
    assert_is_wards(read_boundaries(tmp_path / "upload-17.zip"))


def test_a_missing_prj_is_asked_for_and_may_be_given(tmp_path):
    file = zipped(shapefile(tmp_path / "s"), tmp_path / "wards.zip", without={".prj"})
    with pytest.raises(MissingCrs, match=r"\.prj part is missing"):
        read_boundaries(file)
    assert_is_wards(read_boundaries(file, crs="EPSG:2236"))


def test_a_given_crs_does_not_overrule_the_file(tmp_path):
    file = zipped(shapefile(tmp_path / "s"), tmp_path / "wards.zip")
    assert_is_wards(read_boundaries(file, crs=26917))


def test_a_nonsense_crs_is_named(tmp_path):
    file = zipped(shapefile(tmp_path / "s"), tmp_path / "wards.zip", without={".prj"})
    with pytest.raises(BadBoundaries, match="EPSG:nonsense"):
        read_boundaries(file, crs="EPSG:nonsense")


def test_a_wrong_crs_is_noticed(tmp_path):
    file = zipped(shapefile(tmp_path / "s"), tmp_path / "wards.zip", without={".prj"})
    with pytest.raises(BadBoundaries, match="not on the globe"):
        read_boundaries(file, crs=4326)


@pytest.mark.parametrize("part", [".shp", ".shx", ".dbf"])
def test_each_missing_part_is_named(tmp_path, part):
    file = zipped(shapefile(tmp_path / "s"), tmp_path / "wards.zip", without={part})
    with pytest.raises(MissingPart, match=f"wards{part} is missing"):
        read_boundaries(file)


def test_parts_in_capitals_still_belong_together(tmp_path):
    folder = shapefile(tmp_path / "s")
    for file in list(folder.iterdir()):
        file.rename(file.with_suffix(file.suffix.upper()))
    assert_is_wards(read_boundaries(zipped(folder, tmp_path / "w.zip")))


def test_several_shapefiles_are_layers_to_choose_from(tmp_path):
    folder = shapefile(tmp_path / "s")
    shapefile(folder, name="old_wards")
    file = zipped(folder, tmp_path / "both.zip")
    with pytest.raises(SeveralLayers, match="“old_wards”, “wards”") as raised:
        read_boundaries(file)
    assert raised.value.layers == ("old_wards", "wards")
    assert boundary_layers(file) == ["old_wards", "wards"]
    assert_is_wards(read_boundaries(file, layer="wards"))


def test_layers_of_a_geopackage(tmp_path):
    for name in ("wards", "parks"):
        wards().to_file(tmp_path / "city.gpkg", driver="GPKG", layer=name)
    with pytest.raises(SeveralLayers, match="Choose one"):
        read_boundaries(tmp_path / "city.gpkg")
    assert_is_wards(read_boundaries(tmp_path / "city.gpkg", layer="parks"))
    with pytest.raises(SeveralLayers, match="no layer “streets”"):
        read_boundaries(tmp_path / "city.gpkg", layer="streets")


@pytest.mark.parametrize("content", [b"", b"  \n "])
def test_an_empty_file(tmp_path, content):
    (tmp_path / "w.geojson").write_bytes(content)
    with pytest.raises(EmptyBoundaries, match="is empty"):
        read_boundaries(tmp_path / "w.geojson")


def test_a_collection_without_features(tmp_path):
    (tmp_path / "w.geojson").write_text('{"type": "FeatureCollection", "features": []}')
    with pytest.raises(BadBoundaries):
        read_boundaries(tmp_path / "w.geojson")


def test_points_are_not_areas(tmp_path):
    gpd.GeoDataFrame({"a": [1]}, geometry=[shapely.Point(0, 0)], crs=4326).to_file(
        tmp_path / "p.gpkg", driver="GPKG"
    )
    with pytest.raises(NotPolygons, match="holds point"):
        read_boundaries(tmp_path / "p.gpkg")


@pytest.mark.parametrize(
    "content",
    [
        b"just words, no map",
        b"\x00" * 500,
        b'{"type": "FeatureCollection", "features": [',
        b'{"type": "Nothing"}',
        b"[1, 2]",
        b"SQLite format 3\x00" + b"\x01" * 200,
        b"PAR1" + b"\x00" * 50 + b"PAR1",
        b"fgb\x03fgb\x00" + b"\x09" * 60,
        b'<?xml version="1.0"?><OGRVRTDataSource><OGRVRTLayer name="x"/></OGRVRTDataSource>',
        b'<?xml version="1.0"?><!DOCTYPE kml [<!ENTITY a "aaaa">]><kml>&a;</kml>',
        b"<kml><NetworkLink><Link><href>http://127.0.0.1:9/a.kml</href></Link></NetworkLink></kml>",
        b"PK\x03\x04 and then nothing of a zip",
    ],
    ids=lambda c: c[:24].decode("latin-1"),
)
def test_unreadable_files_get_a_sentence(tmp_path, content):
    (tmp_path / "upload").write_bytes(content)
    with pytest.raises(BadBoundaries, match=r"[A-Z].*\."):
        read_boundaries(tmp_path / "upload")


def test_a_damaged_shapefile_gets_a_sentence_without_machine_paths(tmp_path):
    folder = shapefile(tmp_path / "s")
    (folder / "wards.shp").write_bytes((folder / "wards.shp").read_bytes()[:120])
    (folder / "wards.dbf").write_bytes(b"\x03")
    with pytest.raises(BadBoundaries) as raised:
        read_boundaries(zipped(folder, tmp_path / "w.zip"))
    assert "/tmp" not in str(raised.value)


DRIVERS = {"gpkg": "GPKG", "geojson": "GeoJSON", "fgb": "FlatGeobuf", "kml": "KML", "shp": "ESRI Shapefile"}


@pytest.mark.parametrize("suffix", [*DRIVERS, "parquet"])
@pytest.mark.parametrize("share", [0.5, 0.9, 0.99])
def test_a_file_that_was_cut_off_is_never_half_read(tmp_path, suffix, share):
    squares = [shapely.box(i % 20, i // 20, i % 20 + 1, i // 20 + 1).segmentize(0.1) for i in range(300)]
    frame = gpd.GeoDataFrame({"CODE": [f"{i:03d}" for i in range(300)]}, geometry=squares, crs=4326)
    file = tmp_path / f"squares.{suffix}"
    frame.to_parquet(file) if suffix == "parquet" else frame.to_file(file, driver=DRIVERS[suffix])
    assert len(read_boundaries(file)) == 300
    whole = file.read_bytes()
    file.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(BadBoundaries):
        read_boundaries(file)


def test_geojson_is_told_apart_however_its_members_are_ordered(tmp_path):
    features = json.loads(wards().to_json())["features"]
    (tmp_path / "w.json").write_text(json.dumps({"features": features, "type": "FeatureCollection"}))
    assert_is_wards(read_boundaries(tmp_path / "w.json"))
    (tmp_path / "bom.json").write_text("\ufeff" + wards().to_json())
    assert_is_wards(read_boundaries(tmp_path / "bom.json"))


def test_no_such_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_boundaries(tmp_path / "none.zip")


def test_heights_are_dropped(tmp_path):
    tall = shapely.force_3d(wards().geometry.array, 12.0)
    wards().set_geometry(gpd.GeoSeries(tall, crs=4326)).to_file(tmp_path / "w.gpkg", driver="GPKG")
    assert not read_boundaries(tmp_path / "w.gpkg").has_z.any()


def test_a_bare_shapefile_is_read_where_it_lies(tmp_path):
    folder = shapefile(tmp_path / "s")
    assert_is_wards(read_boundaries(folder / "wards.shp"))
    (folder / "wards.shx").unlink()
    with pytest.raises(MissingPart):
        read_boundaries(folder / "wards.shp")


def test_kmz_is_kml_in_a_zip(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    wards().to_file(folder / "doc.kml", driver="KML")
    shutil.move(zipped(folder, tmp_path / "w.zip"), tmp_path / "wards.kmz")
    assert_is_wards(read_boundaries(tmp_path / "wards.kmz"))

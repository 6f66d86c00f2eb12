"""Streets from every kind of file, and a sentence where one cannot be used."""

import gzip
import json

import geopandas as gpd
import numpy as np
import pytest
from shapely import LineString, MultiLineString, Point

from geodata.streets import CLOSED, KINDS, BadStreets, Columns, build_network, read_streets
from geodata.streets.classes import NUMBER, mtfcc_kind, osm_kind

OSM = """<?xml version="1.0"?><osm version="0.6">
<node id="1" lat="40.000" lon="-83.000"/><node id="2" lat="40.000" lon="-82.999"/>
<node id="3" lat="40.000" lon="-82.998"/><node id="4" lat="40.001" lon="-82.999"/>
<node id="5" lat="39.999" lon="-82.9985"/><node id="6" lat="40.001" lon="-82.9985"/>
<way id="10"><nd ref="1"/><nd ref="2"/><nd ref="3"/><tag k="highway" v="residential"/>
<tag k="name" v="Elm St"/><tag k="oneway" v="yes"/></way>
<way id="11"><nd ref="2"/><nd ref="4"/><tag k="highway" v="footway"/></way>
<way id="12"><nd ref="5"/><nd ref="6"/><tag k="highway" v="{over}"/>{tags}</way>
</osm>"""


def osm(path, over="motorway", tags=""):
    text = OSM.format(over=over, tags=tags).encode()
    path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)
    return path


def saved(path, shapes, **columns):
    gpd.GeoDataFrame(columns, geometry=shapes, crs=4326).to_file(path, engine="pyogrio")
    return path


@pytest.mark.parametrize("name", ["town.osm", "town.osm.gz"])
def test_an_openstreetmap_extract_is_read(tmp_path, name):
    streets = read_streets(osm(tmp_path / name))
    assert [KINDS[k].name if k != CLOSED else "closed" for k in streets.kind] == [
        "residential",
        "footway",
        "closed",
    ]
    assert streets.name.tolist() == ["Elm St", None, None]
    assert streets.left_out == {"motorway": 1}


def test_a_bridge_of_an_extract_is_not_joined_to_the_street_below(tmp_path):
    streets = read_streets(osm(tmp_path / "town.osm", over="secondary"))
    network = build_network(streets.to_crs(32617), streets.kind, streets.name, join_m=0.0)
    assert network.pieces == 2


@pytest.mark.parametrize(
    ("highway", "foot", "access", "kind"),
    [
        ("motorway", "", "", None), ("trunk", "", "", None), ("trunk", "yes", "", "trunk"),
        ("living_street", "", "", "residential"), ("service", "", "private", None),
        ("service", "yes", "private", "service"), ("residential", "no", "", None), ("steps", "", "", "steps"),
        ("motorroad", "yes", "", "trunk"), ("motorroad", "", "", None),
        ("primary_link", "", "", "primary"), ("construction", "", "", None), ("cycleway", "", "", "path"),
    ],
)  # fmt: skip
def test_classes_of_openstreetmap_say_who_may_walk(highway, foot, access, kind):
    assert osm_kind(highway, foot, access)[0] == (CLOSED if kind is None else NUMBER[kind])


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("S1100", None),
        ("S1200", "secondary"),
        ("S1400", "residential"),
        ("S1710", "footway"),
        ("S1740", None),
    ],
)
def test_classes_of_tiger_say_who_may_walk(code, kind):
    assert mtfcc_kind(code)[0] == (CLOSED if kind is None else NUMBER[kind])


def test_centrelines_are_read_by_their_well_known_columns(tmp_path):
    lines = [LineString([(-71, 42), (-71, 42.001)]), MultiLineString([[(-71, 42), (-70.99, 42)]])]
    file = saved(
        tmp_path / "c.gpkg", lines, Street=["Elm St", "Broadway"], MajorRoad=[None, 1.0], Alias=[None, "Rt 2"]
    )
    streets = read_streets(file)
    assert streets.columns == Columns(kind="MajorRoad", name="Street", alias="Alias")
    assert [KINDS[k].name for k in streets.kind] == ["residential", "secondary", "secondary"]
    assert streets.name.tolist() == ["Elm St", "Broadway", "Rt 2"]


@pytest.mark.parametrize(
    ("column", "value", "why"),
    [
        ("class", "Ferry", "not a street"), ("class", "Railroad", "not a street"),
        ("class", "paper_street", "not a street"), ("class", "Proposed Arterial", "not a street"),
        ("class", "Vacated", "not a street"), ("class", "Freeway", "motorway"),
        ("class", "Rail Trail", None), ("FUNC_CLASS", "1", "motorway"), ("highway", "motorroad", "motorway"),
    ],
)  # fmt: skip
def test_of_closed_classes_motorways_alone_are_barriers(tmp_path, column, value, why):
    lines = [LineString([(-71, 42), (-71, 42.001)]), LineString([(-71, 42), (-70.99, 42)])]
    usual = {"FUNC_CLASS": "7", "highway": "residential"}.get(column, "Local")
    streets = read_streets(saved(tmp_path / "c.gpkg", lines, **{column: [usual, value]}))
    assert streets.left_out == ({why: 1} if why else {})
    assert (streets.kind == CLOSED).sum() == (why == "motorway")


def test_columns_can_be_given(tmp_path):
    lines = [LineString([(-71, 42), (-71, 42.001)]), LineString([(-71, 42), (-70.99, 42)])]
    file = saved(tmp_path / "c.gpkg", lines, A=["Elm St", "Oak St"], B=["Local", "Minor Arterial"])
    streets = read_streets(file, columns=Columns(name="A", kind="B"))
    assert [KINDS[k].name for k in streets.kind] == ["residential", "secondary"]
    with pytest.raises(BadStreets, match="has no column C; it has A, B"):
        read_streets(file, columns=Columns(kind="C"))


def test_geojson_with_name_and_highway_is_read(tmp_path):
    feature = {
        "type": "Feature", "properties": {"name": "Ash St", "highway": "secondary"},
        "geometry": {"type": "LineString", "coordinates": [[-83, 40], [-83, 40.001]]},
    }  # fmt: skip
    (tmp_path / "s.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    streets = read_streets(tmp_path / "s.geojson")
    assert (streets.name.tolist(), streets.kind.tolist()) == (["Ash St"], [NUMBER["secondary"]])


def test_geoparquet_in_another_crs_is_read(tmp_path):
    frame = gpd.GeoDataFrame(
        {"FULLNAME": ["Elm St"], "MTFCC": ["S1400"]}, geometry=[LineString([(0, 0), (90, 0)])], crs=32617
    )
    frame.to_parquet(tmp_path / "t.parquet")
    streets = read_streets(tmp_path / "t.parquet")
    assert np.allclose(streets.to_crs(32617)[0].length, 90, atol=0.01)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.osm", b"", "is empty"),
        ("a.osm.gz", b"not a gzip", "no whole gzip"),
        ("a.osm.pbf", b"nonsense" * 50, "cannot be read"),
        ("a.geojson", b'{"type": "FeatureCollection", "feat', "cannot be read"),
        ("a.parquet", b"PAR1nonsense", "cannot be read"),
    ],
)
def test_a_broken_file_is_refused_with_a_sentence(tmp_path, name, content, said):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadStreets, match=said) as why:
        read_streets(tmp_path / name)
    assert "\n" not in str(why.value)
    assert str(why.value).startswith(name)


def test_points_are_no_streets(tmp_path):
    with pytest.raises(BadStreets, match="holds no lines"):
        read_streets(saved(tmp_path / "p.gpkg", [Point(-83, 40)], name=["Elm St"]))


def test_a_file_of_motorways_alone_is_refused(tmp_path):
    file = saved(tmp_path / "m.gpkg", [LineString([(-83, 40), (-83, 41)])], highway=["motorway"])
    with pytest.raises(BadStreets, match=r"1 motorway.*a column named class or highway"):
        read_streets(file)


def test_a_layer_that_is_not_clear_and_a_missing_crs_are_told_as_what_to_change_in_the_file(tmp_path):
    line = gpd.GeoDataFrame({"a": [1]}, geometry=[LineString([(0, 0), (9, 0)])], crs=32617)
    for layer in ("one", "two"):
        line.to_file(tmp_path / "l.gpkg", layer=layer, engine="pyogrio")
    with pytest.raises(BadStreets, match="Export the layer of streets to a file of its own"):
        read_streets(tmp_path / "l.gpkg")
    line.set_crs(None, allow_override=True).to_parquet(tmp_path / "n.parquet")
    with pytest.raises(BadStreets, match="Export it again with its coordinate system"):
        read_streets(tmp_path / "n.parquet")


def test_of_several_classes_or_names_the_first_counts(tmp_path):
    """Programs that join ways write lists into one cell."""
    facts = [
        {"highway": ["residential", "service"], "name": ["Oak Street", "Elm Street"]},
        {"highway": "motorway", "name": None},
        {"highway": "footway", "name": []},
    ]
    features = [
        {"type": "Feature", "properties": each,
         "geometry": {"type": "LineString", "coordinates": [[-83, 39 + i], [-83, 39.1 + i]]}}
        for i, each in enumerate(facts)
    ]  # fmt: skip
    file = tmp_path / "lists.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    found = read_streets(file)
    assert found.kind.tolist() == [NUMBER["residential"], CLOSED, NUMBER["footway"]]
    assert found.name.tolist() == ["Oak Street", None, None]


def test_a_street_off_the_globe_is_refused_by_its_row(tmp_path):
    shapes = [LineString([(-83, 39), (-83, 39.1)]), LineString([(-83, 500), (-83, 501)])]
    file = tmp_path / "off.geojson"
    gpd.GeoDataFrame({"highway": ["residential"] * 2}, geometry=shapes, crs=4326).to_file(file)
    with pytest.raises(BadStreets, match=r"row 2.*not on the globe"):
        read_streets(file)

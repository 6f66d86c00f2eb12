"""Generated towns: what must hold for any seed and size."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from volunteer_hub.demo import town, town_files
from volunteer_hub.demo.electorate import past_elections
from volunteer_hub.demo.place import PASCO
from volunteer_hub.demo.town import generate
from volunteer_hub.districts.addresses import from_parts, parse

some_towns = settings(max_examples=12, deadline=None)
sizes = st.integers(1, 2_500)
seeds = st.integers(0, 10_000)


@pytest.fixture(scope="module")
def a_town():
    return generate(3_000, seed=5)


def as_points(doors: pd.DataFrame) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        doors, geometry=gpd.points_from_xy(doors.longitude, doors.latitude), crs=town.WGS84
    )


def test_the_same_seed_gives_the_same_town_and_another_does_not():
    one, same, other = generate(400, seed=1), generate(400, seed=1), generate(400, seed=2)
    for table in ("doors", "voters", "results"):
        assert getattr(one, table).equals(getattr(same, table))
        assert not getattr(one, table).equals(getattr(other, table))
    assert one.precincts.geom_equals(same.precincts).all()


@some_towns
@given(sizes, seeds)
def test_any_size_has_exactly_its_doors_each_with_its_own_address(size, seed):
    doors = generate(size, seed=seed).doors
    assert len(doors) == size
    assert not doors.duplicated(["house_number", "street", "unit"]).any()
    assert doors.zip.isin(PASCO.zips).all()
    assert (doors.people >= 1).all()


@some_towns
@given(sizes, seeds)
def test_precincts_partition_the_town(size, seed):
    precincts = generate(size, seed=seed).precincts
    assert precincts.is_valid.all()
    assert (precincts.geom_type == "Polygon").all()
    assert shapely.coverage_is_valid(precincts.geometry.to_numpy())
    whole = shapely.union_all(precincts.geometry.to_numpy())
    assert len(shapely.get_rings(whole)) == 1  # no holes
    assert shapely.area(precincts.geometry.to_numpy()).sum() == pytest.approx(whole.area)


@some_towns
@given(sizes, seeds)
def test_every_door_lies_in_its_own_precinct_and_in_no_other(size, seed):
    made = generate(size, seed=seed)
    found = gpd.sjoin(as_points(made.doors), made.precincts[["code", "geometry"]], predicate="within")
    assert len(found) == size
    assert (found.code == found.precinct).all()


def test_precinct_codes_are_unique_text_with_leading_zeros(a_town):
    codes = a_town.precincts.code
    assert codes.is_unique
    assert codes.str.fullmatch(r"0\d{3}").all()
    assert a_town.precincts.GEOID.tolist() == ["12101" + code for code in codes]


def test_precincts_hold_about_the_wanted_doors():
    made = generate(8_000, seed=3, doors_per_precinct=400)
    per_precinct = made.doors.precinct.value_counts()
    assert 15 <= len(per_precinct) <= 25
    assert per_precinct.median() == pytest.approx(400, rel=0.25)


def test_doors_are_a_walk_apart_and_beside_a_street(a_town):
    metric = "EPSG:32617"
    houses = as_points(a_town.doors.drop_duplicates(["house_number", "street"])).to_crs(metric).geometry
    tree = shapely.STRtree(houses.to_numpy())
    _, apart = tree.query_nearest(houses.to_numpy(), exclusive=True, return_distance=True, all_matches=False)
    assert np.median(apart) == pytest.approx(17, abs=6)
    assert apart.min() > 4
    streets = shapely.STRtree(a_town.streets.to_crs(metric).geometry.to_numpy())
    _, to_street = streets.query_nearest(houses.to_numpy(), return_distance=True, all_matches=False)
    assert to_street.min() > 4
    assert np.quantile(to_street, 0.95) < 60


def test_the_river_parts_precincts_and_is_crossed_by_bridges_only(a_town):
    river = a_town.barriers.set_index("kind").geometry["river"]
    over = a_town.streets[a_town.streets.intersects(river)]
    assert set(over.kind) == {"crossing"}
    assert 1 <= len(over) <= 8
    assert not as_points(a_town.doors).intersects(river).any()
    assert (a_town.precincts.difference(river).geom_type == "Polygon").all()  # none is cut in two


def test_streets_join_at_shared_points_into_one_network(a_town):
    ends = np.array([line.coords[i] for line in a_town.streets.geometry for i in (0, -1)]).round(7)
    _, node = np.unique(ends, axis=0, return_inverse=True)
    parent = list(range(node.max() + 1))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = i = parent[parent[i]]
        return i

    for a, b in node.reshape(-1, 2):
        parent[root(int(a))] = root(int(b))
    assert len({root(int(i)) for i in node.ravel()}) == 1


def test_results_sum_to_the_voters_who_voted(a_town):
    results, voters = a_town.results, a_town.voters
    for election in a_town.elections:
        mine = results[results.held_on == election.held_on.isoformat()]
        voted = voters[voters[f"voted_{election.held_on.year}"]]
        by_precinct = mine.groupby("precinct").votes.sum()
        expected = voted.groupby("precinct").size().reindex(by_precinct.index, fill_value=0)
        assert by_precinct.tolist() == expected.tolist() == mine.groupby("precinct").ballots.first().tolist()
        assert (mine.ballots <= mine.registered).all()


def test_voters_live_behind_their_door_unless_their_address_is_spoilt(a_town):
    voters, doors = a_town.voters, a_town.doors
    exact = voters[voters.match == "exact"]
    home = doors.iloc[exact.door].reset_index(drop=True)
    assert (exact.house_number.astype(str).to_numpy() == home.house_number.to_numpy()).all()
    assert (exact.street_name.to_numpy() == home.street_name.str.upper().to_numpy()).all()
    assert (exact.unit_number.to_numpy() == home.unit_number.to_numpy()).all()
    nowhere = voters[voters.match == "none"]
    assert not nowhere.house_number.astype(str).isin(set(doors.house_number)).any()
    assert len(nowhere) / len(voters) == pytest.approx(0.02, abs=0.01)
    doubtful = voters[voters.match == "doubtful"]
    assert len(doubtful) / len(voters) == pytest.approx(0.03, abs=0.012)


def test_the_address_reader_pairs_exact_voters_with_their_door_and_spoilt_ones_with_none(a_town):
    doors, voters = a_town.doors, a_town.voters
    keys = [
        parse(f"{number} {street}", unit=unit, zip_code=zip_code).key
        for number, street, unit, zip_code in doors[["house_number", "street", "unit", "zip"]].to_numpy()
    ]
    assert len(set(keys)) == len(doors)
    read = [
        from_parts(
            number=str(v.house_number), pre=v.predir, street=v.street_name, type_=v.street_type,
            unit_type=v.unit_type, unit=v.unit_number, zip_code=v.zip,
        ).key
        for v in voters.itertuples()
    ]  # fmt: skip
    is_exact = (voters.match == "exact").to_numpy()
    assert [key == keys[door] for key, door in zip(read, voters.door, strict=True)] == is_exact.tolist()
    assert not set(np.array(read)[~is_exact]) & set(keys)


def test_the_model_s_guess_is_calibrated_well_enough_to_plan_with():
    voters = generate(12_000, seed=9).voters
    for low in (0.0, 0.2, 0.4, 0.6, 0.8):
        mine = voters[voters.support_prior.between(low, low + 0.2)]
        assert mine.supports.mean() == pytest.approx(mine.support_prior.mean(), abs=0.09)


@pytest.mark.parametrize("support", [0.3, 0.62])
def test_the_share_of_supporters_is_what_was_asked_for(support):
    assert generate(6_000, seed=4, support=support).voters.supports.mean() == pytest.approx(support, abs=0.03)


def test_past_elections_fall_on_the_legal_day():
    days = [e.held_on.isoformat() for e in past_elections(pd.Timestamp("2026-09-01").date())]
    assert days == ["2018-11-06", "2020-11-03", "2022-11-08", "2024-11-05"]


def test_nonsense_is_refused_with_a_sentence():
    with pytest.raises(ValueError, match="at least one door"):
        generate(0)
    with pytest.raises(ValueError, match="share between"):
        generate(10, support=1.5)
    with pytest.raises(ValueError, match="has room for"):
        generate(3_000, place=replace(PASCO, room_m=500.0))


def test_files_say_what_they_are_and_keep_codes_as_text(a_town, tmp_path):
    town_files.write(a_town, tmp_path)
    files = town_files.write(a_town, tmp_path)  # a second writing replaces the first
    assert "invented" in (tmp_path / "README.txt").read_text()
    precincts = gpd.read_file(files.precincts)
    assert precincts.code.tolist() == a_town.precincts.code.tolist()
    assert shapely.coverage_is_valid(precincts.geometry.to_numpy())
    doors = pd.read_csv(files.doors, dtype=str, keep_default_na=False)
    assert len(doors) == len(a_town.doors)
    assert not {"supports", "match"} & {c.lower() for c in pd.read_csv(files.voters, nrows=1).columns}
    results = pd.read_csv(files.results, dtype=str)
    assert results.precinct.str.startswith("0").all()
    assert len(gpd.read_file(files.streets)) == len(a_town.streets)
    assert len(gpd.read_file(files.barriers)) == len(a_town.barriers)

"""The columns of a file of areas: what tells the areas apart is their code, what says most is their name."""

from __future__ import annotations

import pytest

from tests.districts import samples
from volunteer_hub.districts import looking


def guessed(path, frame) -> tuple[list[str], list[str]]:
    frame.to_file(path, driver="GPKG", engine="pyogrio")
    seen = looking.look("precincts", path, {})
    return seen["id_columns"], seen["name_columns"]


def wards():
    """Two wards with precincts 1 and 2 each, as cities publish them."""
    frame = samples.squares()[["geometry"]]
    frame["Sort"] = [4, 2, 1, 3]
    frame["Ward"] = ["1", "1", "2", "2"]
    frame["Precinct"] = ["1", "2", "1", "2"]
    return frame


def test_a_column_of_ward_and_precinct_is_taken_before_a_sort_order(tmp_path):
    frame = wards()
    frame["WardPrecinct"] = ["1-1", "1-2", "2-1", "2-2"]
    assert guessed(tmp_path / "wards.gpkg", frame) == (["WardPrecinct"], ["WardPrecinct"])


def test_a_column_that_only_numbers_the_rows_comes_last(tmp_path):
    """GeoJSON numbers its features in a column “id” whether the file has codes or not."""
    frame = wards().drop(columns=["Sort"])
    frame["WardPrecinct"] = ["1-1", "1-2", "2-1", "2-2"]
    (tmp_path / "wards").write_bytes(samples.geojson(frame))
    seen = looking.look("precincts", tmp_path / "wards", {})
    assert "id" in seen["columns"]
    assert seen["id_columns"] == ["WardPrecinct"]


def test_without_such_a_column_the_guess_is_as_good_as_the_file(tmp_path):
    assert guessed(tmp_path / "wards.gpkg", wards()) == (["Sort"], ["Precinct"])


@pytest.mark.parametrize("code", ["GEOID", "CODE", "PRECINCT", "ID"])
def test_a_known_code_stays_the_code_beside_another_that_would_do(tmp_path, code):
    frame = samples.squares()[["NAME", "geometry"]]
    frame[code] = ["0104", "0103", "0102", "0101"]
    frame["District_1"] = ["A", "B", "C", "D"]
    assert guessed(tmp_path / "wards.gpkg", frame) == ([code], ["NAME"])


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("file", "columns"),
    [("cambridge/precincts_2020.gpkg", (["WardPrecinct"], ["WardPrecinct"])),
     ("newport_news/precincts_2013.gpkg", (["CODE"], ["NAME"]))],
)  # fmt: skip
def test_two_cities_files(real_data, file, columns):
    seen = looking.look("precincts", real_data / file, {})
    assert (seen["id_columns"], seen["name_columns"]) == columns

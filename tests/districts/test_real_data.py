"""Newport News and Vermont through the ordinary importers, where the public data lie beside the checkout."""

from __future__ import annotations

import resource
import time
from datetime import date

import pytest
from sqlalchemy import func, select

from volunteer_hub.core.db import db
from volunteer_hub.districts import bring
from volunteer_hub.districts.models import District, Door, Precinct, Result

pytestmark = pytest.mark.real_data


def counts(row) -> dict[str, int]:
    return dict(row.report["counts"])


def one(query):
    return db.session.scalar(query)


def test_newport_news(real_data, make):
    folder, campaign = real_data / "newport_news", make.default_campaign.id
    bring.bring(
        campaign, "precincts", folder / "precincts_2013.gpkg", district_kind="city",
          district_name="Newport News",
        id_columns=["PRECINCT"], name_columns=["NAME"],
    )  # fmt: skip
    doors = counts(bring.bring(campaign, "doors", folder / "doors.parquet"))
    results = bring.bring(campaign, "results", folder / "results_2008_2025.csv.gz")
    assert one(select(func.count()).select_from(Precinct)) == 45
    assert doors["Rows read"] == 51_350
    assert doors["New doors"] + doors["Rows that share a door"] + doors["Rejected"] == 51_350
    assert doors["Rejected"] < 50
    assert one(select(func.count()).select_from(Door).where(Door.precinct_id.is_(None))) == 0
    obama = select(func.sum(Result.votes)).where(
        Result.candidate == "Barack Obama", Result.held_on == date(2008, 11, 4), Result.precinct_id.is_(None)
    )
    assert one(obama) == 51_972, "with the absentee votes: the city's official count"
    unmatched = {row["place"].split(" / ")[-1] for row in results.report["rows"]["Matched to no place"]}
    assert {name for name in unmatched if "ABSENTEE" not in name and "PROVISIONAL" not in name} == {
        "112 - KNOLLWOOD MEADOWS", "111 - STONEYBROOK",
    }  # fmt: skip


def test_only_numbers_that_changed_are_doubtful_in_newport_news(real_data, make):
    """Its codes say the city first: 7000107 is the results' "107 - RICHNECK"."""
    folder, campaign = real_data / "newport_news", make.default_campaign.id
    bring.bring(campaign, "precincts", folder / "precincts_2013.gpkg", id_columns=["CODE"])
    results = bring.bring(campaign, "results", folder / "results_2008_2025.csv.gz")
    doubtful = results.report["rows"]["Matched with a doubt"]
    by_name = {row["place"].split(" / ")[-1] for row in doubtful if "by name alone" in row["reason"]}
    assert {"220 -JENKINS", "321 - HILTON"} <= by_name
    assert len(doubtful) < 12
    assert not any("107" in row["place"] for row in doubtful)


@pytest.fixture
def vermont(real_data, make):
    """The voting areas of Vermont in the House districts of their own column."""
    folder, campaign = real_data / "vt", make.default_campaign.id
    bring.bring(
        campaign, "precincts", folder / "voting_tabulation_areas_2012.gpkg", district_kind="house",
        district_column="DISTRICT", id_columns=["TOWNNAME", "DISTRICT"], name_columns=["TOWNNAMEMC", "NAME"],
    )  # fmt: skip
    return folder, campaign


def test_vermont_within_its_memory(vermont):
    """346,469 addresses in under 1.5 GB, each door in exactly one district and precinct."""
    folder, campaign = vermont
    began, cpu = time.monotonic(), time.process_time()
    doors = counts(bring.bring(campaign, "doors", folder / "addresses.parquet"))
    took_s, own_s = time.monotonic() - began, time.process_time() - cpu
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\nVermont: {took_s:.0f} s ({own_s:.0f} s in Python), peak {peak_mb:.0f} MB, {doors}")
    assert doors["Rows read"] == 346_469
    assert doors["New doors"] + doors["Rows that share a door"] + doors["Rejected"] == 346_469
    assert doors["Rejected"] < 400
    assert one(select(func.count()).select_from(Door).where(Door.precinct_id.is_(None))) == 0
    assert (
        one(select(func.count()).select_from(Precinct)),
        one(select(func.count()).select_from(District)),
    ) == (284, 104)
    assert peak_mb < 1_500


def test_vermont_results(vermont):
    folder, campaign = vermont
    row = bring.bring(campaign, "results", folder / "results_precinct_2012_2020.csv.gz")
    assert counts(row)["Votes without a place"] < 0.08 * counts(row)["Votes"]
    assert row.report["files"]["unmatched-results"] == "unmatched-results.csv"

"""The back-test on real results: counties 2008 to 2024, and Texas 2008 by state senate district."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from geodata.backtest import History, backtest
from geodata.priority import Chamber, Delegates, District, PastResult, contest, electors, every_rule
from geodata.priority.delegates import won

DATA = Path(os.environ.get("VOLUNTEER_HUB_REAL_DATA", Path(__file__).parents[4] / "shared" / "data"))
pytestmark = pytest.mark.real_data

# Delegates of the 31 senate districts; docs/backtest.md says how they were checked.
TEXAS = (4, 4, 4, 4, 4, 3, 3, 4, 3, 5, 4, 4, 7, 8, 4, 4, 5, 4, 4, 4, 4, 3, 6, 3, 6, 4, 3, 3, 3, 3, 2)


def real(name):
    file = DATA / "us" / name
    if not file.exists():
        pytest.skip(f"real data not found: {file.name} is not in {DATA}")
    return file


def counties():
    """Votes for the Democrats and Republicans by county; Alaska reports no counties."""
    old = pd.read_csv(real("county_president_2008_2016.csv.gz"), dtype={"fips_code": str})
    parts = [
        pd.DataFrame(
            {"election": str(year), "district": old.fips_code.str.zfill(5), "dem": old[f"dem_{year}"],
             "gop": old[f"gop_{year}"], "total": old[f"total_{year}"]}
        )
        for year in (2008, 2012, 2016)
    ]  # fmt: skip
    for year in (2020, 2024):
        new = pd.read_csv(real(f"county_president_{year}.csv.gz"), dtype={"county_fips": str})
        parts.append(
            pd.DataFrame(
                {"election": str(year), "district": new.county_fips, "dem": new.votes_dem,
                 "gop": new.votes_gop, "total": new.total_votes}
            )
        )  # fmt: skip
    rows = pd.concat(parts)
    rows["total"] = np.maximum(rows.total, rows.dem + rows.gop)
    return rows[rows.district.str[:2] != "02"].drop_duplicates(["election", "district"])


@pytest.fixture(scope="module")
def elections():
    rows = counties()
    codes = sorted(set(rows.district))
    past = [
        PastResult(r.district, r.election, 2024.0 - int(r.election), r.dem, r.gop, r.total)
        for r in rows.itertuples()
    ]
    districts = [District(code, seat=code[:2], region=code[:2]) for code in codes]
    return History(districts, past, {str(year): year for year in (2008, 2012, 2016, 2020, 2024)})


def test_the_real_electoral_votes_are_counted_and_no_plan_beats_the_closest_state_for_sure(elections):
    def rule(election, known):
        given = electors(known.seats, int(election))
        return Chamber(given.weight, 268, 500, name="electoral", also=given.also)

    found = backtest(elections, rule_for=rule, elections=elections.plannable(), hours=300_000, draws=500)
    without = [each.judged[0].reality.without for each in found.tested]
    assert without == [
        330,
        231,
        304,
        224,
    ]  # 332, 232, 306 and 226, less the district votes of Maine and Nebraska
    assert not any(j.reality.is_changed for each in found.tested for j in each.judged)
    pooled = {each.name: each for each in found.pooled}
    assert pooled["equal"].ahead_real == pooled["population"].ahead_real == 4
    assert pooled["closest_seat"].times_real.low < 1 < pooled["closest_seat"].times_real.high


def test_three_thousand_counties_are_scored_by_every_rule(elections):
    built = contest(elections.districts, elections.past)
    given = electors(built.regions, 2024).weight
    found = every_rule(built, electoral=given, draws=300)
    assert set(found) == {"plurality", "turnout", "coverage", "seats", "electoral", "delegates"}
    for each in found.values():
        assert len(each.ids) > 3_100
        assert (each.low <= each.score).all()
        assert (each.score <= each.high).all()
        assert (np.diff(each.segment_value, axis=1)[each.segment_hours[:, 1:] > 0] <= 1e-18).all()


def texas():
    rows = pd.read_csv(real("tx_2008_dem_primary_president_by_county_sd.csv.gz"))
    return rows.groupby(["state_senate_district", "candidate"]).votes.sum().unstack(fill_value=0)


def test_texas_gave_65_delegates_to_clinton_and_61_to_obama():
    votes = texas()
    given = won(votes.to_numpy(dtype=float).T, np.array(TEXAS, dtype=float), 0.15)
    by_name = dict(zip(votes.columns, given.sum(axis=1).tolist(), strict=True))
    assert (by_name["Hillary Clinton"], by_name["Barack Obama"]) == (65, 61)
    assert sum(by_name.values()) == sum(TEXAS) == 126


def test_without_anything_known_our_plan_is_not_shown_to_help_in_texas():
    votes = texas()
    names = [f"{code:02d}" for code in votes.index]
    past = [
        PastResult(name, "2008", 0.0, row["Barack Obama"], row["Hillary Clinton"], row.sum())
        for name, (_, row) in zip(names, votes.iterrows(), strict=True)
    ]
    history = History([District(name, seat=name) for name in names], past, {"2008": 2008})
    rule = Delegates(dict(zip(names, map(float, TEXAS), strict=True)))
    (found,) = backtest(
        history, rule_for=lambda *_: rule, elections=["2008"], hours=10_000, draws=1_000,
        blind_turnout=1e6 * np.array(TEXAS) / 126,
    ).tested  # fmt: skip
    equal = next(j for j in found.judged if j.plan.name == "equal")
    assert found.before == ()
    assert found.judged[0].reality.without == 61
    assert equal.times_real.low < 1

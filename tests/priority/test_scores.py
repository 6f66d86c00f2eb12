"""Where an hour is worth most, from rows to a dated snapshot, and what door results do to it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import update

from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.core.refusals import Refusal
from volunteer_hub.districts.models import Result
from volunteer_hub.priority import queries, rescoring, services
from volunteer_hub.priority.jobs import sweep_rescores
from volunteer_hub.priority.models import Contest


def contest(make, weights=None, **fields):
    campaign_id = make.default_campaign.id
    with transaction():
        return services.create_contest(
            campaign_id,
            name="Governor",
            district_kind="county",
            ours="Ours",
            weights=weights or {"plurality": 1.0},
            election_on=date(2026, 11, 3),
            now=clock.now(),
            **fields,
        )


def scores(contest_row):
    db.session.expire_all()
    snapshot = queries.newest_snapshot(contest_row.id)
    return {line.name: line for line in queries.district_scores(snapshot.id)}


def density(contest_row, name="North"):
    snapshot = queries.newest_snapshot(contest_row.id)
    line = scores(contest_row)[name]
    return queries.detail(snapshot.id, line.district_id)["factors"]["closeness"]


def test_moving_votes_between_counties_leaves_the_closeness_of_the_seat(make, run_jobs):
    north, south = make.district(name="North"), make.district(name="South")
    make.result(north, ours=5000, theirs=5100, registered=20000)
    make.result(south, ours=4000, theirs=3950, registered=20000)
    row = contest(make)
    run_jobs()
    before = density(row)
    with transaction():
        for place, party, votes in (
            (north, "Ours", 5300),
            (north, "Theirs", 4800),
            (south, "Ours", 3700),
            (south, "Theirs", 4250),
        ):
            db.session.execute(
                update(Result)
                .where(Result.district_id == place.id, Result.party == party)
                .values(votes=votes)
            )
        services.want_rescore(row.campaign_id, now=clock.now())
    run_jobs()
    assert density(row) == pytest.approx(before, rel=1e-9)
    assert density(row) == pytest.approx(density(row, "South"), rel=1e-12)


def test_a_county_where_more_supporters_stay_at_home_is_worth_more(make, run_jobs):
    busy, sleepy = make.district(name="Busy"), make.district(name="Sleepy")
    make.result(busy, ours=5000, theirs=5000, registered=11000)
    make.result(sleepy, ours=5000, theirs=5000, registered=20000)
    row = contest(make)
    run_jobs()
    found = scores(row)
    assert found["Sleepy"].value_per_hour > found["Busy"].value_per_hour
    assert found["Sleepy"].rank == 1


def test_each_score_has_an_interval_and_a_sentence_with_numbers(make, run_jobs):
    make.result(make.district(name="North"), ours=5000, theirs=5100, registered=20000)
    row = contest(make, {"turnout": 0.5, "coverage": 0.5})
    run_jobs()
    line = scores(row)["North"]
    assert line.low < line.value_per_hour < line.high
    assert any(character.isdigit() for character in line.why)


def test_precincts_are_scored_inside_the_same_seat(make, run_jobs):
    county = make.district(name="North")
    make.result(county, ours=5000, theirs=5100, registered=20000)
    precinct = make.precinct(county, code="0101")
    make.doors(30, precinct=precinct)
    make.result(precinct, ours=500, theirs=400, registered=2000)
    row = contest(make)
    run_jobs()
    snapshot = queries.newest_snapshot(row.id)
    line = queries.precinct_scores(snapshot.id, county.id)[0]
    assert (line.code, line.doors_left) == ("0101", 30)
    found = queries.detail(snapshot.id, county.id, precinct.id)["factors"]["closeness"]
    assert found == pytest.approx(density(row), rel=1e-6)  # the seat is as close by either layer


def test_a_district_without_results_has_the_sum_of_its_precincts(make, run_jobs):
    county = make.district(name="North")
    for ours in (300, 500):
        make.result(make.precinct(county), ours=ours, theirs=400, registered=2000)
    row = contest(make)
    run_jobs()
    snapshot = queries.newest_snapshot(row.id)
    assert queries.detail(snapshot.id, county.id)["parts"]["support_share"] == pytest.approx(0.5, abs=0.02)


def test_door_results_change_the_next_snapshot_and_it_says_why(make, run_jobs):
    north = make.district(name="North")
    make.doors(400, district=north)
    make.result(north, ours=400, theirs=410, registered=1000)
    make.result(make.district(name="South"), ours=400, theirs=410, registered=1000)
    row = contest(make)
    run_jobs()
    before = scores(row)["North"]
    done = services.Increment(
        north.id,
        None,
        attempts=300,
        contacts=150,
        supporters=60,
        opponents=40,
        doors_tried=300,
        doors_done=200,
    )
    with transaction():
        services.add_progress(row.campaign_id, [done], now=clock.now())
    run_jobs()
    after = scores(row)["North"]
    assert (before.doors_left, after.doors_left) == (400, 200)
    assert after.contact_rate > before.contact_rate
    assert after.contact_high - after.contact_low < before.contact_high - before.contact_low
    moves = queries.newest_snapshot(row.id).changes
    assert "North" in [move["name"] for move in moves]
    assert len(queries.snapshots(row.id)) == 2


def test_a_thousand_changes_make_one_rescore(make, run_jobs):
    north = make.district(name="North")
    make.result(north, ours=400, theirs=410)
    row = contest(make)
    for _ in range(20):
        with transaction():
            services.add_progress(
                row.campaign_id, [services.Increment(north.id, None, attempts=1)], now=clock.now()
            )
    run_jobs()
    assert len(queries.snapshots(row.id)) == 1
    assert queries.progress_by_district(row.campaign_id)[north.id]["attempts"] == 20


def test_a_forgotten_rescore_is_found_by_the_sweep(app, make, run_jobs):
    make.result(make.district(name="North"), ours=400, theirs=410)
    row = contest(make)
    app.extensions["redis"].flushdb()
    with clock.standing_at(clock.now() + timedelta(minutes=2)):
        sweep_rescores()
        run_jobs()
    assert len(queries.snapshots(row.id)) == 1


def test_a_preview_with_other_weights_saves_nothing(make, run_jobs):
    make.result(make.district(name="North"), ours=400, theirs=410, registered=1000)
    row = contest(make)
    run_jobs()
    preview = services.score_contest(row, today=date(2026, 10, 1), weights={"coverage": 1.0})
    assert preview.unit == "doors per hour"
    assert len(queries.snapshots(row.id)) == 1


@pytest.mark.parametrize("weights", [{}, {"plurality": 0}, {"luck": 1}, {"turnout": -1, "coverage": 2}])
def test_rules_that_cannot_be_are_refused_with_a_sentence(make, weights):
    with pytest.raises(Refusal, match=r"rule|weight"):
        contest(make, weights or {"plurality": 0.0})


def test_a_party_is_known_by_its_short_name_too(make, run_jobs):
    make.result(make.district(name="North"), ours=4000, theirs=6000)
    with transaction():
        db.session.execute(update(Result).where(Result.party == "Ours").values(party="DEM"))
        row = services.create_contest(
            make.default_campaign.id,
            name="Governor",
            district_kind="county",
            ours="Democratic",
            weights={"plurality": 1.0},
            now=clock.now(),
        )
    run_jobs()
    snapshot = queries.newest_snapshot(row.id)
    line = queries.district_scores(snapshot.id)[0]
    assert queries.detail(snapshot.id, line.district_id)["parts"]["support_share"] == pytest.approx(
        0.4, abs=0.03
    )


def test_an_election_without_us_says_nothing_and_is_named(make, run_jobs):
    north = make.district(name="North")
    make.result(north, ours=5000, theirs=5000, registered=20000)
    make.result(north, ours=0, theirs=9000, held_on=date(2025, 11, 4))
    row = contest(make)
    run_jobs()
    snapshot = queries.newest_snapshot(row.id)
    assert queries.detail(snapshot.id, north.id)["parts"]["support_share"] == pytest.approx(0.5, abs=0.01)
    assert snapshot.fault_count == 1
    assert "2025-11-04" in snapshot.faults[0]


def test_reports_that_arrive_while_it_scores_are_scored_next(make, run_jobs, monkeypatch):
    north = make.district(name="North")
    make.result(north, ours=400, theirs=410)
    row = contest(make)
    run_jobs()
    score = services.score_contest
    campaign_id = row.campaign_id

    def score_while_a_report_comes(*args, **more):
        scored = score(*args, **more)
        if not late:
            late.append(True)
            with db.engine.begin() as other:
                other.execute(update(Contest).values(rescore_wanted_at=clock.now(), rescore_cause="doors"))
        return scored

    late: list[bool] = []
    monkeypatch.setattr(services, "score_contest", score_while_a_report_comes)
    with transaction():
        services.want_rescore(campaign_id, now=clock.now())
    run_jobs()
    db.session.expire_all()
    assert len(queries.snapshots(row.id)) == 3
    assert not db.session.get(Contest, row.id).is_out_of_date


def test_a_scoring_that_fails_leaves_the_contest_marked(make, run_jobs, monkeypatch):
    make.result(make.district(name="North"), ours=400, theirs=410)
    row = contest(make)
    monkeypatch.setattr(services, "score_contest", lambda *_args, **_more: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        rescoring.run(row.campaign_id)
    db.session.expire_all()
    assert db.session.get(Contest, row.id).rescore_wanted_at is not None
    assert db.session.get(Contest, row.id).rescore_began_at is None

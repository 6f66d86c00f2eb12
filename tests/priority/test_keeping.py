"""What is kept of the past, when a snapshot is taken, and the commands."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner

from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.core.refusals import Refusal
from volunteer_hub.priority import cli, queries, rescoring, services
from volunteer_hub.priority.jobs import thin_snapshots
from volunteer_hub.priority.models import Contest, Snapshot

NOON = datetime(2026, 10, 1, 12, tzinfo=UTC)


@pytest.fixture
def contest(make):
    make.result(make.district(name="North"), ours=400, theirs=410, registered=1000)
    with transaction():
        return services.create_contest(
            make.default_campaign.id, name="Governor", district_kind="county", ours="Ours",
            weights={"plurality": 1.0}, now=NOON,
        )  # fmt: skip


def snapshot(contest, at, cause="doors"):
    with transaction():
        row = db.session.get(Contest, contest.id)
        scored = services.score_contest(row, today=at.date())
        return services.save_snapshot(row, scored, cause=cause, now=at).id


def test_after_two_days_the_last_of_each_hour_stays(contest):
    first = [snapshot(contest, NOON + timedelta(minutes=each)) for each in (0, 20, 40)]
    second = [snapshot(contest, NOON + timedelta(hours=1, minutes=each)) for each in (0, 20)]
    with clock.standing_at(NOON + timedelta(days=1)):
        assert thin_snapshots() == 0
    with clock.standing_at(NOON + timedelta(days=3)):
        assert thin_snapshots() == 3
        assert thin_snapshots() == 0
    assert [each.id for each in queries.snapshots(contest.id)] == [second[-1], first[-1]]


def test_what_somebody_decided_stays_for_ever(contest):
    kept = [snapshot(contest, NOON + timedelta(minutes=each), "rules") for each in range(3)]
    with clock.standing_at(NOON + timedelta(days=30)):
        assert thin_snapshots() == 0
    assert {each.id for each in queries.snapshots(contest.id)} == set(kept)


def test_a_large_snapshot_waits_its_time_and_a_small_one_does_not(contest, monkeypatch):
    snapshot(contest, NOON)
    mark(contest, "doors")
    monkeypatch.setattr(queries, "rows_of", lambda _snapshot_id: 8000)
    assert rescored(contest, NOON + timedelta(seconds=60)) == 0
    assert db.session.get(Contest, contest.id).rescore_wanted_at is not None
    assert rescored(contest, NOON + timedelta(seconds=81)) == 1
    mark(contest, "rules")
    assert rescored(contest, NOON + timedelta(seconds=82)) == 1


def mark(contest, cause):
    with transaction():
        db.session.get(Contest, contest.id).rescore_wanted_at = NOON
        db.session.get(Contest, contest.id).rescore_cause = cause


def rescored(contest, at):
    with clock.standing_at(at):
        return rescoring.run(contest.campaign_id)


def test_a_snapshot_names_what_caused_it(contest):
    rescored(contest, NOON)
    with transaction():
        services.add_progress(
            contest.campaign_id,
            [services.Increment(queries.places(contest.campaign_id, "county")[0][0], None, attempts=1)],
            now=NOON,
        )
    rescored(contest, NOON + timedelta(minutes=1))
    assert [each.cause for each in queries.snapshots(contest.id)] == ["doors", "rules"]


class HereIsTheApp:
    """Stands for commands.program.Program: the test's application is open already."""

    @contextmanager
    def application(self):
        yield None


def run(command, *arguments):
    return CliRunner().invoke(command, [str(each) for each in arguments], obj=HereIsTheApp())


def test_a_contest_is_made_from_the_command_line(make):
    make.result(make.district(name="North"), ours=400, theirs=410, registered=1000)
    done = run(cli.contest, "create", "Senate", "--layer", "county", "--ours", "Ours", "--rule",
               "plurality=0.7",
               "--rule", "coverage=0.3", "--seats", "each")  # fmt: skip
    assert done.exit_code == 0, done.output
    assert "1  North" in done.output
    row = queries.active_contest(make.default_campaign.id)
    assert row.weights == {"plurality": 0.7, "coverage": 0.3}
    assert len(queries.seat_names(row.id)) == 1
    assert "* Senate: county, Ours" in run(cli.contest, "list").output


def test_rescore_takes_a_snapshot_and_shows_the_best(contest):
    done = run(cli.rescore)
    assert done.exit_code == 0, done.output
    assert "North" in done.output
    assert db.session.query(Snapshot).filter_by(contest_id=contest.id).count() == 1


def test_commands_say_what_is_wrong(make):
    make.district(name="North")
    wrong = run(cli.contest, "create", "A", "--layer", "ward", "--ours", "Ours")
    assert isinstance(wrong.exception, Refusal)
    assert "county" in str(wrong.exception)
    assert (
        "RULE=WEIGHT"
        in run(cli.contest, "create", "A", "--layer", "county", "--ours", "Ours", "--rule", "luck=x").output
    )
    assert "Say which campaign" in run(cli.rescore, "--campaign", "nowhere").output

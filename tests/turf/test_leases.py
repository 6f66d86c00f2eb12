"""Handing turf out: one holder at a time, expiry, hand-back of what is left."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta

import pytest

from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.people.services import erase, set_active
from volunteer_hub.turf import queries, services
from volunteer_hub.turf.jobs import sweep_leases
from volunteer_hub.turf.models import Lease, Turf
from volunteer_hub.turf.refusals import LeaseOver, NoTurfLeft, TurfGone, TurfTaken
from volunteer_hub.turf.services import leases


def state(turf) -> str:
    return db.session.get(Turf, turf.id, populate_existing=True).state


def in_threads(app, count, deed):
    """Run `deed(number)` in threads that start at the same moment; returns what each gave or raised."""
    gate, results = threading.Barrier(count), [None] * count

    def one(number):
        with app.app_context():
            gate.wait()
            try:
                with transaction():
                    results[number] = deed(number)
            except Exception as error:
                results[number] = error
            db.session.remove()

    threads = [threading.Thread(target=one, args=(number,)) for number in range(count)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return results


def test_two_leads_and_one_turf_make_one_lease(app, make):
    turf, people = make.turf(3), [make.person() for _ in range(8)]
    turf_id, campaign_id, ids = turf.id, turf.campaign_id, [each.id for each in people]
    db.session.rollback()
    results = in_threads(
        app,
        8,
        lambda number: services.hand_out(campaign_id, turf_id, ids[number], by=None, now=clock.now()),
    )
    kinds = sorted(type(each).__name__ for each in results)
    assert kinds == ["HandedOut"] + ["TurfTaken"] * 7
    assert db.session.query(Lease).filter_by(returned_at=None).count() == 1


def test_whoever_takes_any_gets_another_turf_at_the_same_moment(app, make):
    campaign_id = make.default_campaign.id
    for _ in range(4):
        make.turf(3)
    ids = [make.person().id for _ in range(4)]
    db.session.rollback()
    results = in_threads(
        app, 4, lambda number: services.take_any(campaign_id, ids[number], by=None, now=clock.now())
    )
    assert len({each.turf_id for each in results}) == 4
    with pytest.raises(NoTurfLeft), transaction():
        services.take_any(campaign_id, ids[0], by=None, now=clock.now())


def test_a_turf_comes_back_open_with_what_is_left_and_done_when_nothing_is(make):
    turf = make.turf(3)
    handed = make.lease(turf)
    with pytest.raises(TurfTaken):
        make.lease(turf)
    with transaction():
        services.end_lease(turf.campaign_id, handed.lease_id, note="rain", now=clock.now())
    assert state(turf) == "open"
    with transaction():
        make.visits(turf.id, make.doors_of(turf))
    assert state(turf) == "done"
    with pytest.raises(TurfGone):
        make.lease(turf)


def test_an_expired_lease_frees_the_turf_by_the_sweep_or_by_the_next_hand_out(make):
    from volunteer_hub.turf.jobs import sweep_leases

    turf, other = make.turf(3), make.turf(3)
    make.lease(turf, hours_left=-1)
    make.lease(other, hours_left=-1)
    again = make.lease(turf, hours_ago=0)
    assert sweep_leases() == 1
    assert (state(turf), state(other)) == ("leased", "open")
    ended = db.session.query(Lease).filter(Lease.returned_at.is_not(None)).all()
    assert {each.end_reason for each in ended} == {"expired"}
    assert all(each.returned_at == each.expires_at for each in ended)
    assert queries.lease_by_token(again.token).is_current(clock.now())


def test_extending_needs_a_standing_lease(make):
    handed = make.lease()
    later = clock.now() + timedelta(hours=9)
    with transaction():
        lease = services.extend(make.default_campaign.id, handed.lease_id, later, now=clock.now())
        assert lease.expires_at == later
    with transaction():
        services.end_lease(make.default_campaign.id, handed.lease_id, now=clock.now())
    with pytest.raises(LeaseOver), transaction():
        services.extend(make.default_campaign.id, handed.lease_id, later, now=clock.now())


def test_the_token_is_kept_as_a_digest_and_sealed_only_while_it_opens_something(make):
    handed = make.lease()
    lease = db.session.get(Lease, handed.lease_id)
    assert handed.token.encode() not in lease.token_digest + lease.token_sealed
    assert services.link_token(lease) == handed.token
    with transaction():
        services.end_lease(lease.campaign_id, lease.id, now=clock.now())
    assert db.session.get(Lease, handed.lease_id).token_sealed is None


def test_an_extension_that_was_granted_is_not_undone_by_the_sweep(app, make, monkeypatch):
    handed, extended = make.lease(make.turf(3), hours_left=-1), []
    campaign_id, later = make.default_campaign.id, clock.now() + timedelta(hours=1)

    def extend():
        with app.app_context(), transaction():
            services.extend(campaign_id, handed.lease_id, later, now=clock.now())

    def end_after_an_extension(*rows, **more):
        extended.append(pool.submit(extend))
        wait(extended, timeout=1.0)
        end(*rows, **more)

    end = leases._end
    monkeypatch.setattr(leases, "_end", end_after_an_extension)
    with ThreadPoolExecutor(1) as pool:
        with transaction():
            services.end_expired(now=clock.now())
        with pytest.raises(LeaseOver):
            extended[0].result()


def test_the_link_of_somebody_who_was_set_aside_opens_no_doors(make, client):
    person, organizer = make.person(), make.person(role="organizer")
    handed = make.lease(person=person)
    assert "Main St" in client.get(f"/walk/{handed.token}").text
    with transaction():
        set_active(person, False, by=organizer.id, now=clock.now())
    assert "Main St" not in client.get(f"/walk/{handed.token}", status=410).text


@pytest.mark.parametrize("how", ["erased", "set aside"])
def test_turf_of_somebody_who_is_gone_is_free_for_others(make, run_jobs, how):
    person, organizer, turf = make.person(), make.person(role="organizer"), make.turf(3)
    handed, others = make.lease(turf, person), make.lease(person=make.person())
    with transaction():
        if how == "erased":
            erase(person, by=organizer.id, now=clock.now())
        else:
            set_active(person, False, by=organizer.id, now=clock.now())
    run_jobs()
    ended = db.session.get(Lease, handed.lease_id, populate_existing=True)
    assert (ended.end_reason, ended.token_sealed, state(turf)) == ("taken_back", None, "open")
    assert db.session.get(Lease, others.lease_id, populate_existing=True).returned_at is None


def test_the_sweep_finds_turf_of_somebody_who_is_gone(make):
    person, turf = make.person(), make.turf(3)
    make.lease(turf, person)
    with transaction():
        set_active(person, False, by=person.id, now=clock.now())
    assert sweep_leases() == 1
    assert (sweep_leases(), state(turf)) == (0, "open")

"""Leases while they run: prolonged by work, given back in part, taken over, several at once, short links."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from tests.canvass.counting import assert_recount_agrees
from tests.canvass.phone import Phone
from volunteer_hub.canvass import services as canvass
from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.turf import queries, services
from volunteer_hub.turf.models import Cut, Lease, Turf, WalkPass
from volunteer_hub.turf.refusals import LeaseOver, NoDoorsChosen, SameHolder, TurfGone

MINUTES = timedelta(minutes=1)


def row(handed) -> Lease:
    return db.session.get(Lease, handed.lease_id, populate_existing=True)


def turf_now(turf) -> Turf:
    return db.session.get(Turf, turf.id, populate_existing=True)


def visit(turf, doors) -> None:
    at, everywhere = clock.now().isoformat(), canvass.ByStaff(turf.campaign_id, None, [""])
    reports = [
        {"id": str(uuid.uuid4()), "turf": turf.id, "door": door, "at": at, "result": "not_home"}
        for door in doors
    ]
    with transaction():
        canvass.record(reports, authority=everywhere, now=clock.now())


def give_back(turf, handed, doors):
    with transaction():
        return services.give_back(turf.campaign_id, handed.lease_id, doors, now=clock.now())


def work(handed, now=None):
    with transaction():
        return services.extend_by_working(handed.lease_id, now or clock.now())


def test_work_near_the_end_prolongs_the_lease_but_never_beyond_its_latest(make):
    handed = make.lease(hours_left=0.25)
    first_end, latest = row(handed).expires_at, row(handed).latest_at
    assert latest - first_end == timedelta(hours=1)
    ends = [first_end]
    while ends[-1] < latest:
        ends.append(work(handed, ends[-1] - 5 * MINUTES))
    assert ends == sorted(set(ends))
    assert ends[-1] == latest
    assert work(handed, latest - MINUTES) is None
    assert row(handed).expires_at == latest


def test_work_far_from_the_end_or_after_it_changes_nothing(make):
    early, over, back = make.lease(hours_left=2), make.lease(hours_left=-0.1), make.lease(hours_left=0.1)
    with transaction():
        services.end_lease(row(back).campaign_id, back.lease_id, now=clock.now())
    before = [row(each).expires_at for each in (early, over, back)]
    assert [work(each) for each in (early, over, back)] == [None] * 3
    assert [row(each).expires_at for each in (early, over, back)] == before


def test_doors_given_back_are_open_turf_and_the_rest_keeps_its_order(make):
    turf = make.turf(8)
    doors, handed = make.doors_of(turf), make.lease(turf)
    visit(turf, doors[:2])
    cut_id = turf.cut_id
    given = give_back(turf, handed, [doors[1], doors[4], doors[6]])
    assert (given.doors, given.is_over) == (2, False), "a visited door stays"
    left = queries.walk_list(turf.id)
    assert [each.id for each in left] == [doors[0], doors[1], doors[2], doors[3], doors[5], doors[7]]
    assert [each.position for each in left] == [1, 2, 3, 4, 5, 6]
    now = turf_now(turf)
    assert (now.doors, now.doors_done, now.state) == (6, 2, "leased")
    new = db.session.get(Turf, given.made)
    assert (new.state, new.doors, new.cut_id) == ("open", 2, cut_id)
    assert sorted(make.doors_of(new)) == sorted([doors[4], doors[6]])
    assert row(handed).returned_at is None
    other = make.lease(new)
    assert {each.id for each in queries.walk_list(new.id)} == {doors[4], doors[6]}
    assert queries.lease_by_token(other.token).doors == 2


def test_giving_back_twice_and_then_all_that_is_left_ends_the_lease(make):
    turf = make.turf(6)
    doors, handed = make.doors_of(turf), make.lease(turf)
    visit(turf, doors[:1])
    for part in (doors[5:], doors[3:5]):
        assert not give_back(turf, handed, part).is_over
    assert give_back(turf, handed, doors[1:3]).is_over
    assert row(handed).end_reason == "returned"
    assert turf_now(turf).state == "open", "two of its doors are not visited"
    with pytest.raises(LeaseOver):
        give_back(turf, handed, doors[1:3])


def test_only_unvisited_doors_of_the_list_can_be_given_back(make):
    turf, elsewhere = make.turf(4), make.turf(4)
    doors, handed = make.doors_of(turf), make.lease(turf)
    visit(turf, doors[:1])
    for chosen in ([], doors[:1], make.doors_of(elsewhere)):
        with pytest.raises(NoDoorsChosen):
            give_back(turf, handed, chosen)
    assert turf_now(turf).doors == 4


def test_a_report_of_a_door_that_was_given_back_meanwhile_is_taken_and_counts_for_the_door(app, make):
    turf = make.turf(5)
    doors, handed = make.doors_of(turf), make.lease(turf)
    phone = Phone(app, handed.token, turf.id)
    give_back(turf, handed, doors[3:])
    assert phone.statuses(phone.report(doors[4]), phone.report(doors[0])) == ["stored", "stored"]
    assert turf_now(turf).doors_done == 1
    assert_recount_agrees(turf.campaign_id)


def test_an_edit_of_a_turf_that_gave_doors_back_leaves_those_with_their_new_turf(make):
    turf = make.turf(6)
    doors, handed = make.doors_of(turf), make.lease(turf)
    given = give_back(turf, handed, doors[4:])
    with transaction():
        services.end_lease(turf.campaign_id, handed.lease_id, now=clock.now())
    cut = turf_now(turf).cut_id

    def desk():
        version = db.session.get(Cut, cut, populate_existing=True).version
        return services.Desk(turf.campaign_id, cut, version, by=None, now=clock.now())

    with transaction():
        services.split(desk(), turf.id)
    with transaction():
        services.undo(desk())
    assert turf_now(turf).state == "open"
    assert sorted(make.doors_of(db.session.get(Turf, given.made))) == sorted(doors[4:])
    assert {each.id for each in queries.walk_list(turf.id)} == set(doors[:4])


def test_the_rest_goes_to_somebody_else_and_late_work_of_the_first_is_still_taken(app, make):
    turf, ben = make.turf(5), make.person()
    doors, first = make.doors_of(turf), make.lease(turf)
    visit(turf, doors[:2])
    with transaction():
        second = services.take_over(turf.campaign_id, first.lease_id, ben.id, by=None, now=clock.now())
    assert (row(first).end_reason, row(first).token_sealed) == ("taken_over", None)
    card = queries.lease_by_token(second.token)
    assert (card.person_id, card.turf_id, card.doors - card.doors_done) == (ben.id, turf.id, 3)
    phone = Phone(app, first.token, turf.id)
    assert phone.statuses(phone.report(doors[2])) == ["stored"]
    assert not queries.lease_by_token(first.token).is_current(clock.now())
    with pytest.raises(LeaseOver), transaction():
        services.take_over(turf.campaign_id, first.lease_id, ben.id, by=None, now=clock.now())
    with pytest.raises(SameHolder), transaction():
        services.take_over(turf.campaign_id, second.lease_id, ben.id, by=None, now=clock.now())


def test_a_turf_that_is_visited_to_the_end_is_not_taken_over(make):
    turf = make.turf(2)
    handed, ben = make.lease(turf), make.person()
    visit(turf, make.doors_of(turf))
    with pytest.raises(TurfGone), transaction():
        services.take_over(turf.campaign_id, handed.lease_id, ben.id, by=None, now=clock.now())
    assert row(handed).returned_at is None


def test_a_lost_phone_is_told_to_forget(client, make):
    handed = make.lease()
    with transaction():
        services.wipe(row(handed).campaign_id, handed.lease_id, now=clock.now())
    assert queries.lease_by_token(handed.token).end_reason == "wiped"
    assert "Main St" not in client.get(f"/walk/{handed.token}", status=410).text


def test_turfs_side_by_side_go_to_one_person_in_walking_order(make):
    precinct = make.precinct(make.district())
    make.doors(120, precinct=precinct)
    turfs = make.turfs_of(make.cut(precinct, minutes=60))
    assert len(turfs) >= 4
    person, now = make.person(), clock.now()
    with transaction():
        handed = services.hand_out_several(
            turfs[0].campaign_id, turfs[0].id, 3, person.id, by=None, now=now, until=now + 60 * MINUTES
        )
    assert len(handed) == 3
    assert handed[0].turf_id == turfs[0].id
    held = queries.current_leases_of(turfs[0].campaign_id, person.id, clock.now())
    assert {each.turf_id for each in held} == {each.turf_id for each in handed}


def test_a_turf_across_town_is_not_handed_out_along_with_the_first(make):
    here, there, person = make.turf(4), make.turf(4), make.person()
    with transaction():
        db.session.get(Turf, there.id).start_latitude += 1.0
        handed = services.hand_out_several(here.campaign_id, here.id, 3, person.id, by=None, now=clock.now())
    assert [each.turf_id for each in handed] == [here.id]
    assert turf_now(there).state == "open"


def test_a_short_link_opens_the_lists_in_hand_for_a_few_minutes(make):
    person, start = make.person(), clock.now()
    handed = make.lease(make.turf(3), person)
    with transaction():
        code = services.make_pass(person.campaign_id, person.id, [handed.lease_id], by=None, now=start)
    typed = f"{code[:5].lower()}-{code[5:]}"
    opened = services.open_pass(typed, now=start)
    assert (opened.person_id, opened.lease_ids) == (person.id, {handed.lease_id})
    assert services.open_pass(code[:-1], now=start) is None
    assert services.open_pass(code + "A", now=start) is None
    assert services.open_pass(code, now=start + services.PASS_LIVES) is None
    with transaction():
        services.forget_passes(now=start + services.PASS_LIVES)
    assert db.session.query(WalkPass).count() == 0

"""One person in two rows: suggested, compared, merged with all that is theirs, and made two again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from tests.browsing import Browser
from tests.people.letters import letters
from volunteer_hub.core import clock
from volunteer_hub.core.audit import AuditEntry
from volunteer_hub.core.db import db, transaction
from volunteer_hub.events import services as events
from volunteer_hub.events.models import Shift, SignUp
from volunteer_hub.people import jobs, services
from volunteer_hub.people.models import Merge, Passkey, Person, RoleGrant
from volunteer_hub.people.windows import read_windows


def merge(client, kept, gone, **chosen):
    return client.post(f"/people/{kept.id}/same/{gone.id}", chosen)


def fresh(person) -> Person:
    return db.session.get(Person, person.id, populate_existing=True)


def the_merge() -> Merge:
    return db.session.scalars(select(Merge).order_by(Merge.id.desc())).first()


@pytest.fixture
def organizer(client, make):
    found = make.person(role="organizer", name="Olga Petrova")
    client.sign_in(found)
    return found


def test_pairs_are_suggested_with_what_speaks_for_them(client, make, organizer):
    home = {"latitude": 33.98, "longitude": -117.37}
    make.person(name="María González", email="maria.gonzalez@gmail.com", phone="+13055550142", **home)
    make.person(name="Maria Gonzales", email="mariagonzalez+vote@gmial.com", phone="+13055550142")
    make.person(name="Bo Chen", **home), make.person(name="Bo Chen", latitude=33.99, longitude=-117.37)
    make.person(name="Bo Chen", latitude=35.0, longitude=-117.37)
    make.person(name="Ann Lee", phone="+13055550111"), make.person(name="Dan Lee", phone="+13055550111")
    jobs.look_for_pairs_of(organizer.campaign_id)
    page = client.get("/people/duplicates").text
    shown = [
        page.index(sign) for sign in ("spelling, the same phone", "the same name, homes close", "Ann Lee")
    ]
    assert shown == sorted(shown)
    assert page.count("Compare and merge") == 3


def test_a_phone_of_many_is_no_sign_and_other_areas_show_nothing(client, make):
    area = make.area()
    client.sign_in(make.person(role="organizer", area=area))
    for _ in range(7):
        make.person(area=area, phone="+13055550100")
    make.person(area=area, phone="+13055550111"), make.person(area=make.area(), phone="+13055550111")
    jobs.look_for_pairs_of(area.campaign_id)
    assert "Nobody is here twice" in client.get("/people/duplicates").text


def test_two_people_are_not_suggested_again(client, make, organizer):
    one, other = make.person(phone="+13055550111"), make.person(phone="+13055550111")
    jobs.look_for_pairs_of(organizer.campaign_id)
    assert "Compare and merge" in client.get("/people/duplicates").text
    for _ in range(2):
        client.post(f"/people/{other.id}/not-same/{one.id}")
    jobs.look_for_pairs_of(organizer.campaign_id)
    assert "Compare and merge" not in client.get("/people/duplicates").text


def test_the_look_can_be_asked_for(client, make, organizer, run_jobs):
    make.person(phone="+13055550111"), make.person(phone="+13055550111")
    client.post("/people/duplicates/look")
    run_jobs()
    assert "Compare and merge" in client.get("/people/duplicates").text


def test_somebody_alike_is_found_from_the_page_of_a_person(client, make, organizer):
    one = make.person(name="María González", phone="+13055550142")
    make.person(name="Somebody", phone="+13055550142"), make.person(name="Mariah Gonsalez")
    page = client.get(f"/people/{one.id}/same").text
    assert "Somebody" in page
    assert "Mariah Gonsalez" in page
    assert page.count(">Compare<") == 2


def test_what_is_chosen_stays_and_the_rest_is_joined(client, make, organizer):
    kept = make.person(name="Maria Gonzales", email="old@example.org", skills=["drive"], note="Has a van")
    gone = make.person(
        name="María González", email="new@example.org", skills=["phone"], tags=["captain"], note="Likes tea",
        phone="+13055550142", home_text="33101", latitude=25.78, longitude=-80.19,
    )  # fmt: skip
    page = client.get(f"/people/{kept.id}/same/{gone.id}").text
    assert page.index("Maria Gonzales") < page.index("María González")
    merge(client, kept, gone, name="gone", email="gone", phone="gone", home="kept")
    row = fresh(kept)
    assert (row.name, row.email, row.phone, row.home_text) == (
        "María González", "new@example.org", "+13055550142", None,
    )  # fmt: skip
    assert (row.skills, row.tags, row.note) == (["drive", "phone"], ["captain"], "Has a van\nLikes tea")
    left = fresh(gone)
    assert (left.is_active, left.merged_into_id, left.email) == (False, kept.id, "old@example.org")
    assert f'href="/people/{gone.id}"' not in client.get("/people?state=all&q=gonzalez").text
    assert client.get(f"/people/{gone.id}", status=302).location == f"/people/{kept.id}"


def test_sign_ups_stand_once_and_places_are_right(client, make, organizer):
    kept, gone, third = make.person(), make.person(), make.person()
    both, overlapping, plain = make.shift(capacity=2), make.shift(), make.shift()
    now = clock.now()
    with transaction():
        times = {"starts_at": now + timedelta(days=9), "ends_at": now + timedelta(days=9, hours=2)}
        for key, value in times.items():
            setattr(db.session.get_one(Shift, plain.id), key, value)
    with transaction():
        for person, shift in ((kept, both), (gone, both), (third, both), (gone, plain)):
            events.sign_up(person.campaign_id, person.id, shift.id, by=None, now=now)
    assert _standing(both) == {kept.id: "going", gone.id: "going", third.id: "waiting"}
    merge(client, kept, gone)
    assert _standing(both) == {kept.id: "going", third.id: "going"}, "the place freed goes to who waited"
    assert _standing(plain) == {kept.id: "going"}
    assert _counts_hold(both, plain, overlapping)
    client.post(f"/people/merges/{the_merge().id}/undo")
    assert _standing(both) == {kept.id: "going", third.id: "going", gone.id: "waiting"}, "no place is left"
    assert _standing(plain) == {gone.id: "going"}
    assert _counts_hold(both, plain, overlapping)


def _standing(shift) -> dict[int, str]:
    rows = db.session.execute(
        select(SignUp.person_id, SignUp.state).where(SignUp.shift_id == shift.id, SignUp.state != "cancelled")
    )
    return {row.person_id: row.state for row in rows}


def _counts_hold(*shifts) -> bool:
    db.session.expire_all()
    for shift in shifts:
        states = list(_standing(shift).values())
        row = db.session.get_one(Shift, shift.id)
        if (row.going, row.waiting) != (states.count("going"), states.count("waiting")):
            return False
    return True


def test_who_came_as_both_came_once(client, make, organizer):
    kept, gone = make.person(), make.person()
    shift, later = make.shift(capacity=5), make.shift()
    now = clock.now()
    with transaction():
        row = db.session.get_one(Shift, later.id)
        row.starts_at, row.ends_at = row.starts_at + timedelta(days=3), row.ends_at + timedelta(days=3)
    with transaction():
        ids = [
            events.sign_up(kept.campaign_id, person.id, each.id, by=None, now=now).id
            for person, each in ((kept, shift), (gone, shift), (gone, later))
        ]
    with transaction():
        for sign_up_id in ids:
            events.check_in(kept.campaign_id, sign_up_id, by=None, now=now + timedelta(days=30))
    merge(client, kept, gone)
    assert fresh(kept).came == 2
    client.post(f"/people/merges/{the_merge().id}/undo")
    assert (fresh(kept).came, fresh(gone).came) == (1, 2)


def test_roles_times_and_messages_move_and_come_back(client, make):
    client.sign_in(make.person(role="admin", name="Anna"))
    kept, gone = make.person(role="field_lead"), make.person(role="field_lead")
    area = make.area()
    with transaction():
        db.session.add(
            RoleGrant(
                campaign_id=gone.campaign_id, person_id=gone.id, area_id=area.id, role="organizer",
                granted_at=clock.now(),
            )
        )  # fmt: skip
        services.set_windows(gone, read_windows("5 09:00-12:00"))
    merge(client, kept, gone)
    assert _roles(kept) == {"field_lead", "organizer"}
    assert "Saturday" in client.get(f"/people/{kept.id}").text
    client.post(f"/people/merges/{the_merge().id}/undo")
    assert (_roles(kept), _roles(gone)) == ({"field_lead"}, {"field_lead", "organizer"})
    assert "Saturday" in client.get(f"/people/{gone.id}").text


def _roles(person) -> set[str]:
    return set(db.session.scalars(select(RoleGrant.role).where(RoleGrant.person_id == person.id)))


def test_undo_restores_what_was_chosen_but_not_what_was_changed_since(client, make, organizer):
    kept = make.person(name="Old Name", email="old@example.org", phone="+13055550100")
    gone = make.person(name="New Name", email="new@example.org", phone="+13055550142")
    merge(client, kept, gone, name="gone", email="gone", phone="gone")
    with transaction():
        fresh(kept).name = "Third Name"
    client.post(f"/people/merges/{the_merge().id}/undo")
    assert (fresh(kept).name, fresh(kept).email, fresh(kept).phone) == (
        "Third Name", "old@example.org", "+13055550100",
    )  # fmt: skip
    assert (fresh(gone).email, fresh(gone).is_active, fresh(gone).merged_into_id) == (
        "new@example.org",
        True,
        None,
    )
    client.post(f"/people/merges/{the_merge().id}/undo", status=410)
    lines = db.session.scalars(select(AuditEntry.action).where(AuditEntry.action.contains("merge"))).all()
    assert lines == ["merge.people", "unmerge.people"]


def test_after_a_month_nothing_of_the_other_row_is_left_but_its_address(client, make, organizer):
    kept = make.person(name="Kept")
    gone = make.person(name="Gone", phone="+13055550142", home_text="33101", note="Likes tea")
    merge(client, kept, gone)
    with clock.standing_at(clock.now() + timedelta(days=29)):
        jobs.forget_old_merges()
    assert the_merge().before_sealed is not None
    with clock.standing_at(clock.now() + timedelta(days=31)):
        jobs.forget_old_merges()
    db.session.expire_all()
    assert the_merge().before_sealed is None
    left = fresh(gone)
    assert (left.name, left.phone, left.home_text, left.note) == ("–", None, None, "")
    client.post(f"/people/merges/{the_merge().id}/undo", status=410)


def test_the_other_address_signs_in_to_the_kept_person(client, make, organizer, run_jobs):
    kept, gone = make.person(email="kept@example.org"), make.person(email="gone@example.org")
    browser = type(client)(client.app).sign_in(gone)
    merge(client, kept, gone)
    assert browser.get("/", status=200).text.count("Sign out") == 0, "their sessions are over"
    with transaction():
        asked = services.ask_for_link(
            "gone@example.org", next_path=None, browser_token=None, asked_from="test", now=clock.now()
        )
    assert asked == 1
    from volunteer_hub.people.models import SignInLink

    assert db.session.scalar(select(SignInLink.person_id).order_by(SignInLink.id.desc())) == kept.id
    with pytest.raises(services.AlreadyThere), transaction():
        services.add_person(
            kept.campaign_id,
            kept.area_id,
            "gone@example.org",
            services.Profile("New"),
            now=clock.now(),
            via="form",
        )


def test_an_address_nobody_confirmed_signs_in_to_nobody(client, make, organizer):
    kept, gone = make.person(), make.person(email="claimed@example.org", awaits_confirmation=True)
    merge(client, kept, gone)
    with transaction():
        asked = services.ask_for_link(
            "claimed@example.org", next_path=None, browser_token=None, asked_from="test", now=clock.now()
        )
    assert asked == 0


def test_who_may_not_merge_whom(client, make):
    area = make.area()
    client.sign_in(make.person(role="organizer", area=area))
    mine, other = make.person(area=area), make.person(area=make.area())
    admin = make.person(role="admin", area=area)
    assert merge_status(client, mine, other) == 404
    assert merge_status(client, other, mine) == 404
    assert merge_status(client, mine, admin) == 403
    assert merge_status(client, admin, mine) == 403
    assert merge_status(client, mine, mine) == 409
    client.sign_in(make.person(role="field_lead", area=area)).get("/people/duplicates", status=403)
    assert db.session.scalar(select(func.count()).select_from(Merge)) == 0


def merge_status(client, kept, gone) -> int:
    token = client.token()
    return client.http.post(f"/people/{kept.id}/same/{gone.id}", data={"csrf_token": token}).status_code


def test_who_gets_roles_by_a_merge_signs_in_anew_and_is_told(client, make):
    admin = make.person(role="admin", name="Anna")
    client.sign_in(admin)
    kept, gone, plain = make.person(), make.person(role="organizer"), make.person()
    old = Browser(client.app).sign_in(kept)
    merge(client, kept, plain)
    old.get("/profile")
    assert letters(kept.email) == []
    merge(client, kept, gone)
    old.get("/profile", status=302)
    assert "Your roles have changed" in letters(kept.email)[-1]["text"]
    own = make.person(role="field_lead", email="anna2@example.org")
    merge(client, admin, own)
    client.get("/people", status=200)


def test_a_row_set_aside_keeps_no_role_and_no_passkey(client, make):
    client.sign_in(make.person(role="admin"))
    kept, gone = make.person(role="field_lead"), make.person(role="field_lead")
    with transaction():
        for number, person in enumerate((kept, gone)):
            db.session.add(
                Passkey(
                    campaign_id=kept.campaign_id, person_id=person.id, credential_id=bytes([number]),
                    public_key=b"k", sign_count=1, name="Phone", created_at=clock.now(),
                )
            )  # fmt: skip
    merge(client, kept, gone)
    assert (_roles(kept), _roles(gone)) == ({"field_lead"}, set())
    assert list(db.session.scalars(select(Passkey.person_id))) == [kept.id]
    client.post(f"/people/merges/{the_merge().id}/undo")
    assert (_roles(kept), _roles(gone)) == ({"field_lead"}, {"field_lead"})
    assert list(db.session.scalars(select(Passkey.person_id))) == [kept.id]

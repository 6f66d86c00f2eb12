"""Who may give and take roles, and who may change whom."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import select

from volunteer_hub.core import access, clock
from volunteer_hub.core.access import Role
from volunteer_hub.core.audit import AuditEntry
from volunteer_hub.core.db import db, transaction
from volunteer_hub.core.refusals import Conflict, Forbidden, Refusal
from volunteer_hub.people import identity, queries, services
from volunteer_hub.people.models import Person, RoleGrant


class Viewer:
    """A person as the gate sees them."""

    is_authenticated = True

    def __init__(self, person) -> None:
        self.id, self.campaign_id = person.id, person.campaign_id
        self.grants = identity.grants_of(person, person.area.path)


def give(person, role, area, by):
    with transaction():
        return services.grant(person, role, area, by=Viewer(by) if by else None, now=clock.now())


def roles_of(person):
    return [(row.role, row.area_id) for row in queries.grants(person.campaign_id, person_id=person.id)]


def test_an_organizer_gives_roles_up_to_their_own_inside_their_area(make):
    area = make.area()
    organizer, person = make.person(role="organizer", area=area), make.person(area=area)
    give(person, Role.FIELD_LEAD, area, organizer)
    give(person, Role.ORGANIZER, area, organizer)
    with pytest.raises(Forbidden):
        give(person, Role.ADMIN, area, organizer)
    assert {role for role, _area in roles_of(person)} == {Role.FIELD_LEAD, Role.ORGANIZER}


@pytest.mark.parametrize("where", ["above", "beside"])
def test_nobody_gives_roles_outside_their_area(make, where):
    area = make.area()
    other = make.root_of(make.default_campaign) if where == "above" else make.area()
    organizer, person = make.person(role="organizer", area=area), make.person(area=area)
    with pytest.raises(Forbidden):
        give(person, Role.FIELD_LEAD, other, organizer)


def test_an_organizer_gives_nothing_to_somebody_of_another_area(make):
    area = make.area()
    organizer, stranger = make.person(role="organizer", area=area), make.person(area=make.area())
    with pytest.raises(Forbidden):
        give(stranger, Role.FIELD_LEAD, area, organizer)


def test_a_role_reaches_everything_below_and_nothing_beside(make):
    region = make.area()
    team, beside = make.area(parent=region, kind="team"), make.area()
    viewer = Viewer(make.person(role="organizer", area=region))
    assert access.may(viewer, Role.ORGANIZER, team.path)
    assert not access.may(viewer, Role.ORGANIZER, beside.path)
    assert not access.may(viewer, Role.ORGANIZER, make.root_of(make.default_campaign).path)


def test_area_ids_that_begin_alike_are_not_below_each_other(make):
    paths = ["/1/4/", "/1/40/"]
    assert not paths[1].startswith(paths[0])
    assert all(area.path.endswith("/") for area in queries.areas(make.area().campaign_id))


def test_nobody_is_made_volunteer_and_a_role_is_given_once(make):
    person, root = make.person(), make.root_of(make.default_campaign)
    with pytest.raises(Refusal):
        give(person, Role.VOLUNTEER, root, None)
    assert give(person, Role.ORGANIZER, root, None).id == give(person, Role.ORGANIZER, root, None).id


def test_the_last_admin_stays(make):
    admin, root = make.person(role="admin"), make.root_of(make.default_campaign)
    given = db.session.scalar(select(RoleGrant).where(RoleGrant.person_id == admin.id))
    make.person(role="admin", area=make.area())  # of a part only: does not answer for the campaign
    for deed in (
        lambda: services.revoke(given, by=Viewer(admin)),
        lambda: services.set_active(admin, False, by=admin.id, now=clock.now()),
        lambda: services.erase(admin, by=admin.id, now=clock.now()),
    ):
        with pytest.raises(services.LastAdmin), transaction():
            deed()
    give(make.person(), Role.ADMIN, root, admin)
    with transaction():
        services.revoke(given, by=Viewer(admin))
    assert roles_of(admin) == []


def test_two_admins_cannot_remove_each_other_at_once(app, make):
    pair = [make.person(role="admin"), make.person(role="admin")]
    ids = [(queries.grants(each.campaign_id, person_id=each.id)[0].id, each.id) for each in pair]
    start, refused = threading.Barrier(2), []
    db.session.remove()

    def remove(grant_id, by_id):
        with app.app_context():
            start.wait()
            try:
                with transaction():
                    by = Viewer(db.session.get(Person, by_id))
                    services.revoke(db.session.get(RoleGrant, grant_id), by=by)
            except (services.LastAdmin, Forbidden) as refusal:
                refused.append(refusal)

    threads = [
        threading.Thread(target=remove, args=(ids[0][0], ids[1][1])),
        threading.Thread(target=remove, args=(ids[1][0], ids[0][1])),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    assert db.session.query(RoleGrant).count() == 1


def test_an_organizer_cannot_change_the_record_of_an_admin(client, make):
    area = make.area()
    organizer = make.person(role="organizer", area=area)
    admin = make.person(role="admin", area=area)
    client.sign_in(organizer)
    client.get(f"/people/{admin.id}")
    for path in ("edit", "phone", "active", "sessions/end"):
        client.post(f"/people/{admin.id}/{path}", {"name": "Mine"}, status=403)


def test_every_change_of_rights_is_in_the_log(make):
    admin, person, root = make.person(role="admin"), make.person(), make.root_of(make.default_campaign)
    given = give(person, Role.ORGANIZER, root, admin)
    with transaction():
        services.revoke(given, by=Viewer(admin))
    entries = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [(e.action, e.actor_id, e.subject, e.details["role"]) for e in entries] == [
        ("grant.role", admin.id, f"person:{person.id}", "organizer"),
        ("revoke.role", admin.id, f"person:{person.id}", "organizer"),
    ]


def test_a_right_taken_back_ends_at_once(client, make):
    person = make.person(role="organizer")
    client.sign_in(person).get("/areas")
    with transaction():
        services.revoke(db.session.scalar(select(RoleGrant)), by=None)
    client.get("/areas", status=403)


def test_areas_nest_and_only_empty_ones_go(client, make):
    client.sign_in(make.person(role="admin"))
    root = make.root_of(make.default_campaign)
    state = client.post(f"/areas/{root.id}/add", {"add-name": "Florida", "add-kind": "state"}).location
    client.post(f"{state}/add", {"add-name": "Miami", "add-kind": "region"})
    client.post(f"{state}/add", {"add-name": "miami", "add-kind": "region"}, status=422)
    client.post(f"{state}/add", {"add-name": "USA", "add-kind": "campaign"}, status=422)
    client.post(f"{state}/remove", status=409)
    miami = queries.area_named(root.campaign_id, "Miami")
    person = make.person(area=miami)
    client.post(f"/areas/{miami.id}/remove", status=409)
    client.post(f"/people/{person.id}/move", {"area_id": root.id})
    client.post(f"/areas/{miami.id}/remove")
    client.post(f"/areas/{root.id}/remove", status=409)
    assert queries.area_named(root.campaign_id, "Miami") is None


def test_two_campaigns_of_one_name_are_refused(app):
    with transaction():
        services.create_campaign("¡Sí, Ohio!", now=clock.now())
    assert queries.campaign_called("si-ohio").name == "¡Sí, Ohio!"
    with pytest.raises(Conflict), transaction():
        services.create_campaign("¡sí, ohio!", now=clock.now())
    with pytest.raises(Refusal), transaction():
        services.create_campaign("Mars", now=clock.now(), time_zone="Mars/Olympus")


def test_the_pages_give_and_take_roles(client, make):
    admin, person = make.person(role="admin"), make.person(name="Lee Park")
    client.sign_in(admin)
    area = make.area()
    client.post(f"/areas/{area.id}/roles", {"grant-email": person.email.upper(), "grant-role": "field_lead"})
    client.post(
        f"/areas/{area.id}/roles", {"grant-email": "no@example.org", "grant-role": "admin"}, status=422
    )
    client.post(f"/people/{person.id}/roles", {"area_id": area.id, "role": "organizer"})
    assert {role for role, _area in roles_of(person)} == {Role.FIELD_LEAD, Role.ORGANIZER}
    assert "Lee Park" in client.get("/areas").text
    for row in queries.grants(person.campaign_id, person_id=person.id):
        client.post(f"/roles/{row.id}/revoke")
    assert roles_of(person) == []

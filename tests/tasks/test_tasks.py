"""Tasks: taken by as many as are needed, given back, done; and their pages."""

from __future__ import annotations

from datetime import timedelta

import pytest

from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.core.refusals import NotFound
from volunteer_hub.tasks import queries, refusals, services
from volunteer_hub.tasks.models import Task
from volunteer_hub.tasks.queries import TaskSearch


def take(task, person):
    with transaction():
        return services.take(task.campaign_id, person.id, task.id, now=clock.now())


def report(task, person, note=""):
    with transaction():
        services.report_done(task.campaign_id, person.id, task.id, note=note, now=clock.now())


def seen_by(person, **wanted) -> list[int]:
    found = queries.open_tasks(person.campaign_id, person.id, TaskSearch(**wanted), now=clock.now(), number=1)
    return [row.id for row in found.rows]


def test_a_task_is_taken_by_as_many_as_are_needed(make):
    task = make.task(places=2)
    take(task, make.person())
    take(task, make.person())
    with pytest.raises(refusals.TaskFull, match="has all the people"):
        take(task, make.person())
    assert task.taken == 2


def test_taking_twice_takes_one_place(make):
    task, person = make.task(places=2), make.person()
    assert take(task, person).id == take(task, person).id
    assert task.taken == 1


def test_a_task_given_back_is_free_for_somebody_else(make):
    task, person = make.task(), make.person()
    take(task, person)
    with transaction():
        services.give_back(task.campaign_id, person.id, task.id)
    assert task.taken == 0
    assert take(task, make.person()).state == "taken"


def test_only_who_took_a_task_can_give_it_back_or_report_it(make):
    task, person = make.task(), make.person()
    with pytest.raises(refusals.NotYours), transaction():
        services.give_back(task.campaign_id, person.id, task.id)
    with pytest.raises(refusals.NotYours):
        report(task, person)


def test_a_task_is_done_when_every_part_is(make):
    task, first, second = make.task(places=2), make.person(), make.person()
    take(task, first)
    take(task, second)
    report(task, first)
    assert task.state == "open"
    report(task, second, "It took three hours.")
    assert task.state == "done"
    assert [row.note for row in queries.helpers(task.campaign_id, task.id)].count("It took three hours.") == 1


def test_a_report_can_be_taken_back(make):
    task, person = make.task(), make.person()
    take(task, person)
    report(task, person)
    with transaction():
        services.undo_done(task.campaign_id, person.id, task.id)
    assert (task.state, task.taken) == ("open", 1)


def test_a_task_past_its_day_is_closed(make):
    task = make.task(due_at=clock.now() - timedelta(minutes=1))
    with pytest.raises(refusals.TaskClosed, match="closed"):
        take(task, make.person())


def test_places_cannot_go_below_who_took_it(make):
    task = make.task(places=3)
    take(task, make.person())
    take(task, make.person())
    plan = services.TaskPlan(area_id=task.area_id, kind="other", title="Less", places=1)
    with pytest.raises(refusals.PlacesTooFew, match="2 people"), transaction():
        services.edit_task(task.campaign_id, task.id, plan)


def test_what_suits_me_asks_for_skills_and_languages(make):
    person = make.person(skills=["drive"], languages=["en", "es"])
    drive = make.task(kind="drive")
    spanish = make.task(kind="other", languages=["es", "fr"])
    make.task(kind="translate")
    make.task(kind="other", skills=["phone"])
    make.task(kind="other", languages=["ht"])
    assert sorted(seen_by(person, for_me=True)) == sorted([drive.id, spanish.id])
    assert len(seen_by(person)) == 5


def test_tasks_of_another_campaign_do_not_exist(make):
    task, stranger = make.task(), make.person(campaign=make.campaign())
    assert seen_by(stranger) == []
    with pytest.raises(NotFound):
        queries.task(stranger.campaign_id, task.id, stranger.id)
    with pytest.raises(NotFound):
        take(task, stranger)


def test_a_volunteer_takes_reports_and_takes_back_on_the_pages(make, client):
    person, task = make.person(), make.task(title="Enter 300 cards")
    browser = client.sign_in(person)
    assert "Enter 300 cards" in browser.get("/tasks").text
    browser.post(f"/tasks/{task.id}/take")
    page = browser.get(f"/tasks/{task.id}").text
    assert "This is yours" in page
    browser.post(f"/tasks/{task.id}/done", {"note": "<script>alert(1)</script>"})
    db.session.expire_all()
    assert task.state == "done"
    browser.post(f"/tasks/{task.id}/not-done")
    browser.post(f"/tasks/{task.id}/give-back")
    db.session.expire_all()
    assert task.taken == 0


def test_an_organizer_adds_edits_and_closes_a_task(make, client):
    organizer = make.person(role="organizer")
    browser = client.sign_in(organizer)
    form = {
        "title": "Drive <b>voters</b>",
        "kind": "drive",
        "area_id": organizer.area_id,
        "places": 2,
        "due_on": (clock.now() + timedelta(days=9)).date().isoformat(),
        "languages": ["es"],
    }
    browser.post("/organize/tasks/new", form)
    task = db.session.query(Task).one()
    assert (task.kind, task.places, task.languages) == ("drive", 2, ["es"])
    assert "Drive &lt;b&gt;voters&lt;/b&gt;" in browser.get("/organize/tasks").text
    same_day = form["due_on"] in browser.get(f"/organize/tasks/{task.id}/edit").text
    assert same_day
    browser.post(f"/organize/tasks/{task.id}/edit", form | {"title": "Drive"})
    browser.post(f"/organize/tasks/{task.id}/state", {"state": "cancelled"})
    db.session.expire_all()
    assert (task.title, task.state) == ("Drive", "cancelled")


def test_an_organizer_cannot_touch_tasks_of_other_areas(make, client):
    mine, other = make.area(), make.area()
    browser = client.sign_in(make.person(role="organizer", area=mine))
    task = make.task(area=other)
    browser.get(f"/organize/tasks/{task.id}/edit", status=404)
    browser.post(f"/organize/tasks/{task.id}/state", {"state": "done"}, status=404)
    form = {"title": "Elsewhere", "kind": "other", "area_id": other.id, "places": 1}
    browser.post("/organize/tasks/new", form, status=422)


def test_bad_numbers_are_answered_beside_the_field(make, client):
    organizer = make.person(role="organizer")
    form = {"title": "x" * 201, "kind": "other", "area_id": organizer.area_id, "places": 0}
    page = client.sign_in(organizer).post("/organize/tasks/new", form, status=422).text
    assert "At most 200 characters" in page

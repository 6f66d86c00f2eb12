"""Editing a cut: doors move with their buildings, turfs merge, split and lock; edits are undone."""

from __future__ import annotations

import itertools
import json
import threading
from html import unescape

import pytest
import shapely

from tests import patience
from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.districts.models import Door
from volunteer_hub.turf import services
from volunteer_hub.turf.models import Cut, DoorStanding, Turf, TurfDoor

JSON = {"Accept": "application/json"}


@pytest.fixture
def precinct(make):
    place = make.precinct(make.district(), code="0103")
    make.doors(80, precinct=place)
    return place


@pytest.fixture
def cut(make, precinct):
    return make.cut(precinct)


@pytest.fixture
def organizer(client, make):
    client.sign_in(make.person(role="organizer"))
    return client


class Desk:
    """An organizer's page of a cut, as its script uses it."""

    def __init__(self, browser, cut) -> None:
        self.browser, self.cut_id = browser, cut.id
        self.look()

    def look(self):
        self.state = self.browser.get(f"/turf/cuts/{self.cut_id}/turfs.json").json
        self.version = self.state["version"]
        return self.state

    def doors_of(self, turf_id: int) -> list[int]:
        return [door[0] for door in self.look()["doors"] if door[1] == turf_id]

    def turfs(self) -> list[dict]:
        return [turf for turf in self.look()["turfs"] if turf["own"]]

    def send(self, action: str, *, status: int = 200, **fields):
        data = {"action": action, "version": self.version} | fields
        answer = self.browser.post(f"/turf/cuts/{self.cut_id}/edit", data, status=status, headers=JSON).json
        self.version = answer.get("version", self.version)
        return answer


@pytest.fixture
def desk(organizer, cut):
    return Desk(organizer, cut)


def open_doors() -> list[int]:
    db.session.rollback()
    return sorted(db.session.scalars(db.select(TurfDoor.door_id).where(TurfDoor.is_open)))


def test_a_door_moves_to_another_turf_and_minutes_change_at_once(desk, precinct):
    one, two = desk.turfs()[:2]
    door = desk.doors_of(one["id"])[-1]
    answer = desk.send("move", door=door, to=two["id"])
    changed = {turf["name"]: turf for turf in answer["turfs"]}
    assert changed.keys() == {one["name"], two["name"]}, "turfs keep their names"
    assert changed[two["name"]]["doors"] == two["doors"] + 1
    assert changed[two["name"]]["minutes"] > two["minutes"]
    assert changed[one["name"]]["minutes"] < one["minutes"]
    assert door in desk.doors_of(changed[two["name"]]["id"])
    assert len(open_doors()) == len(set(open_doors())) == 80


def test_a_building_moves_whole_and_the_answer_says_so(make, organizer, precinct):
    with transaction():
        tower = db.session.query(Door).filter_by(precinct_id=precinct.id).order_by(Door.id).limit(5).all()
        for number, door in enumerate(tower):
            door.building_key, door.unit = "tower", f"Apt {number}"
            door.latitude, door.longitude = tower[0].latitude, tower[0].longitude
        units = {door.id for door in tower}
    desk = Desk(organizer, make.cut(precinct))
    home = next(turf for turf in desk.turfs() if units <= set(desk.doors_of(turf["id"])))
    other = next(turf for turf in desk.turfs() if turf["id"] != home["id"])
    answer = desk.send("move", door=min(units), to=other["id"])
    assert "4 of them came along: buildings stay together" in answer["sentence"]
    moved = next(turf for turf in answer["turfs"] if turf["name"] == other["name"])
    assert units <= set(desk.doors_of(moved["id"]))


def test_doors_can_become_a_turf_of_their_own_and_an_emptied_turf_goes(desk, precinct):
    one = desk.turfs()[0]
    count = len(desk.turfs())
    doors = desk.doors_of(one["id"])
    answer = desk.send("move", door=doors, to="new")
    assert len(desk.turfs()) == count
    assert [turf["doors"] for turf in answer["turfs"]] == [len(doors)]
    assert len(open_doors()) == 80


def test_turfs_merge_and_split_and_all_of_it_is_undone_step_by_step(desk, precinct):
    before = desk.turfs()
    merged = desk.send("merge", turf=[before[0]["id"], before[1]["id"]])["turfs"]
    assert [turf["doors"] for turf in merged] == [before[0]["doors"] + before[1]["doors"]]
    halves = desk.send("split", turf=merged[0]["id"])["turfs"]
    assert len(halves) == 2
    assert abs(halves[0]["doors"] - halves[1]["doors"]) <= 1
    assert "undone" in desk.send("undo")["sentence"]
    assert "undone" in desk.send("undo")["sentence"]
    assert desk.look()["undo"] == ""
    names = ("name", "doors", "minutes", "metres", "colour")
    assert [[turf[n] for n in names] for turf in desk.turfs()] == [
        [turf[n] for n in names] for turf in before
    ]
    assert len(open_doors()) == 80
    desk.send("undo", status=422)


def test_headline_and_quality_tell_of_the_turfs_as_they_are_now(desk, organizer, cut):
    page = f"/turf/cuts/{cut.id}"
    turfs = desk.turfs()
    assert f"80 doors in {len(turfs)} turfs" in organizer.get(page).text
    answer = desk.send("merge", turf=[turfs[0]["id"], turfs[1]["id"]])
    assert answer["lead"].startswith(f"80 doors in {len(turfs) - 1} turf")
    shown = unescape(organizer.get(page).text)
    assert answer["lead"] in shown
    near = sum(abs(turf["minutes"] / 30 - 1) <= 0.25 for turf in desk.turfs()) / (len(turfs) - 1)
    told = dict(answer["report"])["Within a quarter of the minutes asked for"]
    assert told == f"{100 * near:.0f} % of turfs"
    assert all(words in shown for words in dict(answer["report"]).values())


def test_a_border_takes_the_doors_between_along(desk, precinct):
    one, two = desk.turfs()[:2]
    place = {door[0]: door[3:5] for door in desk.look()["doors"]}
    theirs, mine = desk.doors_of(two["id"]), desk.doors_of(one["id"])
    door = min(theirs, key=lambda each: min(_apart(place[each], place[own]) for own in mine))
    x, y = place[door]
    swept = [[x - 2e-5, y - 2e-5], [x + 2e-5, y - 2e-5], [x + 2e-5, y + 2e-5], [x - 2e-5, y + 2e-5]]
    near = min(mine, key=lambda own: _apart(place[door], place[own]))
    fields = {
        "swept": json.dumps(swept),
        "grabbed": json.dumps(place[near]),
        "dropped": json.dumps([x + 1, y]),
    }
    answer = desk.send("border", turf=one["id"], **fields)
    grown = next(turf for turf in answer["turfs"] if turf["name"] == one["name"])
    assert door in desk.doors_of(grown["id"])
    inside = json.dumps([grown["label"][0], grown["label"][1]])
    back = desk.send(
        "border", turf=grown["id"], swept=json.dumps(swept), grabbed=json.dumps([x, y]), dropped=inside
    )
    assert door not in desk.doors_of(next(t["id"] for t in back["turfs"] if t["name"] == one["name"]))
    nothing = json.dumps([[0, 0], [1e-5, 0], [0, 1e-5]])
    refused = desk.send(
        "border", turf=desk.turfs()[0]["id"], swept=nothing, grabbed="[0,0]", dropped="[1,1]", status=422
    )
    assert "Drag it farther" in refused["error"]


def _apart(a, b) -> float:
    return abs(a[0] - b[0]) + abs(a[1] - b[1])


def test_whoever_saw_an_older_state_is_refused(desk):
    one, two = desk.turfs()[:2]
    old = desk.version
    desk.send("lock", turf=one["id"])
    desk.version = old
    refused = desk.send("merge", turf=[one["id"], two["id"]], status=409)
    assert "Somebody changed this cut meanwhile: reload" in refused["error"]
    assert len(desk.turfs()) > 2


def test_what_is_out_or_locked_is_not_changed(desk, make):
    one, two, three = desk.turfs()[:3]
    make.lease(db.session.get(Turf, one["id"]))
    assert "in somebody’s hands" in desk.send("split", turf=one["id"], status=409)["error"]
    door = desk.doors_of(one["id"])[0]
    assert desk.send("move", door=door, to=two["id"], status=409)
    desk.send("lock", turf=three["id"])
    assert (
        "Unlock it first"
        in desk.send("move", door=desk.doors_of(two["id"])[0], to=three["id"], status=409)["error"]
    )
    desk.send("unlock", turf=three["id"])
    assert desk.send("move", door=desk.doors_of(two["id"])[0], to=three["id"])


def _visited_to_the_end(make, precinct, turf_id: int) -> list[int]:
    """Everybody at the turf's doors was talked to, and its walker handed it back."""
    handed = make.lease(db.session.get(Turf, turf_id))
    doors, now = make.doors_of(db.session.get(Turf, turf_id)), clock.now()
    with transaction():
        make.visits(turf_id, doors, "canvassed")
        services.count_doors_done([turf_id])
        services.end_lease(precinct.campaign_id, handed.lease_id, reason="done", now=now)
    return doors


def test_nothing_is_dragged_into_turf_that_is_visited_to_the_end(desk, make, precinct):
    one, two = desk.turfs()[:2]
    visited = _visited_to_the_end(make, precinct, one["id"])
    shown = next(turf for turf in desk.turfs() if turf["id"] == one["id"])
    assert (shown["state"], shown["free"], shown["left"]) == ("done", False, 0)
    door = desk.doors_of(two["id"])[0]
    assert "visited to the end" in desk.send("move", door=door, to=one["id"], status=409)["error"]
    for turfs in ([one["id"], two["id"]], [two["id"], one["id"]]):
        desk.send("merge", turf=turfs, status=409)
    inside = json.dumps(shown["label"])
    x, y = desk.state["doors"][0][3:5]
    swept = json.dumps([[x - 1, y - 1], [x + 1, y - 1], [x + 1, y + 1], [x - 1, y + 1]])
    desk.send("border", turf=one["id"], swept=swept, grabbed=inside, dropped="[1,1]", status=409)
    answer = desk.send("border", turf=two["id"], swept=swept, grabbed=inside, dropped="[1,1]")
    assert one["id"] not in answer["retired"], "a border dragged over it takes none of its doors"
    assert desk.doors_of(one["id"]) == visited
    assert len(open_doors()) == len(set(open_doors())) == 80


def test_of_two_organizers_at_the_same_moment_one_is_told_to_reload(app, desk, make):
    from tests.browsing import Browser

    one, two, three = desk.turfs()[:3]
    other = Browser(app).sign_in(make.person(role="organizer"))
    path, meet = f"/turf/cuts/{desk.cut_id}/edit", threading.Barrier(2)
    edits = [
        (desk.browser, {"action": "merge", "turf": [one["id"], two["id"]]}),
        (other, {"action": "move", "door": desk.doors_of(three["id"])[0], "to": two["id"]}),
    ]
    forms = [(each, each.token(), fields | {"version": desk.version}) for each, fields in edits]
    statuses = []

    def send(browser, token, fields):
        with app.app_context():
            meet.wait(patience.WAIT_S)
            answer = browser.http.post(path, data=fields | {"csrf_token": token}, headers=JSON)
            statuses.append(answer.status_code)

    threads = [threading.Thread(target=send, args=each) for each in forms]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(patience.WAIT_S)
    assert sorted(statuses) == [200, 409]
    assert len(open_doors()) == len(set(open_doors())) == 80
    assert desk.look()["version"] == forms[0][2]["version"] + 1


def test_the_rest_is_cut_again_around_locked_and_held_turf(desk, make, precinct, run_jobs):
    one, two = desk.turfs()[:2]
    handed = make.lease(db.session.get(Turf, one["id"]))
    desk.send("lock", turf=two["id"])
    kept = {each: desk.doors_of(each) for each in (one["id"], two["id"])}
    desk.send("again", minutes="60", contact_percent="25", metres_per_minute="75")
    run_jobs()
    after = desk.turfs()
    assert {one["id"], two["id"]} <= {turf["id"] for turf in after}
    assert {each: desk.doors_of(each) for each in kept} == kept
    assert len(open_doors()) == len(set(open_doors())) == 80
    assert len({turf["name"] for turf in after}) == len(after)
    shapes = [shapely.geometry.shape(turf["shape"]) for turf in after]
    overlaps = [a.intersection(b).area / min(a.area, b.area) for a, b in itertools.combinations(shapes, 2)]
    assert max(overlaps) < 0.01, "outlines do not reach over each other"
    desk.send("undo")
    assert len(desk.turfs()) > len(after), "the turfs of before are back"
    assert db.session.get(Turf, one["id"], populate_existing=True).state == "leased"
    assert handed.turf_id == one["id"]


def test_an_undo_that_would_take_turf_out_of_somebodys_hands_is_refused(desk, make):
    one, two = desk.turfs()[:2]
    made = desk.send("merge", turf=[one["id"], two["id"]])["turfs"][0]
    make.lease(db.session.get(Turf, made["id"]))
    assert "can no longer be undone" in desk.send("undo", status=409)["error"]


def test_cutting_again_after_results_keeps_finished_doors_out_and_history_in(desk, make, precinct, run_jobs):
    one = desk.turfs()[0]
    doors = desk.doors_of(one["id"])
    handed = make.lease(db.session.get(Turf, one["id"]))
    now = clock.now()
    with transaction():
        make.visits(one["id"], doors[:3], "canvassed")
        for door in doors[:3]:
            db.session.add(
                DoorStanding(
                    door_id=door, campaign_id=precinct.campaign_id, district_id=precinct.district_id,
                    precinct_id=precinct.id, attempts=1, contacts=1, is_finished=True,
                )
            )  # fmt: skip
        services.end_lease(precinct.campaign_id, handed.lease_id, now=now)
    desk.look()
    desk.send("again", minutes="45")
    run_jobs()
    assert set(open_doors()).isdisjoint(doors[:3])
    assert len(open_doors()) == 77
    kept = db.session.query(TurfDoor).filter_by(turf_id=one["id"]).all()
    assert sorted(row.door_id for row in kept) == sorted(doors), "a phone that comes late finds its doors"
    assert sum(row.result == "canvassed" for row in kept) == 3


def test_edits_of_a_turf_somebody_had_leave_its_doors_for_a_phone_that_comes_late(desk, make, precinct):
    from volunteer_hub.turf.queries import places_of_turf_doors

    one, two = desk.turfs()[:2]
    doors = desk.doors_of(one["id"])
    handed = make.lease(db.session.get(Turf, one["id"]))
    with transaction():
        services.end_lease(precinct.campaign_id, handed.lease_id, now=clock.now())
    desk.look()
    desk.send("merge", turf=[one["id"], two["id"]])
    assert set(places_of_turf_doors(one["id"], doors)) == set(doors)


def test_the_forms_of_the_page_do_the_same_without_a_script(organizer, cut, make):
    one, two = make.turfs_of(cut)[:2]
    page = organizer.get(f"/turf/cuts/{cut.id}?turf={one.id}").text
    assert f"Doors of turf {one.name} in walking order" in page
    door = make.doors_of(one)[0]
    organizer.post(
        f"/turf/cuts/{cut.id}/edit", {"action": "move", "version": cut.version, "door": door, "to": two.id}
    )
    assert "1 door moved" in organizer.get(f"/turf/cuts/{cut.id}").text
    organizer.post(f"/turf/cuts/{cut.id}/edit", {"action": "merge", "version": 0, "turf": one.id})
    assert "Somebody changed this cut meanwhile" in organizer.get(f"/turf/cuts/{cut.id}").text


def test_senseless_edits_are_refused_in_a_sentence(desk):
    one = desk.turfs()[0]
    for action, fields in [
        ("merge", {"turf": one["id"]}),
        ("split", {}),
        ("move", {"door": desk.doors_of(one["id"])[0], "to": ""}),
        ("move", {"door": desk.doors_of(one["id"])[0], "to": one["id"]}),
        ("move", {"door": 999_999_999, "to": one["id"]}),
        ("border", {"turf": one["id"], "swept": "[[0,0]]", "grabbed": "x", "dropped": "{}"}),
        (
            "border",
            {"turf": one["id"], "swept": "[[1e999,0],[1,1],[0,1]]", "grabbed": "[0,0]", "dropped": "[0,0]"},
        ),
        ("again", {"minutes": "5"}),
        ("again", {"minutes": "60", "min_doors": "90", "max_doors": "20"}),
        ("lock", {}),
        ("dance", {}),
    ]:
        assert desk.send(action, status=422, **fields)["error"], action
    desk.send("split", turf=999_999_999, status=404)


def test_other_areas_and_field_leads_are_kept_out(client, cut, make):
    client.sign_in(make.person(role="organizer", area=make.area()))
    for path in ("", "/turfs.json", "/streets.json", "/progress.json", "/doubtful"):
        client.get(f"/turf/cuts/{cut.id}{path}", status=404)
    client.post(f"/turf/cuts/{cut.id}/edit", {"action": "undo", "version": 1}, status=404)
    client.sign_in(make.person(role="field_lead"))
    client.post(f"/turf/cuts/{cut.id}/edit", {"action": "undo", "version": 1}, status=403)


def test_old_edits_are_forgotten_with_turfs_nobody_ever_held(desk, cut):
    from datetime import timedelta

    from volunteer_hub.turf.jobs import forget_old_edits

    one, two = desk.turfs()[:2]
    desk.send("merge", turf=[one["id"], two["id"]])
    assert forget_old_edits() == 0
    with clock.standing_at(clock.now() + timedelta(days=8)):
        assert forget_old_edits() == 2
    assert desk.look()["undo"] == ""
    assert db.session.get(Cut, cut.id).state == "done"

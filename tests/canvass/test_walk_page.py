"""The phone page without a script: forms, undo, hand-back, and nothing beyond the leased doors."""

from __future__ import annotations

import json
import re
import uuid

from tests.canvass.counting import assert_recount_agrees, progress, stored
from tests.canvass.phone import log_of
from volunteer_hub.canvass import services
from volunteer_hub.canvass.views import walk as walk_pages
from volunteer_hub.canvass.walk_queries import Resident
from volunteer_hub.canvass.walking import age_band, people_of, side_of
from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.districts.models import Door, Voter
from volunteer_hub.turf import services as turf_services
from volunteer_hub.turf.models import Turf


def fields_of(page: str) -> dict[str, str]:
    """What the form for the current door sends besides the tapped button."""
    form = re.search(r"<form[^>]*data-walk-form.*?</form>", page, re.S)[0]
    found = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))
    return {name: found[name] for name in ("id", "door", "position")}


def test_one_tap_reports_and_moves_on(client, phone):
    page = client.get(f"/walk/{phone.token}").text
    first = fields_of(page)
    assert int(first["door"]) == phone.doors[0]
    answer = client.post(f"/walk/{phone.token}/report", first | {"result": "not_home"})
    page = client.get(answer.location).text
    assert int(fields_of(page)["door"]) == phone.doors[1]
    assert progress() == {"attempts": 1, "doors_tried": 1}


def test_the_same_form_sent_twice_counts_once(client, phone):
    form = fields_of(client.get(f"/walk/{phone.token}").text) | {"result": "refused"}
    client.post(f"/walk/{phone.token}/report", form)
    client.post(f"/walk/{phone.token}/report", form)
    assert stored() == 1


def test_a_corrected_form_with_a_known_id_is_told_and_not_kept_in_silence(client, phone):
    form = fields_of(client.get(f"/walk/{phone.token}").text)
    client.post(f"/walk/{phone.token}/report", form | {"result": "not_home", "note": "a dog"})
    client.get(f"/walk/{phone.token}")
    again = client.post(f"/walk/{phone.token}/report", form | {"result": "not_home", "note": "a dog"})
    assert "saved before; nothing is counted twice" in client.get(again.location).text
    corrected = client.post(f"/walk/{phone.token}/report", form | {"result": "refused", "note": "a dog"})
    page = client.get(corrected.location).text
    assert "the corrected form is not kept" in page
    assert fields_of(page)["door"] == form["door"]
    assert stored() == 1


def test_a_tap_on_support_is_a_talk_with_that_answer(client, phone):
    form = fields_of(client.get(f"/walk/{phone.token}").text)
    client.post(f"/walk/{phone.token}/report", form | {"support": "2", "note": "wants a <b>sign</b>"})
    assert progress() == {
        "attempts": 1, "contacts": 1, "supporters": 1, "doors_tried": 1, "doors_done": 1
    }  # fmt: skip


def test_undo_takes_the_last_one_back(client, phone, walk):
    client.post(
        f"/walk/{phone.token}/report",
        fields_of(client.get(f"/walk/{phone.token}").text) | {"result": "not_home"},
    )
    page = client.get(f"/walk/{phone.token}").text
    form = re.search(r"<form[^>]*data-walk-undo.*?</form>", page, re.S)[0]
    fields = dict(re.findall(r'name="(id|undoes)" value="([^"]*)"', form))
    answer = client.post(f"/walk/{phone.token}/undo", fields)
    assert f"door={phone.doors[0]}" in answer.location
    assert progress() == {}
    assert_recount_agrees(walk.campaign_id)


def test_nobody_home_at_several_units_of_a_building(client, make, phone, walk):
    with transaction():
        db.session.query(Door).filter(Door.id.in_(phone.doors[:6])).update({"building_key": "one"})
    page = client.get(f"/walk/{phone.token}").text
    assert "All 6 doors of" in page
    form = fields_of(page) | {"several": "ticked", "doors": [str(door) for door in phone.doors[:4]]}
    for _ in range(2):
        client.post(f"/walk/{phone.token}/report", form)
    assert progress() == {"attempts": 4, "doors_tried": 4}


def test_the_page_shows_given_names_and_age_bands_and_only_leased_doors(client, make, phone, walk):
    other = make.turf(2)
    door = make.doors_of(other)[0]
    with transaction():
        for number, place in ((1, phone.doors[0]), (2, door)):
            db.session.add(
                Voter(
                    campaign_id=walk.campaign_id,
                    door_id=place,
                    file_ref=f"V{number}",
                    given_name=f"MARIA{number}",
                    family_name="SECRETNAME",
                    birth_year=clock.now().year - 40,
                    party="DEM",
                    match="matched",
                )
            )
    page = client.get(f"/walk/{phone.token}?door={door}").text
    assert "Maria1, 35–49" in page
    for hidden in ("SECRETNAME", "DEM", "Maria2", "MARIA2"):
        assert hidden not in page
    assert int(fields_of(page)["door"]) == phone.doors[0]


def test_after_the_end_the_page_shows_no_doors_and_keeps_what_is_unsent(client, phone, walk):
    with transaction():
        turf_services.end_lease(walk.campaign_id, phone.lease.lease_id, now=clock.now())
    page = client.get(f"/walk/{phone.token}", status=410).text
    assert "Main St" not in page
    assert 'data-behaviour="outbox"' in page


def test_an_unknown_link_says_so(client, app):
    assert "opens nothing" in client.get("/walk/nonsense", status=404).text
    client.post("/walk/nonsense/report", {"result": "not_home"}, status=404)


def data_of(page: str) -> dict:
    return json.loads(re.search(r"data-walk-data[^>]*>(.*?)</script>", page, re.S)[1])


def test_a_report_that_takes_effect_while_the_page_is_made_is_not_shown_as_open(
    client, phone, send, monkeypatch
):
    """The phone leaves out what the page says it knows: then the page must show it."""
    send(log_of(phone, "not_home"))
    read = walk_pages.walk_of

    def read_then_apply(lease, now):
        walk = read(lease, now)
        with transaction():
            services.apply_pending(now=clock.now())
        return walk

    monkeypatch.setattr(walk_pages, "walk_of", read_then_apply)
    data = data_of(client.get(f"/walk/{phone.token}").text)
    shown = next(each for each in data["doors"] if each["id"] == phone.doors[0])
    assert shown["result"] or not data["known"]
    data = data_of(client.get(f"/walk/{phone.token}").text)
    assert len(data["known"]) == 1
    assert data["doors"][0]["result"] == "not_home"


def test_a_phone_is_told_by_us_alone_that_it_may_keep_nothing(client, phone, walk):
    keep = "X-Keep-Until"
    assert client.get(f"/walk/{phone.token}").headers[keep] == phone.lease.expires_at.isoformat()
    with transaction():
        turf_services.end_lease(walk.campaign_id, phone.lease.lease_id, now=clock.now())
    for path, status in ((f"/walk/{phone.token}", 410), ("/walk/nonsense", 404)):
        assert client.get(path, status=status).headers[keep] < clock.now().isoformat()


def test_every_tap_but_a_talk_goes_out_whatever_is_typed_wrong(client, phone):
    page = client.get(f"/walk/{phone.token}").text
    taps = re.findall(r'<button [^>]*name="(?:result|several)" value="(\w+)"([^>]*)>', page)
    assert {name for name, _rest in taps} >= {"not_home", "refused", "moved", "all", "ticked"}
    wrong = [name for name, rest in taps if ("formnovalidate" in rest) == (name == "canvassed")]
    assert wrong == []


def test_at_the_end_an_addition_belongs_to_the_last_door(client, phone):
    page = client.get(f"/walk/{phone.token}").text
    for door in (*phone.doors[1:], phone.doors[0]):
        form = fields_of(page) | {"door": str(door), "id": str(uuid.uuid4())}
        answer = client.post(f"/walk/{phone.token}/report", form | {"result": "refused"})
        page = client.get(answer.location).text
    assert re.search(r'name="door" value="(\d+)" data-walk-add-door', page)[1] == str(phone.doors[0])
    address = re.search(r"data-walk-add-at>At ([^<]+)<", page)[1]
    assert data_of(page)["doors"][0]["address"] == address


def test_handing_back_opens_the_rest_for_others(client, phone, walk):
    client.post(f"/walk/{phone.token}/return", {"note": "dark by now"})
    assert db.session.get(Turf, walk.id, populate_existing=True).state == "open"
    client.get(f"/walk/{phone.token}", status=410)


def test_the_page_is_light(client, make):
    turf = make.turf(80)
    lease = make.lease(turf)
    assert len(client.get(f"/walk/{lease.token}").data) < 100_000


def test_the_script_is_shown_with_its_direction_written_out(client, make, phone, walk):
    page = client.get(f"/walk/{phone.token}").text
    for words in ("Strongly for us", "Strongly against", "Do you have two minutes?"):
        assert words in page


def test_ages_are_told_in_bands_only():
    assert [age_band(2026 - age, 2026) for age in (17, 18, 34, 35, 64, 65, 121)] == [
        "", "18–24", "25–34", "35–49", "50–64", "65+", "",
    ]  # fmt: skip
    people = people_of(
        [Resident(1, 7, "JO", None), Resident(2, 7, "ANA ", 1990), Resident(3, 7, "", None)], 2026
    )
    assert [(each.id, each.text) for each in people] == [(1, "Jo"), (2, "Ana, 35–49")]


def test_the_list_goes_by_street_and_side_and_keeps_zigzags_together(client, make, phone, walk):
    assert [side_of(each) for each in ("12", "13A", "12 1/2", "10-13", "Lot B")] == [
        "even", "odd", "even", "odd", "",
    ]  # fmt: skip
    with transaction():
        for door_id, number in zip(phone.doors, (1, 3, 5, 7, 2, 4, 6, 8), strict=True):
            db.session.get(Door, door_id).number = str(number)
    page = client.get(f"/walk/{phone.token}").text
    assert [page.count(words) for words in ("odd side", "even side", "both sides")] == [1, 1, 0]
    with transaction():
        for door_id, number in zip(phone.doors, (1, 2, 3, 4, 5, 6, 7, 8), strict=True):
            db.session.get(Door, door_id).number = str(number)
    page = client.get(f"/walk/{phone.token}").text
    assert [page.count(words) for words in ("odd side", "even side", "both sides")] == [0, 0, 1]

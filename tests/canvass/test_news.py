"""Two phones on one turf: each hears what the other did, and where nobody may knock any more."""

from __future__ import annotations

from datetime import timedelta

from tests.statements import counted
from volunteer_hub.canvass import walk_queries
from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.districts.models import Door
from volunteer_hub.turf import services as turf_services


def ask(client, phone, since=""):
    return client.http.get(f"/walk/{phone.token}/news", query_string={"since": since}).json


def test_it_tells_results_by_report_and_what_was_taken_back(client, phone):
    report = phone.report(phone.doors[0], "refused")
    phone.send(report)
    told = ask(client, phone)
    assert [(each["id"], each["door"], each["result"]) for each in told["reports"]] == [
        (report["id"], phone.doors[0], "refused")
    ]
    undo = phone.report(phone.doors[0], None, undoes=report["id"], minutes_ago=5)
    phone.send(undo)
    assert {each["result"] for each in ask(client, phone)["reports"]} == {None}


def test_only_what_is_new_is_told_again_with_a_margin_for_slow_transactions(client, phone):
    phone.send(phone.report(phone.doors[0]))
    soon = ask(client, phone)["now"]
    assert len(ask(client, phone, soon)["reports"]) == 1
    later = (clock.now() + timedelta(minutes=5)).isoformat()
    assert ask(client, phone, later)["reports"] == []


def test_doors_marked_since_the_list_was_opened_are_told(client, phone):
    with transaction():
        db.session.get(Door, phone.doors[3]).is_do_not_walk = True
    assert ask(client, phone)["skip"] == [phone.doors[3]]


def test_doors_that_were_given_back_are_told_and_until_when_the_list_is_open(client, phone, walk):
    assert ask(client, phone)["gone"] == []
    with transaction():
        db.session.get(Door, phone.doors[2]).is_do_not_walk = True
        turf_services.give_back(
            walk.campaign_id, phone.lease.lease_id, phone.doors[2:4], reason="taken_back", now=clock.now()
        )
    told = ask(client, phone)
    assert sorted(told["gone"]) == sorted(phone.doors[2:4])
    assert told["skip"] == []
    assert told["until"] == phone.lease.expires_at.isoformat()


def test_many_reports_leave_no_mark_untold(client, phone, monkeypatch):
    monkeypatch.setattr(walk_queries, "MOST_NEWS", 2)
    phone.send(*[phone.report(door) for door in phone.doors])
    with transaction():
        db.session.get(Door, phone.doors[3]).is_do_not_walk = True
    told = ask(client, phone)
    assert len(told["reports"]) == 2
    assert told["skip"] == [phone.doors[3]]


def test_it_costs_two_statements_whatever_was_reported(client, phone):
    phone.send(*[phone.report(door) for door in phone.doors])
    with counted() as statements:
        ask(client, phone)
    assert len(statements) <= 2


def test_other_turfs_and_times_before_the_lease_are_nobodys_news(client, app, make, phone):
    assert ask(client, phone, "1999-01-01T00:00:00+00:00")["reports"] == []
    assert ask(client, phone, "yesterday")["reports"] == []
    assert client.http.get("/walk/nonsense/news").status_code == 404


def test_when_the_lease_is_over_it_says_so(client, phone, walk):
    with transaction():
        turf_services.end_lease(walk.campaign_id, phone.lease.lease_id, now=clock.now())
    assert client.http.get(f"/walk/{phone.token}/news").status_code == 410

"""Thousands of people at once, and what matching reads of them."""

from __future__ import annotations

from tests.statements import counted
from volunteer_hub.core import clock
from volunteer_hub.core.db import transaction
from volunteer_hub.people import queries, services
from volunteer_hub.people.windows import read_windows


def add(area, rows):
    with transaction():
        return services.add_many(area.campaign_id, area.id, rows, by=None, now=clock.now())


def row(n, **more):
    return services.NewPerson(**{"email": f"p{n}@example.org", "name": f"P {n}", "home_text": "33101"} | more)


def test_a_list_goes_in_and_its_faults_come_out_with_their_rows(make):
    root = make.root_of(make.default_campaign)
    make.person(email="p3@example.org")
    added = add(
        root,
        [
            row(1),
            row(2, email="no address"),
            row(3),
            row(4, home_text="nowhere"),
            row(1, name="Twice"),
            row(5, phone="12"),
            row(6, latitude=200.0, longitude=0.0),
            row(7, name=" "),
            row(8, windows=tuple(read_windows("5 09:00-12:00; 5 11:00-13:00"))),
        ],
    )
    assert set(added.ids) == {"p1@example.org", "p8@example.org"}
    assert added.known == 2
    assert [number for number, _sentence in added.refused] == [2, 4, 6, 7, 8]
    assert len(queries.availability(added.ids["p8@example.org"])) == 1


def test_adding_the_same_list_twice_adds_nobody(make):
    root = make.root_of(make.default_campaign)
    rows = [row(n) for n in range(1500)]
    assert len(add(root, rows).ids) == 1500
    again = add(root, rows)
    assert (len(again.ids), again.known) == (0, 1500)


def test_matching_reads_everybody_in_two_statements(make):
    area = make.area()
    add(
        area,
        [row(n, email_agreed=n % 2 == 0, windows=tuple(read_windows("5 09:00-12:00"))) for n in range(200)],
    )
    make.person(name="No home"), make.person(latitude=25.0, longitude=-80.0, is_active=False)
    make.person(latitude=25.0, longitude=-80.0, awaits_confirmation=True)
    campaign_id, path = area.campaign_id, area.path
    with counted() as statements:
        found = queries.volunteers_for_matching(campaign_id, [path])
    assert statements.total == 2
    assert len(found) == 200
    assert {each.is_reachable for each in found} == {True, False}
    assert all(len(each.windows) == 1 and each.time_zone == "America/New_York" for each in found)
    other = make.area()
    assert queries.volunteers_for_matching(other.campaign_id, [other.path]) == []
    assert queries.volunteers_for_matching(make.campaign().id) == []


def test_recipients_are_found_in_one_statement_by_what_they_agreed_to(make):
    both = make.person(phone="+13055550100", text_agreed_at=clock.now())
    text_only = make.person(phone="+13055550101", text_agreed_at=clock.now(), email_agreed_at=None)
    neither = make.person(email_agreed_at=None)
    ids = [both.id, text_only.id, neither.id, 999_999]
    with counted() as statements:
        found = queries.recipients(ids)
    assert statements.total == 1
    assert {key: each.channel for key, each in found.items()} == {both.id: "email", text_only.id: "text"}
    assert queries.recipient(both.id, "text").address == "+13055550100"
    assert queries.recipients([]) == {}

"""Doubtful voters: each beside the doors that may be theirs, decided one by one or all of a kind."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from tests.statements import counted
from volunteer_hub.core.audit import AuditEntry
from volunteer_hub.core.db import db
from volunteer_hub.districts import bring, queries
from volunteer_hub.districts.models import Door, Voter

LIST = "/voters/doubtful"


@pytest.fixture
def organizer(client, make):
    client.sign_in(make.person(role="organizer", name="Olga"))
    return client


@pytest.fixture
def doors(make):
    return make.doors(4, precinct=make.precinct(make.district()))


def again(row):
    db.session.expire_all()
    return db.session.get(type(row), row.id)


def actions() -> list[str]:
    return [each for each in db.session.scalars(select(AuditEntry.action)) if each != "read.voters"]


def decide(client, voter, door=None, *, seen=0):
    data = {"door": door.id if door else 0, "seen": seen or voter.door_id or ""}
    return client.post(f"/voters/{voter.id}/decide", data)


def test_both_sides_are_shown_with_the_reason(organizer, make, doors):
    voter = make.voter(doors[0], candidates=[doors[0].id, doors[1].id], address_text="2 Mian <b>St</b>")
    page = organizer.get(LIST).text
    assert "2 Mian &lt;b&gt;St" in page
    assert doors[0].street in page
    assert page.count(f'action="/voters/{voter.id}/decide"') == 3, "each candidate, and none of these"
    assert "Street written otherwise" in page
    assert "the street is spelled MAIN ST" in page
    assert "read.voters" in db.session.scalars(select(AuditEntry.action)).all()


def test_a_voter_is_accepted_moved_or_rejected_and_the_counts_follow(organizer, make, doors):
    accepted, moved, rejected = (make.voter(doors[0]) for _ in range(3))
    decide(organizer, accepted, doors[0])
    decide(organizer, moved, doors[3])
    decide(organizer, rejected)
    states = {v.id: (v.match, v.door_id) for v in map(again, (accepted, moved, rejected))}
    assert states == {
        accepted.id: ("matched", doors[0].id),
        moved.id: ("matched", doors[3].id),
        rejected.id: ("unmatched", None),
    }
    counts = queries.voter_counts(accepted.campaign_id)
    assert (counts.matched, counts.doubtful, counts.unmatched) == (2, 0, 1)
    assert [again(door).people for door in (doors[0], doors[3])] == [1, 1]
    assert actions() == ["accept.voter", "move.voter", "reject.voter"]
    assert "No voter is in doubt" in organizer.get(LIST).text


def test_a_second_click_and_a_stale_page_change_nothing(organizer, make, doors):
    voter, other = make.voter(doors[0]), make.voter(doors[1])
    decide(organizer, voter, doors[0])
    sent = decide(organizer, voter, doors[2], seen=doors[0].id)
    assert "decided already" in organizer.get(sent.location).text
    assert again(voter).door_id == doors[0].id
    decide(organizer, other, doors[2], seen=doors[3].id)
    assert again(other).match == "doubtful", "the page showed another door than is stored now"
    assert actions() == ["accept.voter"]


def test_all_of_a_kind_are_accepted_but_not_who_came_since(organizer, make, doors):
    first = [make.voter(doors[0]) for _ in range(3)]
    unit = make.voter(doors[1], match_kind="unit")
    page = organizer.get(LIST).text
    up_to = re.search(r'name="up_to_id" value="(\d+)"', page)[1]
    later = make.voter(doors[0])
    form = {"kind": "name", "up_to_id": up_to}
    organizer.post(f"{LIST}/accept", form)
    sent = organizer.post(f"{LIST}/accept", form)
    assert "Nobody of this kind waits" in organizer.get(sent.location).text
    assert {again(each).match for each in first} == {"matched"}
    assert {again(each).match for each in (unit, later)} == {"doubtful"}
    assert actions() == ["accept.voters"]


def test_several_doors_that_fit_equally_well_are_a_choice(organizer, make, doors):
    voter = make.voter(
        match="unmatched",
        match_kind="equal",
        candidates=[each.id for each in doors[:2]],
        match_note="2 doors",
    )
    assert "Several doors fit equally well" in organizer.get(LIST).text
    organizer.post(f"{LIST}/accept", {"kind": "equal", "up_to_id": voter.id})
    assert again(voter).decided_at is None, "there is no door to accept"
    decide(organizer, voter, doors[1])
    assert (again(voter).match, again(voter).door_id) == ("matched", doors[1].id)


def test_another_door_is_found_by_its_address(organizer, make, doors):
    voter = make.voter(doors[0])
    page = organizer.get(f"/voters/{voter.id}/door?q={doors[2].number}+main").text
    assert f'name="door" value="{doors[2].id}"' in page
    assert "No door like that" in organizer.get(f"/voters/{voter.id}/door?q=99999+nowhere").text
    assert "No door like that" in organizer.get(f"/voters/{voter.id}/door?q=%25+%25").text


def test_a_decision_can_be_taken_back(organizer, make, doors):
    voter = make.voter(doors[0])
    decide(organizer, voter)
    assert "Decided by Olga" in organizer.get(f"{LIST}?show=decided").text
    for _ in range(2):
        organizer.post(f"/voters/{voter.id}/ask-again")
    assert (again(voter).match, again(voter).door_id) == ("doubtful", doors[0].id)
    assert actions() == ["reject.voter", "reopen.voter"]


def test_a_door_of_another_campaign_is_no_choice(organizer, make, doors):
    voter = make.voter(doors[0])
    theirs = make.doors(1, precinct=make.precinct(make.district(campaign=make.campaign())))[0]
    organizer.post(f"/voters/{voter.id}/decide", {"door": theirs.id, "seen": voter.door_id}, status=404)
    assert again(voter).match == "doubtful"


def test_the_list_is_paged_in_a_fixed_number_of_statements(organizer, make, doors):
    make.voter(doors[0])
    totals = []
    for more in (1, 45):
        for _ in range(more):
            make.voter(doors[1])
        with counted() as statements:
            organizer.get(LIST)
        totals.append(statements.total)
    assert totals[0] == totals[1]
    seen = [
        each
        for n in (1, 2, 3)
        for each in re.findall(r'id="voter-(\d+)"', organizer.get(f"{LIST}?page={n}").text)
    ]
    assert len(seen) == len(set(seen)) == 47


def test_an_import_stores_the_candidates_and_keeps_what_was_decided(organizer, make, tmp_path):
    campaign_id = make.default_campaign.id
    place = make.district(kind="county")
    make.precinct(place)
    lines = [
        f"{home},Daytona Beach,32114,29.01,{place.longitude}" for home in ("12 Maplewood Dr", "14 Main St")
    ]
    elms = [f"20 Elm {kind},Daytona Beach,32114,29.012,{place.longitude}" for kind in ("Ave", "Ct")]
    files = {"doors": "address,city,zip,latitude,longitude\n" + "\n".join(lines + elms)}
    files["voters"] = (
        "voter_id,first_name,last_name,address,city,zip\n"
        "A1,Ana,Pérez,12 Maplewod Dr,Daytona Beach,32114\n"
        "B2,Bo,Chen,14 Main Rd,Daytona Beach,32114\n"
        "C3,Cy,Young,20 Elm,Daytona Beach,32114\n"
    )

    def take(kind):
        path = tmp_path / f"{kind}.csv"
        path.write_text(files[kind])
        return bring.bring(campaign_id, kind, path)

    take("doors")
    take("voters")
    ana, bo, cy = db.session.scalars(select(Voter).order_by(Voter.file_ref))
    assert (ana.match, ana.match_kind, ana.candidates) == ("doubtful", "name", [ana.door_id])
    assert (bo.match_kind, cy.match, cy.match_kind, len(cy.candidates)) == ("type", "unmatched", "equal", 2)
    decide(organizer, ana)
    decide(organizer, cy, db.session.get(Door, cy.candidates[1]))
    chosen = again(cy).door_id
    files["voters"] = files["voters"].replace("14 Main Rd", "14 Main St")
    take("voters")
    assert (again(ana).match, again(ana).door_id) == ("unmatched", None), "the decision holds"
    assert again(cy).door_id == chosen
    assert (again(bo).match, again(bo).match_kind) == ("matched", "")
    files["voters"] = files["voters"].replace("12 Maplewod Dr", "12 Maplewood Dr")
    take("voters")
    assert (again(ana).match, again(ana).decided_at) == ("matched", None), "another address, another answer"


def test_only_organizers_of_the_whole_campaign_decide(client, make, doors):
    voter = make.voter(doors[0])
    client.sign_in(make.person(role="organizer", area=make.area()))
    client.get(LIST, status=403)
    client.post(f"/voters/{voter.id}/decide", {"door": doors[0].id, "seen": doors[0].id}, status=403)
    client.post(f"{LIST}/accept", {"kind": "name", "up_to_id": voter.id}, status=403)
    assert again(voter).match == "doubtful"


def test_the_empty_page_says_what_to_do_next(organizer):
    page = organizer.get(LIST).text
    assert "No voters yet" in page
    assert "/imports/new?kind=voters" in page
    assert "Nothing decided yet" in organizer.get(f"{LIST}?show=decided").text

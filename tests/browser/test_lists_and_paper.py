"""An organizer brings a list of volunteers, types a walk list from paper and decides doubtful voters."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.browser.looking import SIZES, Walk
from volunteer_hub.canvass.models import DoorReport
from volunteer_hub.core import clock
from volunteer_hub.core.db import db
from volunteer_hub.districts.models import Voter
from volunteer_hub.people.models import Person

pytestmark = pytest.mark.browser

LIST = """First Name,Last Name,E-mail,Mobile Phone,Zip,Skills,Email OK
Ana,Pérez,ana@example.org,(305) 555-0101,33101,drive; doors,yes
Cy,Young,not an email,,33130,,
Dee,Lane,dee@example.org,12,33130,,maybe
"""


def kept(model, **fields) -> int:
    db.session.rollback()
    return db.session.query(model).filter_by(**fields).count()


def choose_by_keys(page, place: str, words: str, value: str) -> None:
    """Type into a list of choices, which forgets the first letters after a pause: then type them again."""
    for _ in range(10):
        page.locator(place).focus()
        page.keyboard.type(words)
        if page.locator(place).input_value() == value:
            return
        page.wait_for_timeout(1500)
    raise AssertionError(f"typing {words!r} chose {page.locator(place).input_value()!r}")


@pytest.fixture(params=list(SIZES))
def walk(request, visit, make) -> Walk:
    return Walk(visit(request.param, make.person(role="organizer")))


def test_a_list_is_brought_checked_and_added(walk, tmp_path):
    path = tmp_path / "friends.csv"
    path.write_text(LIST, encoding="utf-8")
    walk.go("/people", "volunteers")
    walk.go("/people/lists", "the file")
    walk.page.set_input_files("input[type=file]", str(path))
    walk.press("Look at the file")
    walk.look("the columns", "Which column is what?")
    walk.press("Check the list")
    walk.look("the check", "friends.csv")
    walk.page.locator("label[for=asserts]").click()
    walk.press("Add the people")
    walk.page.get_by_text("1 person is added").wait_for()
    walk.look("what became of it", "friends.csv")
    walk.go("/people/lists", "the lists so far")
    assert walk.verdict() == {}
    assert kept(Person, joined_via="file") == 1


def test_a_walk_list_is_typed_with_the_keyboard(walk, make):
    turf = make.turf(6)
    make.shift(starts_at=clock.now() - timedelta(hours=3))
    first, second, _third, *_more = make.doors_of(turf)
    walk.go(f"/turf/{turf.id}/paper", "the sheet")
    page = walk.page
    choose_by_keys(page, f"#result-{first}", "Nobody", "not_home")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type("No bell")
    page.locator(f"[name=support-{second}]").fill("7")
    walk.press("Save the reports")
    page.get_by_text("not saved yet").first.wait_for()
    walk.look("one line to mend")
    assert page.locator(f"[name=support-{second}]").input_value() == "7"
    page.locator(f"[name=support-{second}]").fill("2")
    walk.press("Save the reports")
    page.get_by_text("1 report is saved").wait_for()
    assert walk.verdict() == {}
    assert (kept(DoorReport, result="not_home", note="No bell"), kept(DoorReport, support=2)) == (1, 1)


def test_doubtful_voters_are_decided(walk, make):
    doors = make.doors(3, precinct=make.precinct(make.district()))
    for _ in range(3):
        make.voter(doors[0], candidates=[doors[0].id, doors[1].id])
    odd = make.voter(doors[2], match_kind="unit+place")
    walk.go("/voters/doubtful", "the doubtful")
    walk.press("None of these")
    walk.page.get_by_text("Saved: at none of these").wait_for()
    walk.page.get_by_text("Accept all of this kind").first.click()
    walk.page.locator("dialog button, .confirm__body button").filter(has_text="Accept all").first.click()
    walk.page.get_by_text("accepted").first.wait_for()
    walk.look("after accepting a kind")
    walk.go(f"/voters/{odd.id}/door?q={doors[1].number}+main", "another door")
    walk.go("/voters/doubtful?show=decided", "the decided")
    assert walk.verdict() == {}
    assert (kept(Voter, match="unmatched"), kept(Voter, match="doubtful")) == (1, 1)

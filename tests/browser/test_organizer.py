"""An organizer brings districts and results, sets up the contest, makes shifts and a plan, and offers it.

One way through all pages; each is looked over in a window as wide as a desk and as narrow as a phone.
"""

from __future__ import annotations

import csv
import json
import re
from datetime import timedelta

import pyotp
import pytest

from tests.browser.looking import AXE, SIZES, Walk, started
from volunteer_hub.assignments.models import Assignment
from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.districts.models import District, Result
from volunteer_hub.events.models import Shift
from volunteer_hub.messaging.models import Message
from volunteer_hub.people.services import passwords, second_factor
from volunteer_hub.priority.models import Contest

pytestmark = pytest.mark.browser
WARDS = {"01": "Harbor", "02": "Oakwood", "03": "Riverside"}
MIAMI = (-80.2, 25.77)
PASSWORD = "copper lantern orbit mango"
_AXE = (
    "axe.run({resultTypes: ['violations']})"
    ".then(r => r.violations.map(v => v.id + ': ' + v.nodes.map(n => n.target).join(' ')))"
)


class BothSizes(Walk):
    """Looks each page over at every size, in one window."""

    def look(self, name: str, heading: str = "") -> None:
        title = self.page.locator("h1", has_text=heading) if heading else self.page.locator("h1")
        title.first.wait_for()
        started(self.page)
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        for size, window in SIZES.items():
            self.page.set_viewport_size(window)
            wrong = self.page.evaluate(_AXE)
            if not self.page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
                wrong.append("the page is wider than the window")
            if wrong:
                self.found[f"{name}, {size}"] = wrong
        self.seen.append(name)


@pytest.fixture
def files(tmp_path):
    """A made-up map of three wards in a row in Miami, and a made-up result of each, by the wards' codes."""
    west, south = MIAMI
    features = [
        {
            "type": "Feature",
            "properties": {"ward": code, "name": name},
            "geometry": {"type": "Polygon", "coordinates": [_square(west + 0.02 * at, south)]},
        }
        for at, (code, name) in enumerate(WARDS.items())
    ]
    wards, results = tmp_path / "wards.geojson", tmp_path / "results.csv"
    wards.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    with results.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["district", "date", "office", "party", "candidate", "votes", "registered"])
        for at, code in enumerate(WARDS):
            for party, votes in (("Ours", 480 + 20 * at), ("Theirs", 510 - 5 * at)):
                writer.writerow([code, "2024-11-05", "Mayor", party, f"{party} One", votes, 1800 + 900 * at])
    return wards, results


def _square(west: float, south: float) -> list[list[float]]:
    east, north = west + 0.02, south + 0.02
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


@pytest.fixture
def organizer(make):
    """An organizer with a password and an authenticator app, which is kept as `app_of`."""
    person = make.person(role="organizer", name="Olive Organizer", email="olive@example.org")
    long_ago = clock.now() - timedelta(hours=1)
    with transaction():
        passwords.set_password(person, PASSWORD, keep_session=None, now=long_ago)
        second_factor.begin(person)
    totp = pyotp.TOTP(second_factor.seed_of(person))
    with transaction():
        second_factor.confirm(person, totp.at(long_ago), session_id=0, now=long_ago)
    return person, totp


def sign_in(walk: BothSizes, email: str, totp: pyotp.TOTP) -> None:
    walk.go("/sign-in/password", "sign in", "Sign in with a password")
    walk.page.get_by_label("Email").fill(email)
    walk.page.get_by_label("Password").first.fill(PASSWORD)
    walk.press("Sign in")
    walk.look("second step", "Second step")
    walk.page.locator("input[name=code]").fill(totp.at(clock.now()))
    walk.press("Go on")
    walk.page.wait_for_url(lambda url: "/sign-in" not in url)
    walk.look("start page")


def upload(walk: BothSizes, kind: str, path) -> None:
    walk.page.goto(f"/imports/new?kind={kind}")
    walk.page.locator("input[type=file]").set_input_files(path)
    walk.press("Look at the file")


def bring_districts(walk: BothSizes, path, run_jobs) -> None:
    walk.go("/imports/new?kind=districts", "upload", "Bring a file")
    upload(walk, "districts", path)
    walk.look("questions about districts", "areas to be looked over")
    walk.press("Import the areas")
    walk.look("districts wait", path.name)
    run_jobs()
    walk.page.get_by_text("All of the file is in").wait_for()
    walk.look("districts are in", path.name)


def bring_results(walk: BothSizes, path, run_jobs) -> None:
    upload(walk, "results", path)
    walk.look("mapping of results", "Which column is what?")
    place = walk.page.get_by_label("County or district")
    assert place.evaluate("it => it.selectedOptions[0].textContent").strip().startswith("district")
    walk.press("Import")
    walk.page.locator("h1", has_text=path.name).wait_for()
    run_jobs()
    walk.page.get_by_text("All of the file is in").wait_for()
    walk.look("report on results", path.name)
    walk.go("/imports", "imports", "Imports")


def numbers_on(page, map_id: str) -> str:
    """What the map's shapes are coloured by, once it is drawn."""
    page.locator(f"#{map_id}[data-ready]").wait_for()
    return page.evaluate(
        "id => JSON.stringify(Object.values(document.getElementById(id).map.getStyle().sources)"
        ".flatMap(source => (source.data?.features ?? []).map(each => each.properties)))",
        map_id,
    )


def set_up_the_contest(walk: BothSizes, run_jobs) -> None:
    page = walk.page
    walk.go("/priorities/contests/new", "new contest", "New contest")
    page.get_by_label("Name of the contest").fill("Mayor")
    page.get_by_label("We are").select_option("OURS")
    page.locator("#preview table").wait_for()
    before = numbers_on(page, "next-map")
    page.locator("input[name=weight_plurality]").fill("0")
    page.locator("input[name=weight_coverage]").fill("100")
    page.wait_for_function(
        "was => JSON.stringify(Object.values(document.getElementById('next-map').map.getStyle().sources)"
        ".flatMap(source => (source.data?.features ?? []).map(each => each.properties))) !== was",
        arg=before,
    )
    walk.look("new contest, tried out", "New contest")
    db.session.rollback()
    assert db.session.scalar(db.select(db.func.count(Contest.id))) == 0, "trying out saves nothing"
    page.locator("input[name=weight_plurality]").fill("60")
    page.locator("input[name=weight_coverage]").fill("40")
    walk.press("Save")
    page.wait_for_url("**/priorities")
    run_jobs()


def look_at_priorities(walk: BothSizes) -> None:
    walk.go("/priorities", "priorities", "Where an hour is worth most")
    walk.page.locator("#worth-map[data-ready]").wait_for()
    for name in WARDS.values():
        assert walk.page.get_by_role("link", name=name, exact=True).count()
    walk.page.get_by_role("link", name="Oakwood", exact=True).first.click()
    walk.look("one district's priority", "Oakwood")
    assert re.search(r"An hour [^.]*\d", walk.page.locator("main").inner_text()), "no sentence says why"


def make_an_event(walk: BothSizes) -> None:
    walk.go("/organize/locations/new", "new staging location", "New staging location")
    walk.page.get_by_label("Name").first.fill("Oakwood library")
    walk.page.get_by_label("Address").fill("12 Main St, Miami, FL 33128")
    walk.press("Save")
    walk.page.wait_for_url("**/organize/locations")
    walk.go("/organize/events/new", "new event", "New event")
    walk.page.get_by_label("Name").first.fill("Canvass in Oakwood")
    walk.press("Go on to its shifts")
    walk.look("add shifts", "Add shifts")
    day = (clock.now() + timedelta(days=3)).date()
    walk.page.get_by_label("First day").fill(day.isoformat())
    walk.page.get_by_label("Times").fill("10:00-13:00\n14:00-17:00")
    walk.page.locator("input[name=capacity]").fill("1")
    walk.press("Add shifts")
    walk.page.locator("h1", has_text="Canvass in Oakwood").wait_for()
    walk.press("Publish")
    walk.page.get_by_role("button", name="Publish").wait_for(state="detached")
    walk.look("event, published", "Canvass in Oakwood")


def plan(walk: BothSizes, run_jobs) -> str:
    walk.go("/matching", "plans", "Matching")
    walk.press("Make the plan")
    walk.look("a plan is being made", "A plan is being made")
    run_jobs()
    walk.page.locator("#plan-map[data-ready]").wait_for()
    walk.look("plan", "Plan for")
    return walk.page.url


def planned(walk: BothSizes, address: str) -> list[str]:
    """Whom the plan sends somewhere."""
    walk.page.goto(address)
    walk.page.locator("h1", has_text="Plan for").wait_for()
    return walk.page.locator("tbody th a").all_inner_texts()


def change_by_hand(walk: BothSizes, address: str) -> None:
    """Move one, take out another and send them back: each with its cost before it is saved."""
    first, second = planned(walk, address)
    walk.page.get_by_role("link", name=first).click()
    walk.look("reasons", first)
    walk.press("Move here…", role="link")
    walk.look("cost of a move", "What this change costs")
    _save_with_its_cost(walk)
    walk.page.get_by_text("fixed by hand", exact=True).first.wait_for()
    assert set(planned(walk, address)) == {first, second}, "they change places"
    walk.page.get_by_role("link", name=second).click()
    walk.press("Take out…", role="link")
    _save_with_its_cost(walk)
    walk.look("taken out", second)
    theirs = walk.page.url
    assert second not in planned(walk, address)
    walk.page.goto(theirs)
    walk.press("Send here…", role="link")
    _save_with_its_cost(walk)
    walk.page.locator("h1", has_text=second).wait_for()
    assert set(planned(walk, address)) == {first, second}
    walk.go("/matching/wishes", "fixed by hand", "Fixed by hand")
    assert walk.page.locator("tbody tr").count() == 2


def _save_with_its_cost(walk: BothSizes) -> None:
    walk.page.locator("h1", has_text="What this change costs").wait_for()
    said = walk.page.locator(".card .lead").inner_text()
    assert re.match(r"This costs the plan nothing|The plan would be worth [\d.]+ ", said), said
    walk.press("Save this change")


def offer(walk: BothSizes, address: str, run_jobs) -> None:
    walk.go(f"{address}/places", "places of the plan", "Plan for")
    walk.go(f"{address}/unplaced", "not placed", "Plan for")
    walk.page.goto(address)
    walk.page.get_by_text("Offer all 2 proposed").click()
    walk.press("Yes, offer them")
    walk.page.get_by_text("on their way").first.wait_for()
    walk.look("plan offered", "Plan for")
    run_jobs()


def test_an_organizers_way_from_an_empty_campaign_to_offers(visit, make, run_jobs, files, organizer):
    person, totp = organizer
    home = {"latitude": 25.78, "longitude": -80.18, "max_travel_km": 30, "shifts_wanted": 1}
    for name in ("Ana Pineda", "Ben Okafor", "Cleo Duarte"):
        make.person(name=name, **home)
    walk = BothSizes(visit("desk", bypass_csp=True))
    sign_in(walk, person.email, totp)
    wards, results = files
    bring_districts(walk, wards, run_jobs)
    bring_results(walk, results, run_jobs)
    set_up_the_contest(walk, run_jobs)
    look_at_priorities(walk)
    make_an_event(walk)
    address = plan(walk, run_jobs)
    change_by_hand(walk, address)
    offer(walk, address, run_jobs)
    walk.go("/messages", "messages", "Messages")
    walk.go("/dashboard", "dashboard", "How it stands")

    assert walk.verdict() == {}
    db.session.rollback()
    assert {row.code for row in db.session.scalars(db.select(District))} == set(WARDS)
    assert db.session.scalar(db.select(db.func.count(Result.id))) == 2 * len(WARDS)
    assert db.session.scalar(db.select(db.func.count(Shift.id))) == 2
    assert list(db.session.scalars(db.select(Assignment.state).where(Assignment.state != "withdrawn"))) == [
        "offered",
        "offered",
    ]
    assert db.session.scalar(db.select(db.func.count(Message.id)).where(Message.kind == "offer")) == 2

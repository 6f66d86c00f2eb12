"""Two snapshots of a contest side by side, and how a district's page leads there and back."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.statements import counted
from volunteer_hub.core import clock
from volunteer_hub.core.db import transaction
from volunteer_hub.priority import queries, services
from volunteer_hub.priority.jobs import rescore

NAMES = ("North", "South", "West")


@pytest.fixture
def organizer(make, client):
    return client.sign_in(make.person(role="organizer"))


@pytest.fixture
def counties(make):
    found = [make.district(name=name) for name in NAMES]
    for number, county in enumerate(found):
        make.doors(50 * (number + 1), district=county)
        make.result(county, ours=5000 + 100 * number, theirs=5100, registered=15000 + 2000 * number)
    return found


@pytest.fixture
def contest(make, counties, run_jobs):
    with transaction():
        row = services.create_contest(
            make.default_campaign.id, name="Governor", district_kind="county", ours="Ours",
            weights={"plurality": 1.0}, now=clock.now(),
        )  # fmt: skip
    run_jobs()
    return row


@pytest.fixture
def two(contest, counties):
    """Snapshots before and after doors in North: many people opened, and most doors are done."""
    knock(contest, counties[0])
    newest, oldest = queries.snapshots(contest.id)
    return oldest, newest


def knock(contest, county, **counts):
    found = {"attempts": 40, "contacts": 30, "supporters": 20, "doors_tried": 40, "doors_done": 35} | counts
    with transaction():
        services.add_progress(
            contest.campaign_id, [services.Increment(county.id, None, **found)], now=clock.now()
        )
    rescore(contest.campaign_id)


def address(two, **more):
    before, now = two
    rest = "".join(f"&{name}={value}" for name, value in more.items())
    return f"/priorities/compare?before={before.id}&now={now.id}{rest}"


def rows(page):
    """The table as a reader sees it: name to the text of its row, in order."""
    body = page.split("<tbody>")[-1].split("</tbody>")[0]
    found = {}
    for row in body.split("<tr")[1:]:
        words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", "<tr" + row))
        found[re.search(r">([^<]+)</a>", row)[1]] = words
    return found


def difference_of(row):
    words = re.search(r"([+−][\d.,]+) ([+−]?[\d.,]+) to ([+−]?[\d.,]+)", row).groups()
    return [float(each.replace("−", "-").replace(",", "")) for each in words]


def test_both_maps_share_one_scale_and_the_address_names_both(organizer, two):
    page = organizer.get(address(two)).text
    assert page.count('data-behaviour="map"') == 2
    breaks = re.findall(r'data-breaks="([^"]+)"', page)
    assert len(breaks) == 2
    assert breaks[0] == breaks[1]
    for snapshot in two:
        assert f"/priorities/values/{snapshot.id}.json" in page


def test_each_district_has_before_after_difference_with_interval_and_why(organizer, two):
    found = rows(organizer.get(address(two)).text)
    assert set(found) == set(NAMES)
    assert "mostly by" in found["North"]
    sizes = [abs(difference_of(row)[0]) for row in found.values()]
    assert sizes == sorted(sizes, reverse=True), "the one that moved furthest comes first"
    middle, low, high = difference_of(found["North"])
    assert low <= middle <= high
    value_of = {
        snapshot.id: next(
            line.value_per_hour for line in queries.district_scores(snapshot.id) if line.name == "North"
        )
        for snapshot in two
    }
    assert middle == pytest.approx(value_of[two[1].id] - value_of[two[0].id], rel=0.02)


def test_the_table_sorts_filters_and_says_when_nothing_is_found(organizer, two):
    assert list(rows(organizer.get(address(two, sort="name", direction="desc")).text)) == list(NAMES[::-1])
    assert list(rows(organizer.get(address(two, q="sou")).text)) == ["South"]
    values = [
        list(rows(organizer.get(address(two, sort=key, direction=direction)).text))
        for key in ("before", "now", "difference", "rank")
        for direction in ("asc", "desc")
    ]
    assert all(set(each) == set(NAMES) for each in values)
    assert values[0] == values[1][::-1]
    assert "North" in rows(organizer.get(address(two, show="moved")).text)
    page = organizer.get(address(two, q="nowhere")).text
    assert "No such district" in page
    assert "Show all districts" in page


def test_rose_and_fell_part_those_that_moved(organizer, two):
    def names(show):
        page = organizer.get(address(two, show=show)).text
        return set(rows(page)) if "No such district" not in page else set()

    assert names("rose") | names("fell") == names("moved")
    assert not names("rose") & names("fell")
    assert names("sure") <= names("moved")
    assert names("nonsense") == set(NAMES)


def test_what_is_left_open_is_chosen_and_the_older_comes_first(organizer, two):
    before, now = two
    for path in ("/priorities/compare", f"/priorities/compare?before={now.id}&now={before.id}"):
        asked = parse_qs(urlsplit(organizer.get(path, status=302).location).query)
        assert asked == {"before": [str(before.id)], "now": [str(now.id)]}
    kept = organizer.get(f"/priorities/compare?now={now.id}&q=nor", status=302).location
    assert "q=nor" in kept
    assert "The same scores twice" in organizer.get(f"/priorities/compare?before={now.id}&now={now.id}").text


def test_it_says_what_changed_in_between(organizer, contest, counties, two):
    with transaction():
        services.set_rules(
            contest, weights={"plurality": 1.0}, params={"contact_rate": [0.2, 0.3, 0.4]}, now=clock.now()
        )
    rescore(contest.campaign_id)
    newest = queries.newest_snapshot(contest.id)
    page = organizer.get(address((two[0], newest))).text
    assert "door reports, changed rules" in re.sub(r"\s+", " ", page) or "changed rules, door reports" in page
    assert "Share of knocks with a talk" in page
    assert "0.3 (0.2 to 0.4)" in page
    assert "265" in page, "doors left of 300"


def test_other_rules_compare_the_order_and_say_so(organizer, contest, two):
    with transaction():
        services.set_rules(contest, weights={"coverage": 1.0}, params={}, now=clock.now())
    rescore(contest.campaign_id)
    page = organizer.get(address((two[0], queries.newest_snapshot(contest.id)))).text
    assert "The rules changed" in page
    assert "not comparable" in page
    assert 'data-value="standing"' in page
    values = organizer.get(f"/priorities/values/{two[0].id}.json").json
    assert sorted(each["standing"] for each in values.values()) == [0.0, 50.0, 100.0]


def test_without_two_snapshots_it_says_what_to_do(organizer, make, client, contest):
    page = organizer.get("/priorities/compare").text
    assert "Nothing to compare with yet" in page
    assert "Score now" in page
    elsewhere = client.sign_in(make.person(role="organizer", campaign=make.campaign()))
    assert elsewhere.get("/priorities/compare", status=302).location == "/priorities"


def test_what_is_not_ones_own_is_not_found(organizer, make, client, contest, counties, two):
    for wrong in ("999999", "x", "-1", "99999999999999999999"):
        organizer.get(f"/priorities/compare?before={wrong}&now={two[1].id}", status=404)
    client.sign_in(make.person(role="organizer", campaign=make.campaign()))
    client.get(address(two), status=404)
    region = make.area(name="Panhandle")
    mine = make.district(name="Mine", area=region)
    make.result(mine, ours=400, theirs=410)
    knock(contest, mine, attempts=5, contacts=1)
    client.sign_in(make.person(role="organizer", area=region))
    found = rows(client.get(address((two[1], queries.newest_snapshot(contest.id)))).text)
    assert set(found) == {"Mine"}
    assert "is new on the list" in found["Mine"]


def test_scores_of_two_contests_are_refused_with_a_sentence(organizer, make, contest, two):
    with transaction():
        other = services.create_contest(
            make.default_campaign.id, name="Senate", district_kind="county", ours="Ours",
            weights={"plurality": 1.0}, now=clock.now(),
        )  # fmt: skip
    rescore(contest.campaign_id)
    newest = queries.newest_snapshot(other.id)
    page = organizer.get(f"/priorities/compare?before={two[0].id}&now={newest.id}", status=422).text
    assert "Choose both of the same one" in page
    assert "Governor" in organizer.get(address(two)).text, "also of a contest that plans do not follow"


def test_it_costs_the_same_at_any_number_of_districts(organizer, make, contest, counties, two):
    organizer.get(address(two))
    with counted() as few:
        organizer.get(address(two))
    for number in range(40):
        make.result(make.district(), ours=300 + number, theirs=310)
    knock(contest, counties[1])
    knock(contest, counties[2])
    newest, last = queries.snapshots(contest.id)[:2]
    organizer.get(address((last, newest)))
    with counted() as many:
        page = organizer.get(address((last, newest))).text
    assert many.total == few.total
    assert len(rows(page)) == 25


def test_a_district_leads_to_both_maps_and_back(organizer, counties, two):
    before, now = two
    compared = organizer.get(address(two)).text
    there = f"/priorities/{counties[0].id}?snapshot={now.id}&amp;since={before.id}"
    assert there in compared
    page = organizer.get(there.replace("&amp;", "&")).text
    assert f"/priorities/compare?before={before.id}&amp;now={now.id}&amp;q=North" in page
    assert "a difference of" in page
    values = organizer.get(f"/priorities/values/{now.id}.json?snapshot={now.id}&since={before.id}").json
    assert values[str(counties[0].id)]["url"] == there.replace("&amp;", "&")


def test_a_district_shows_its_curve_with_interval_as_picture_and_table(organizer, contest, counties):
    page = organizer.get(f"/priorities/{counties[0].id}").text
    assert re.search(
        r"The first [\d.]+ hours bring [\d.,]+ millionths of a win, nine times in ten between", page
    )
    picture = re.search(r"<svg class=\"chart__plot\".*?</svg>", page, re.S)[0]
    assert '<title id="curve-title">Value of an hour, by hours spent here</title>' in picture
    assert "The best third of the doors never tried" in re.search(r"<desc.*?</desc>", picture, re.S)[0]
    assert "chart__area--band" in picture
    table = page.split("Value by hours</caption>")[1].split("</table>")[0]
    detail = queries.detail(queries.newest_snapshot(contest.id).id, counties[0].id)
    assert table.count("<tr") - 1 == len(detail["segments"])
    assert len(re.findall(r"\d to \d", table)) == 3 * len(detail["segments"])


def test_the_history_is_drawn_with_its_band_and_every_score_can_be_compared(organizer, contest, counties):
    for _day in range(3):
        knock(contest, counties[1], attempts=4, contacts=1)
    with clock.standing_at(clock.now() + timedelta(days=1)):
        page = organizer.get(f"/priorities/{counties[1].id}").text
    assert 'id="past-title"' in page
    newest = queries.newest_snapshot(contest.id)
    older = [each.id for each in queries.snapshots(contest.id) if each.id != newest.id]
    for number in older:
        assert f"/priorities/compare?before={number}&amp;now={newest.id}&amp;q=South" in page


def test_an_old_score_says_that_it_is_old(organizer, counties, two):
    page = organizer.get(f"/priorities/{counties[0].id}?snapshot={two[0].id}").text
    assert "not the newest" in page
    assert "not the newest" not in organizer.get(f"/priorities/{counties[0].id}").text


def test_a_district_that_is_done_says_where_to_go(organizer, contest, counties):
    knock(contest, counties[0], attempts=60, doors_tried=50, doors_done=50)
    page = organizer.get(f"/priorities/{counties[0].id}").text
    assert "No doors are left" in page
    assert "Send people to a district that stands higher" in page
    newest, first = queries.snapshots(contest.id)
    found = rows(organizer.get(address((first, newest), show="sure")).text)
    assert "is done: no doors are left (there were 50)" in found["North"]

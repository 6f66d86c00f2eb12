"""What machines read of public pages: schema.org, cards of links, calendars, news, sitemaps; and no names."""

from __future__ import annotations

import re
from datetime import UTC, timedelta
from xml.etree import ElementTree as Xml

import pytest
from icalendar import Calendar

from tests.events.schema_org import events_in, faults
from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.events import services, sitemaps, views_public
from volunteer_hub.events.models import Shift
from volunteer_hub.events.structured import address_of

BREAKOUT = "</script><script>alert(1)</script><!-- \" ' & \u2028"
ATOM = "{http://www.w3.org/2005/Atom}"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


@pytest.fixture
def public(make):
    """public("shifts/7") is the address of a public page."""
    return lambda path: f"/c/{make.default_campaign.slug}/{path}"


def meta(page: str) -> dict[str, str]:
    """The og: and twitter: properties, and the canonical address as "canonical"."""
    names = '(?:og|twitter):[^"]+|description|robots'
    found = dict(re.findall(rf'<meta (?:property|name)="({names})" content="([^"]*)"', page))
    return found | {"canonical": re.findall(r'<link rel="canonical" href="([^"]+)"', page)[0]}


# schema.org


def test_a_shift_is_an_event_that_validates(make, client, public):
    shift = make.shift(capacity=10, going=4, languages=["es"])
    (event,) = events_in(client.get(public(f"shifts/{shift.id}")).text)
    assert faults(event) == []
    assert (event["maximumAttendeeCapacity"], event["remainingAttendeeCapacity"]) == (10, 6)
    assert event["startDate"].endswith(("-05:00", "-04:00")), "the campaign's own offset"
    assert event["location"]["address"]["addressLocality"] == "Miami"
    assert event["eventStatus"].endswith("/EventScheduled")
    assert "itemprop" not in client.get(public(f"shifts/{shift.id}")).text, "said once, not twice"


def test_a_cancelled_and_a_full_shift_say_so(make, client, public):
    gone, full = make.shift(cancelled_at=clock.now()), make.shift(capacity=1, going=1)
    (event,) = events_in(client.get(public(f"shifts/{gone.id}")).text)
    assert event["eventStatus"].endswith("/EventCancelled")
    assert faults(event) == []
    (event,) = events_in(client.get(public(f"shifts/{full.id}")).text)
    assert event["offers"]["availability"].endswith("/SoldOut")
    assert event["remainingAttendeeCapacity"] == 0


def test_an_events_page_tells_each_of_its_coming_shifts(make, client, public):
    event = make.event(name="Canvass in Oakwood", description="Meet at the library.")
    shifts = [make.shift(event=event) for _ in range(3)]
    make.shift(event=event, starts_at=clock.now() - timedelta(days=2))
    page = client.get(public(f"events/{event.id}")).text
    told = events_in(page)
    assert [faults(each) for each in told] == [[], [], []]
    assert {each["url"].rpartition("/")[2] for each in told} == {str(each.id) for each in shifts}


def test_no_text_breaks_out_of_the_data(make, client, public):
    event = make.event(name=BREAKOUT, description=BREAKOUT)
    shift = make.shift(event=event, location=make.location(name=BREAKOUT, address=BREAKOUT))
    for path in (f"shifts/{shift.id}", f"events/{event.id}", "shifts", "embed"):
        page = client.get(public(path)).text
        assert "<script>alert" not in page, path
        for told in events_in(page):
            assert told["name"] == BREAKOUT
            assert faults(told) == []


def test_the_checker_finds_what_is_wrong():
    """The written checker is no rubber stamp."""
    assert "location is missing" in faults({"@type": "Event"})


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("12 Main St, Miami, FL 33128", ("12 Main St", "Miami", "FL", "33128")),
        ("Apt 4, 12 Main St, St. Paul, MN 55101-1234", ("Apt 4, 12 Main St", "St. Paul", "MN", "55101-1234")),
    ],
)  # fmt: skip
def test_an_address_is_told_in_its_parts(text, parts):
    found = address_of(text)
    names = ("streetAddress", "addressLocality", "addressRegion", "postalCode")
    assert tuple(found[name] for name in names) == parts


def test_an_address_of_another_form_stays_whole():
    assert address_of("behind the old mill")["streetAddress"] == "behind the old mill"


# cards of links


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_shared_link_has_a_card_and_one_address(make, client, public, language):
    event = make.event(name="Canvass & cake", description="Word " * 100)
    shift = make.shift(event=event)
    headers = {"Accept-Language": language}
    for path in (f"shifts/{shift.id}", f"events/{event.id}"):
        told = meta(client.get(public(f"{path}?from=share"), headers=headers).text)
        assert told["og:title"] == "Canvass &amp; cake"
        assert told["og:url"] == told["canonical"]
        assert told["canonical"].endswith(public(path)), "without what was added to share it"
        assert told["og:locale"] == {"en": "en_US", "es": "es_US"}[language]
        assert len(told["og:description"]) <= 200
        assert "robots" not in told
    picture = client.get(re.sub(r"^https?://[^/]+", "", told["og:image"]))
    assert picture.data[:8] == b"\x89PNG\r\n\x1a\n"
    picture.close()


def test_what_is_for_volunteers_only_is_listed_nowhere(make, client, public):
    shift = make.shift(event=make.event(is_public=False))
    page = client.sign_in(make.person()).get(public(f"shifts/{shift.id}")).text
    assert events_in(page) == []
    assert meta(page)["robots"] == "noindex"


def test_no_page_for_strangers_names_anybody(make, client, public):
    lead = make.person(name="Lara Leadson", role="field_lead")
    event = make.event(host_id=lead.id)
    shift = make.shift(event=event, lead_id=lead.id)
    make.sign_up(shift, make.person(name="Victor Volunteer"))
    paths = [
        "shifts", "shifts?near=33128", "shifts.geojson", "shifts.ics", "shifts.atom", "embed", "sitemap.xml",
        f"shifts/{shift.id}", f"shifts/{shift.id}/shift.ics", f"events/{event.id}",
        f"events/{event.id}/shifts.ics",
    ]  # fmt: skip
    for path in paths:
        text = client.get(public(path)).text
        assert not re.search("Lara|Leadson|Victor", text), path
    member = client.sign_in(make.person()).get(public(f"shifts/{shift.id}")).text
    assert "Lara" in member
    assert "Leadson" not in member


# calendars and news


def calendar(text: str) -> Calendar:
    """Read after RFC 5545's rules: CRLF, lines of at most 75 octets, the properties each part must have."""
    assert text.endswith("END:VCALENDAR\r\n")
    assert "\n" not in text.replace("\r\n", "")
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    found = Calendar.from_ical(text)
    assert found["version"] == "2.0"
    assert found["prodid"]
    uids = []
    for event in found.walk("VEVENT"):
        assert event.errors == []
        for name in ("uid", "dtstamp", "dtstart", "dtend", "summary", "status", "sequence"):
            assert name in event, name
        for name in ("dtstamp", "dtstart", "dtend"):
            assert event[name].dt.utcoffset() == timedelta(0), f"{name} is in UTC"
        uids.append(str(event["uid"]))
    assert len(uids) == len(set(uids))
    return found


def uid_and_sequence(text: str) -> dict[str, tuple[int, str]]:
    return {
        str(event["uid"]): (event["sequence"], str(event["status"]))
        for event in calendar(text).walk("VEVENT")
    }


def test_the_file_of_a_shift_and_the_feeds_carry_one_uid(make, client, public):
    event = make.event(name="Canvass, with “quotes”; and a very long name " * 4, description="Zeile\n" * 30)
    shift = make.shift(event=event)
    texts = [
        client.get(public(path)).text
        for path in (f"shifts/{shift.id}/shift.ics", f"events/{event.id}/shifts.ics", "shifts.ics?near=33128")
    ]
    found = [uid_and_sequence(text) for text in texts]
    assert found[0] == found[1] == found[2]
    (entry,) = calendar(texts[0]).walk("VEVENT")
    assert entry["summary"] == event.name
    assert entry["dtstart"].dt == shift.starts_at.astimezone(UTC)
    assert "method" not in calendar(texts[0])


def test_a_moved_shift_keeps_its_uid_and_counts_up(make, client, public):
    shift = make.shift()
    before = uid_and_sequence(client.get(public("shifts.ics")).text)
    with transaction():
        row = db.session.get_one(Shift, shift.id)
        services.edit_shift(
            shift.campaign_id,
            shift.id,
            moved(row),
            now=clock.now(),
        )
    after = uid_and_sequence(client.get(public("shifts.ics")).text)
    assert set(after) == set(before)
    (uid,) = after
    assert after[uid][0] > before[uid][0]


def moved(row: Shift):
    """The plan of the same shift an hour later."""
    from volunteer_hub.events.plans import ShiftPlan

    return ShiftPlan(
        staging_location_id=row.staging_location_id,
        starts_at=row.starts_at + timedelta(hours=1),
        ends_at=row.ends_at + timedelta(hours=1),
        capacity=row.capacity,
    )


def test_a_cancelled_shift_is_taken_out_of_calendars_by_its_feed(make, client, public):
    event = make.event()
    shift, other = make.shift(event=event), make.shift(event=event)
    before = uid_and_sequence(client.get(public(f"events/{event.id}/shifts.ics")).text)
    with transaction():
        services.cancel_shift(shift.campaign_id, shift.id, now=clock.now())
    for path in (f"events/{event.id}/shifts.ics", "shifts.ics", "shifts.ics?near=33128"):
        after = uid_and_sequence(client.get(public(path)).text)
        assert set(after) == set(before), path
        cancelled = [uid for uid, (_, state) in after.items() if state == "CANCELLED"]
        assert len(cancelled) == 1
        assert after[cancelled[0]][0] > before[cancelled[0]][0]
    assert other.cancelled_at is None


def test_news_follow_a_search_and_validate(make, client, public):
    make.shift(event=make.event(name="Doors & <more>\x0b"))
    make.shift(event=make.event(name="Phones", kind="phone_bank"))
    feed = Xml.fromstring(client.get(public("shifts.atom?kind=phone_bank")).data)
    assert [each.findtext(f"{ATOM}title").split(",")[0] for each in feed.iter(f"{ATOM}entry")] == ["Phones"]
    whole = Xml.fromstring(client.get(public("shifts.atom")).data)
    for part in (whole, *whole.iter(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            assert part.findtext(f"{ATOM}{name}"), name
    ids = [each.findtext(f"{ATOM}id") for each in whole.iter(f"{ATOM}entry")]
    assert len(set(ids)) == 2
    assert whole.find(f"{ATOM}link[@rel='self']").get("href").endswith("/shifts.atom")


# sitemaps and robots


def test_robots_are_kept_from_links_with_secrets_and_shown_the_sitemap(make, client, public):
    text = client.get("/robots.txt").text if make.default_campaign else ""
    assert "Disallow: /s/" in text
    assert "Disallow: /j/" in text
    assert re.search(rf"^Sitemap: http://\S+{public('sitemap.xml')}$", text, re.M)


def test_the_sitemap_lists_public_events_with_shifts_ahead(make, client, public):
    shown, over, hidden = make.event(), make.event(), make.event(is_public=False)
    make.shift(event=shown), make.shift(event=hidden)
    make.shift(event=over, starts_at=clock.now() - timedelta(days=1))
    text = client.get(public("sitemap.xml")).text
    paths = [re.sub(r"^https?://[^/]+", "", each.text) for each in Xml.fromstring(text).iter(f"{SITEMAP}loc")]
    assert paths == [public("shifts"), public(f"events/{shown.id}")]


def test_many_events_are_listed_in_pages(make, client, public, monkeypatch):
    monkeypatch.setattr(views_public, "PAGE", 2)
    monkeypatch.setattr(sitemaps, "PAGE", 2)
    events = [make.event() for _ in range(5)]
    for event in events:
        make.shift(event=event)
    index = Xml.fromstring(client.get(public("sitemap.xml")).text)
    assert index.tag == f"{SITEMAP}sitemapindex"
    addresses = [re.sub(r"^https?://[^/]+", "", each.text) for each in index.iter(f"{SITEMAP}loc")]
    listed = "".join(client.get(address).text for address in addresses)
    assert [f"/events/{event.id}<" in listed for event in events] == [True] * 5
    assert listed.count("/events/") == 5


# other sites


def test_the_frame_may_stand_on_any_site_and_nothing_else_may(make, client, public):
    shift = make.shift()
    answer = client.get(public("embed?near=33128"))
    assert "frame-ancestors *" in answer.headers["Content-Security-Policy"]
    assert "Set-Cookie" not in answer.headers
    assert "<form" not in answer.text
    links = re.findall(r"<a [^>]*>", answer.text)
    assert links
    assert all('target="_blank"' in link and 'rel="noopener"' in link for link in links)
    assert f"/shifts/{shift.id}?from=embed" in answer.text
    assert answer.headers["Cross-Origin-Embedder-Policy"] == "require-corp"
    assert {"Accept-Language", "Cookie"} <= set(answer.vary), "what is kept on the way is kept by language"
    other = client.get(public(f"shifts/{shift.id}"))
    assert "frame-ancestors 'none'" in other.headers["Content-Security-Policy"]
    wrong = client.get("/c/no-such-campaign/embed", status=404)
    assert "frame-ancestors *" in wrong.headers["Content-Security-Policy"], "or nobody could read why"


def test_the_script_is_one_file_without_secrets(client, app):
    answer = client.get("/embed.js")
    assert answer.mimetype == "text/javascript"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Set-Cookie" not in answer.headers


def test_an_organizer_takes_the_snippet_and_sees_it(make, client):
    browser = client.sign_in(make.person(role="organizer"))
    answer = browser.get("/organize/sharing?near=33128&kind=canvass")
    assert "frame-src &#39;self&#39;" not in answer.text
    assert "frame-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "data-title=" in answer.text
    assert "data-near=&#34;33128&#34;" in answer.text or 'data-near=\\"33128\\"' in answer.text
    assert "/embed?near=33128&amp;kind=canvass" in answer.text


def test_only_who_answers_for_the_whole_campaign_decides_what_strangers_read(make, client):
    local = make.person(role="organizer", area=make.area())
    client.sign_in(local).post("/organize/sharing/reasons", {"wanted": "yes"}, status=403)

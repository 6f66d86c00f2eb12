"""Times are told in the campaign's zone, which is named where a clock nearby shows another hour."""

from __future__ import annotations

from datetime import UTC, datetime

from volunteer_hub.events import links, mails
from volunteer_hub.events.queries import shift_card
from volunteer_hub.events.wording import moment_text, span_text

AT, UNTIL = datetime(2026, 10, 3, 14, tzinfo=UTC), datetime(2026, 10, 3, 17, tzinfo=UTC)
EAST, CENTRAL = "America/New_York", "America/Chicago"


def test_the_zone_is_named_only_where_another_clock_differs(app):
    with app.test_request_context():
        assert moment_text(AT, EAST, "America/Detroit", None).endswith("10:00\u202fAM")
        assert moment_text(AT, EAST, None, CENTRAL).endswith("10:00\u202fAM ET")
        assert span_text(AT, UNTIL, CENTRAL, EAST).endswith("9:00\u202fAM to 12:00\u202fPM CT")


def pensacola(make):
    place = make.location(address="1 Palafox Street, Pensacola, FL 32502", latitude=30.41, longitude=-87.21)
    return make.shift(location=place)


def test_the_pages_of_a_shift_in_another_zone_name_the_zone(make, client):
    campaign = make.default_campaign
    for shift, is_named in ((make.shift(), False), (pensacola(make), True)):
        page = client.get(f"/c/{campaign.slug}/shifts/{shift.id}").text
        assert ("M ET<" in page) == is_named
    assert "M ET<" in client.get(f"/c/{campaign.slug}/shifts").text


def test_a_reader_in_another_zone_is_told_which_one_is_meant(make, client):
    person, shift = make.person(time_zone=CENTRAL), make.shift()
    at_home = make.sign_up(shift)
    away = make.sign_up(shift, person)
    assert "M ET<" in client.get(links.sign_up_path(away.id)).text
    assert "M ET<" not in client.get(links.sign_up_path(at_home.id)).text


def test_mails_name_the_zone_for_a_shift_in_another_one(app, make):
    shift, near = pensacola(make), make.shift()
    campaign, person = make.default_campaign, make.person()
    with app.test_request_context():
        far_mail = mails.cover(1, shift_card(campaign.id, shift.id), person, campaign, "Olga")
        near_mail = mails.cover(2, shift_card(campaign.id, near.id), person, campaign, "Olga")
    assert "M ET" in far_mail.text
    assert far_mail.subject.endswith("ET?")
    assert " ET" not in near_mail.text + near_mail.subject

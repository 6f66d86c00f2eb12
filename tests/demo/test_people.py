"""Invented volunteers: the same from the same seed, plausible, and reaching nobody real."""

from __future__ import annotations

import pytest
import zipcodes

from volunteer_hub.demo import people


@pytest.fixture(scope="module")
def crowd():
    return people.volunteers(3_000, seed=7, home_geoid="12101")


def test_the_same_seed_gives_the_same_people_and_another_does_not(crowd):
    assert people.volunteers(3_000, seed=7, home_geoid="12101").equals(crowd)
    assert not people.volunteers(3_000, seed=8, home_geoid="12101").email.equals(crowd.email)


def test_emails_and_phones_are_unique_and_belong_to_nobody(crowd):
    assert crowd.email.is_unique
    assert crowd.email.str.fullmatch(r"[a-z.0-9]+@example\.org").all()
    given = crowd.phone[crowd.phone != ""]
    assert given.is_unique
    assert given.str.fullmatch(r"\+1[2-9]\d{2}55501\d{2}").all()


def test_homes_lie_within_two_kilometres_of_their_real_zip(crowd):
    for row in crowd.sample(60, random_state=1).itertuples():
        (home,) = zipcodes.matching(row.zip)
        assert home["state"] == "FL"
        assert abs(float(home["lat"]) - row.latitude) < 0.02
        assert abs(float(home["long"]) - row.longitude) < 0.02


def test_shares_are_as_documented(crowd):
    assert crowd.show_chance.between(0, 1).all()
    assert crowd.show_chance.mean() == pytest.approx(0.5, abs=0.02)
    assert (crowd.GEOID == "12101").mean() == pytest.approx(0.14, abs=0.03)
    assert (crowd.skills != "").all()
    assert all(own in spoken for own, spoken in zip(crowd.language, crowd.languages, strict=True))
    assert crowd.age.between(16, 90).all()
    assert not crowd.wants_texts[crowd.phone == ""].any()


def test_availability_reads_back_as_windows_that_run_forwards(crowd):
    for text in crowd.availability.unique():
        for weekday, start, end in people.windows(text):
            assert 0 <= weekday <= 6
            assert start < end


def test_no_people_is_an_empty_table_and_fewer_is_refused():
    assert len(people.volunteers(0)) == 0
    with pytest.raises(ValueError, match="cannot be negative"):
        people.volunteers(-1)
    with pytest.raises(ValueError, match="not the GEOID of a Florida county"):
        people.volunteers(5, home_geoid="48001")

"""Persons: coming in, changing their own record, saying when they can help and how to reach them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select, update

from volunteer_hub.core import audit
from volunteer_hub.core.db import announce, db
from volunteer_hub.core.refusals import Conflict, NotFound, Refusal
from volunteer_hub.messaging import services as messaging
from volunteer_hub.people import queries
from volunteer_hub.people.consent_words import via_of_joining
from volunteer_hub.people.contact import normal_email, normal_phone
from volunteer_hub.people.facts import HomeMoved, PersonJoined, PersonSetAside, VolunteerChanged
from volunteer_hub.people.models import Availability, Passkey, Person, SignInLink
from volunteer_hub.people.places import home_of
from volunteer_hub.people.services import consent, rights, sessions
from volunteer_hub.people.vocabulary import LANGUAGES, PAGE_LANGUAGES, SKILLS
from volunteer_hub.people.windows import Window, joined

MOST_WINDOWS = 120


@dataclass(frozen=True, slots=True)
class Profile:
    """What a person says about themselves."""

    name: str
    language: str = "en"
    languages: tuple[str, ...] = ("en",)
    skills: tuple[str, ...] = ()
    home_text: str = ""
    max_travel_km: float = 25.0
    shifts_wanted: int = 1


class AlreadyThere(Conflict):
    """The campaign has a person with this address."""

    def __init__(self) -> None:
        super().__init__(_l("Somebody with this email is in the campaign already."), field="email")


def add_person(
    campaign_id: int,
    area_id: int,
    email: str,
    profile: Profile,
    *,
    now: datetime,
    via: str,
    by: int | None = None,
    phone: str = "",
    email_agreed: bool | None = None,
    text_agreed: bool | None = None,
    awaits_confirmation: bool = False,
    consent_via: str | None = None,
) -> Person:
    """Add a person to a campaign. `via` says how they came: form, staff, command, file.

    email_agreed, text_agreed: what they answered; None where they were not asked, and nothing is kept.
    consent_via: how they agreed, where that is known better than from `via` (consent_words.VIA).

    Raises AlreadyThere, or the refusal of the field that cannot be read.
    """
    email = normal_email(email)
    if queries.person_with_email(campaign_id, email) is not None:
        raise AlreadyThere()
    person = Person(
        campaign_id=campaign_id,
        area_id=area_id,
        email=email,
        name=_name(profile.name),
        created_at=now,
        joined_via=via,
        awaits_confirmation=awaits_confirmation,
    )
    db.session.add(person)
    _put(person, profile)
    _put_phone(person, phone, bool(text_agreed))
    db.session.flush()
    how = consent_via or via_of_joining(via)
    for purpose, is_given in (("email", email_agreed), ("text", text_agreed)):
        if is_given is not None:
            consent.record(person, purpose, is_given, via=how, language=person.language, now=now)
    if via == "staff":
        audit.record("add.person", campaign_id=campaign_id, by=by, subject=f"person:{person.id}")
    announce(PersonJoined(person.id))
    return person


def edit_profile(person: Person, profile: Profile, *, by: int, note: str | None = None) -> None:
    """Change what a person says about themselves; a change by somebody else is logged."""
    before = (person.latitude, person.longitude)
    person.name = _name(profile.name)
    _put(person, profile)
    if note is not None:
        person.note = note
    if (person.latitude, person.longitude) != before:
        announce(HomeMoved(person.id))
    announce(VolunteerChanged(person.id))
    if by != person.id:
        audit.record("change.person", campaign_id=person.campaign_id, by=by, subject=f"person:{person.id}")


def set_consent(
    person: Person,
    *,
    phone: str,
    email_agreed: bool | None,
    text_agreed: bool | None,
    by: int,
    now: datetime,
    language: str | None = None,
) -> None:
    """Say on which channels a person may be written to. A text needs a phone number.

    None: not answered, and it stays as it was; but a yes to texts holds for its number alone.
    language: in which the person read the questions; their own where nothing is said.

    Agreeing again lifts an earlier unsubscribe, but no STOP from the phone: a START from it does. Taking it
    back stops what still waits.
    """
    had_email, had_text = person.email_agreed_at is not None, person.text_agreed_at is not None
    old_phone = person.phone
    _put_phone(person, phone, bool(text_agreed))
    shown_in = language or person.language
    is_other_number = bool(old_phone) and old_phone != person.phone
    if is_other_number and text_agreed is not False:
        consent.record(person, "text", False, via="new_number", language=shown_in, now=now)
    via = "profile" if by == person.id else "staff"
    for purpose, is_given in (("email", email_agreed), ("text", text_agreed)):
        if is_given is not None:
            consent.record(person, purpose, is_given, via=via, language=shown_in, now=now)
    announce(VolunteerChanged(person.id))
    has_email, has_text = person.email_agreed_at is not None, person.text_agreed_at is not None
    _tell_messaging(person, "email", person.email, had_email, has_email, now)
    if person.phone:
        had_text = had_text and not is_other_number  # a new number agrees anew
        _tell_messaging(person, "text", person.phone, had_text, has_text, now)
    audit.record(
        "change.consent",
        campaign_id=person.campaign_id,
        by=by,
        subject=f"person:{person.id}",
        email=has_email,
        text=has_text,
    )


def change_phone(person: Person, phone: str, *, by: int, now: datetime) -> None:
    """Correct a phone number; what was agreed for texts to the old one does not hold for a new one."""
    set_consent(person, phone=phone, email_agreed=None, text_agreed=None, by=by, now=now)


def change_email(person: Person, email: str, *, by: int, now: datetime) -> None:
    """Give a person another address, after whoever asks has shown that it is right.

    Somebody else's sessions are ended by it, and links that lie in the old mailbox open nothing any more.
    """
    email = normal_email(email)
    other = queries.person_with_email(person.campaign_id, email)
    if other is not None and other.id != person.id:
        raise AlreadyThere()
    if email == person.email:
        return
    if other is not None:
        _free_address(other, email)
    person.email = email
    db.session.execute(
        update(SignInLink)
        .where(SignInLink.person_id == person.id, SignInLink.used_at.is_(None))
        .values(used_at=now)
    )
    if by != person.id:
        sessions.end_all(person.campaign_id, person.id, by=by, now=now)
        db.session.execute(delete(Passkey).where(Passkey.person_id == person.id))
    audit.record("change.email", campaign_id=person.campaign_id, by=by, subject=f"person:{person.id}")


def _free_address(person: Person, email: str) -> None:
    """The address stands in a row that was merged into this person: that row does without it."""
    entry = select(Person).where(Person.merged_into_id == person.id, Person.email == email)
    for row in db.session.scalars(entry):
        row.email = f"merged-{row.id}@merged.invalid"
    db.session.flush()


def add_windows(person: Person, windows: Iterable[Window]) -> None:
    """Add times when the person can help; overlapping ones are joined."""
    kept = [row.window for row in queries.availability(person.id)]
    set_windows(person, [*kept, *windows])


def set_windows(person: Person, windows: Iterable[Window]) -> None:
    """Replace all times when the person can help, with the exceptions; none that gives time means any."""
    wanted = joined(windows)
    if len(wanted) > MOST_WINDOWS:
        raise Refusal(_l("At most %(count)s times, please.", count=MOST_WINDOWS))
    db.session.execute(delete(Availability).where(Availability.person_id == person.id))
    db.session.add_all(
        Availability(
            campaign_id=person.campaign_id,
            person_id=person.id,
            weekday=each.weekday,
            day_on=each.day_on,
            from_time=each.from_time,
            until_time=each.until_time,
            is_away=each.is_away,
        )
        for each in wanted
    )
    db.session.flush()
    announce(VolunteerChanged(person.id))


def remove_window(person: Person, window_id: int) -> None:
    """Take one time away."""
    row = db.session.get(Availability, window_id)
    if row is None or row.person_id != person.id:
        raise NotFound()
    db.session.delete(row)
    announce(VolunteerChanged(person.id))


def set_active(person: Person, is_active: bool, *, by: int, now: datetime) -> None:
    """Set a person aside, or take them in again. Setting aside ends their sessions; the last admin stays."""
    if not is_active and rights.is_root_admin(person.id):
        rights.refuse_last_admin(person.campaign_id, person.id)
    person.is_active = is_active
    if not is_active:
        sessions.end_all(person.campaign_id, person.id, by=by, now=now)
        announce(PersonSetAside(person.id))
    else:
        announce(VolunteerChanged(person.id))
    action = "activate.person" if is_active else "deactivate.person"
    audit.record(action, campaign_id=person.campaign_id, by=by, subject=f"person:{person.id}")


def choose_language(person: Person, language: str) -> None:
    """The language of pages and messages for this person."""
    if language in PAGE_LANGUAGES:
        person.language = language


def _put(person: Person, profile: Profile) -> None:
    if profile.language not in PAGE_LANGUAGES:
        raise Refusal(_l("Choose a language."), field="language")
    if not 1 <= profile.max_travel_km <= 500:
        raise Refusal(_l("How far do you travel? Between 1 and 310 miles."), field="max_travel_miles")
    if not 1 <= profile.shifts_wanted <= 14:
        raise Refusal(_l("Between 1 and 14 shifts."), field="shifts_wanted")
    person.language = profile.language
    person.languages = [code for code in LANGUAGES if code in profile.languages] or [profile.language]
    person.skills = [skill for skill in SKILLS if skill in profile.skills]
    person.max_travel_km, person.shifts_wanted = profile.max_travel_km, profile.shifts_wanted
    if profile.home_text != (person.home_text or ""):
        put_home(person, profile.home_text)


def put_home(person: Person, text: str) -> None:
    """Place the home from a ZIP or an address; empty forgets it. Raises UnknownPlace."""
    home = home_of(text) if text else None
    person.home_text = home.text if home else None
    person.latitude = home.latitude if home else None
    person.longitude = home.longitude if home else None
    person.location_source = home.source if home else None
    person.location_accuracy_m = home.accuracy_m if home else None
    person.time_zone = home.time_zone if home else None


def _put_phone(person: Person, phone: str, text_agreed: bool) -> None:
    person.phone = normal_phone(phone)
    if text_agreed and person.phone is None:
        raise Refusal(_l("To get texts, give a phone number."), field="phone")


def _tell_messaging(person: Person, channel: str, address: str, had: bool, has: bool, now: datetime) -> None:
    digest = messaging.digest_of(channel, address)
    if has and not had:
        messaging.opt_in_by_page(person.campaign_id, channel, digest)
    if had and not has:
        messaging.opt_out(person.campaign_id, channel, digest, reason="unsubscribe", now=now)


def _name(text: str) -> str:
    name = " ".join(text.split())
    if not name:
        raise Refusal(_l("Write a name."), field="name")
    return name[:200]

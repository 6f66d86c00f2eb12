"""Secrets of all kinds, and people, turf and doors that tell themselves, for test_tokens.py.

Everything that must not be seen holds a word of its own, like qqzzanoldleasedoorzzqq, and everybody has a
number of their own; so whatever an answer gives away, and whose it is, can be read off the answer.
"""

from __future__ import annotations

import gzip
import itertools
import json
import re
from dataclasses import dataclass
from datetime import timedelta

from tests.access_samples import World
from tests.browsing import Browser
from volunteer_hub.assignments.links import offer_path
from volunteer_hub.assignments.models import Assignment, State
from volunteer_hub.canvass.models import DoorReport
from volunteer_hub.canvass.models_additions import Addition
from volunteer_hub.core import clock, secrets
from volunteer_hub.core.db import db, transaction
from volunteer_hub.districts.models import Door, Voter
from volunteer_hub.events import links
from volunteer_hub.events import services as event_services
from volunteer_hub.messaging import services as messaging
from volunteer_hub.messaging.models import Message
from volunteer_hub.people import identity, queries
from volunteer_hub.people import services as people_services
from volunteer_hub.people.models import Person, SignInLink, WebSession
from volunteer_hub.turf import services as turf_services
from volunteer_hub.turf.models import Turf, TurfDoor, WalkPass

WORD = re.compile(r"qqzz[a-z]+?zzqq")


def word(*parts: str) -> str:
    """A word that stands nowhere but where it was put: word("a_lease", "door") is qqzzaleasedoorzzqq."""
    return f"qqzz{''.join(parts)}zzqq".replace("_", "")


@dataclass(frozen=True, slots=True)
class Secret:
    """What somebody has in hands. shows: the words that it opens, all of them and no others.

    addresses: where it belongs, in full, where its value alone does not say so. doors: those it is for, or
    was. is_cookie: may it also be tried as a session? Not where it is one.
    """

    value: str
    shows: frozenset[str] = frozenset()
    addresses: tuple[str, ...] = ()
    doors: tuple[int, ...] = ()
    is_cookie: bool = True


class Town:
    """Makes people and turf that tell themselves, and knows whose number is whose."""

    def __init__(self, app, make) -> None:
        self.app, self.make = app, make
        self.numbers: dict[str, str] = {}
        self._next = itertools.count(3055550100)

    def person(self, who: str, **fields) -> Person:
        name = word(who, "person")
        number = next(self._next)
        self.numbers[str(number)] = name
        told = {"name": f"Ana {name}", "email": f"{name}-{number}@example.org", "phone": f"+1{number}"}
        return self.make.person(**told | fields)

    def turf(self, who: str, *, area=None) -> Turf:
        """A turf of four doors with a voter behind each."""
        district = self.make.district(area=area)
        named = word(who, "turf")
        turf = self.make.turf(4, precinct=self.make.precinct(district, code=named, name=named))
        self.mark(who, self.make.doors_of(turf))
        return turf

    def mark(self, who: str, door_ids) -> None:
        """Let these doors, and who lives behind them, tell that they are `who`'s."""
        told = word(who, "door")
        with transaction():
            for door in db.session.query(Door).filter(Door.id.in_(door_ids)):
                door.street, door.city = f"{told} Lane", told
        for door in db.session.query(Door).filter(Door.id.in_(door_ids)).all():
            self.make.voter(door, given_name=told, family_name=told, address_text=f"1 {told} Ln")

    def seen(self, answer) -> set[str]:
        """The words in an answer, its headers and its text, and the names whose numbers are in it."""
        body = answer.get_data()
        if answer.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        text = f"{answer.headers}\n{body.decode('utf-8', 'replace')}".lower()
        digits = re.sub(r"[-\s().]", "", text)
        return set(WORD.findall(text)) | {name for number, name in self.numbers.items() if number in digits}


class Victims(World):
    """A row for each address, in the same campaign, of people who have nothing to do with any secret."""

    def __init__(self, town: Town) -> None:
        super().__init__(town.make)
        self.town = town
        self.doors = tuple(town.make.doors_of(self._turf()))
        for each in ("lease_id", "report_id", "addition_id", "sign_up_id"):
            self.value(each)

    def put(self, values: dict[str, str]) -> None:
        """Let parameters of these names have these values."""
        self._rows |= values

    def person(self, **fields) -> Person:
        return self.town.person("victim", area=self.area, **fields)

    def _turf(self) -> Turf:
        if "turf" not in self._rows:
            self._rows["turf"] = self.town.turf("victim", area=self.area)
        return self._rows["turf"]

    def report_id(self):
        made = super().report_id()
        with transaction():
            db.session.get_one(DoorReport, made).note = word("victim", "door")
        return made

    def addition_id(self):
        made = super().addition_id()
        with transaction():
            db.session.get_one(Addition, made).name = word("victim", "door")
        return made


class Secrets(Town):
    """A method for each kind of secret that opens something, or did once."""

    # -- leases

    def a_lease(self) -> Secret:
        turf, lease = self._leased("a_lease")
        return self._of_lease("a_lease", turf, lease, "door", "turf")

    def an_old_lease(self) -> Secret:
        turf, lease = self._leased("an_old_lease", hours_ago=5, hours_left=-1)
        return self._of_lease("an_old_lease", turf, lease, "turf")

    def a_lease_taken_back(self) -> Secret:
        turf, lease = self._leased("a_lease_taken_back")
        self._end(lease, "taken_back")
        return self._of_lease("a_lease_taken_back", turf, lease, "turf")

    def a_lease_that_somebody_else_has_by_now(self) -> Secret:
        turf, lease = self._leased("taken_over")
        heir = self.person("heir")
        with transaction():
            turf_services.take_over(turf.campaign_id, lease.lease_id, heir.id, by=None, now=clock.now())
        return self._of_lease("taken_over", turf, lease, "turf")

    def a_lease_wiped(self) -> Secret:
        turf, lease = self._leased("a_lease_wiped")
        with transaction():
            turf_services.wipe(turf.campaign_id, lease.lease_id, now=clock.now())
        return self._of_lease("a_lease_wiped", turf, lease, "turf")

    def a_lease_handed_back(self) -> Secret:
        turf, lease = self._leased("a_lease_handed_back")
        Browser(self.app).post(f"/walk/{lease.token}/return")
        return self._of_lease("a_lease_handed_back", turf, lease, "turf")

    def a_lease_given_back_in_part(self) -> Secret:
        """The doors that went are in somebody else's hands."""
        turf, lease = self._leased("part")
        going = self.make.doors_of(turf)[:2]
        Browser(self.app).post(f"/walk/{lease.token}/part", {"doors": going})
        self._rename("gone", going)
        of_going = db.select(TurfDoor.turf_id).where(
            TurfDoor.door_id == going[0], TurfDoor.turf_id != turf.id
        )
        self.make.lease(db.session.get_one(Turf, db.session.scalar(of_going)), self.person("heir"))
        return self._of_lease("part", turf, lease, "door", "turf")

    def a_lease_of_somebody_set_aside(self) -> Secret:
        turf, lease = self._leased("set_aside")
        admin = self.person("admin").id
        with transaction():
            person = db.session.get_one(Person, lease.person_id)
            people_services.set_active(person, False, by=admin, now=clock.now())
        return self._of_lease("set_aside", turf, lease, "turf")

    def a_lease_of_somebody_erased(self) -> Secret:
        turf, lease = self._leased("erased")
        with transaction():
            person = db.session.get_one(Person, lease.person_id)
            people_services.erase(person, by=None, now=clock.now())
        return self._of_lease("erased", turf, lease, "turf")

    # -- short links to leases

    def a_pass(self) -> Secret:
        return self._of_lease("a_pass", *self._leased("a_pass"), "door", "turf", is_pass=True)

    def an_old_pass(self) -> Secret:
        secret = self._of_lease("an_old_pass", *self._leased("an_old_pass"), is_pass=True)
        with transaction():
            db.session.query(WalkPass).update({"expires_at": clock.now() - timedelta(minutes=1)})
        return secret

    def a_pass_to_turf_taken_back(self) -> Secret:
        turf, lease = self._leased("back")
        secret = self._of_lease("back", turf, lease, is_pass=True)
        self._end(lease, "taken_back")
        return secret

    def a_pass_of_somebody_set_aside(self) -> Secret:
        turf, lease = self._leased("aside")
        secret = self._of_lease("aside", turf, lease, is_pass=True)
        with transaction():
            db.session.get_one(Person, lease.person_id).is_active = False
        return secret

    # -- signing in

    def a_sign_in_link(self) -> Secret:
        return self._sign_in_link("a_sign_in_link", "person")

    def a_used_sign_in_link(self) -> Secret:
        secret = self._sign_in_link("used")
        Browser(self.app).post(f"/sign-in/link/{secret.value}")
        return secret

    def an_old_sign_in_link(self) -> Secret:
        secret = self._sign_in_link("too_old")
        with transaction():
            db.session.query(SignInLink).update({"expires_at": clock.now() - timedelta(minutes=1)})
        return secret

    def a_session_that_was_ended(self) -> Secret:
        secret = self._session("ended", is_cookie=True)
        with transaction():
            db.session.query(WebSession).update({"revoked_at": clock.now()})
        return secret

    def an_old_session(self) -> Secret:
        secret = self._session("old_session", is_cookie=True)
        with transaction():
            db.session.query(WebSession).update({"expires_at": clock.now() - timedelta(minutes=1)})
        return secret

    def a_session_that_is_no_cookie(self) -> Secret:
        return self._session("no_cookie", is_cookie=False)

    def a_change_of_address(self) -> Secret:
        return Secret(self._wish("a_change", minutes=10), frozenset({word("a_change", "new")}))

    def an_old_change_of_address(self) -> Secret:
        return Secret(self._wish("an_old_change", minutes=-1))

    # -- links of events, offers and messages

    def a_sign_up_link(self) -> Secret:
        sign_up = self.make.sign_up(self._shift("sign_up"), self.person("sign_up"))
        return self._of_path(links.sign_up_path(sign_up.id), word("sign_up", "event"))

    def a_join_link(self) -> Secret:
        return self._of_path(self._join_path("join", hours=1), word("join", "event"))

    def an_old_join_link(self) -> Secret:
        return self._of_path(self._join_path("old_join", hours=-1))

    def a_calendar_address(self) -> Secret:
        return Secret(self._feed("calendar"), frozenset({word("calendar", "event")}))

    def a_calendar_address_replaced(self) -> Secret:
        token = self._feed("replaced")
        with transaction():
            event_services.new_feed(
                self.make.default_campaign.id, int(token.partition("-")[0]), now=clock.now()
            )
        return Secret(token)

    def an_offer(self) -> Secret:
        person, shift = self.person("an_offer"), self._shift("an_offer")
        with transaction():
            row = Assignment(
                campaign_id=person.campaign_id, person_id=person.id, shift_id=shift.id, value=1.0,
                state=State.OFFERED, nonce="nonce", proposed_at=clock.now(), offered_at=clock.now(),
                answer_by=clock.now() + timedelta(days=1),
            )  # fmt: skip
            db.session.add(row)
        return self._of_path(offer_path(row.id, "nonce"), word("an_offer", "event"))

    def an_unsubscribe_link(self) -> Secret:
        person = self.person("unsubscribe")
        with transaction():
            reader = queries.recipient(person.id)
            messaging.post_once(person.campaign_id, "sample", "sample", reader, "Hello", "Hello")
        message = db.session.scalars(db.select(Message.id).where(Message.person_id == person.id)).one()
        return self._of_path(messaging.unsubscribe_path(message))

    def nonsense(self) -> Secret:
        return Secret("nonsense")

    # -- helpers

    def _leased(self, who: str, **fields):
        turf = self.turf(who)
        return turf, self.make.lease(turf, self.person(who), **fields)

    def _of_lease(self, who: str, turf, lease, *shown: str, is_pass: bool = False) -> Secret:
        value = self._pass(lease) if is_pass else lease.token
        doors = tuple(self.make.doors_of(turf))
        return Secret(value, frozenset(word(who, each) for each in shown), doors=doors)

    def _end(self, lease, reason: str) -> None:
        with transaction():
            campaign_id = self.make.default_campaign.id
            turf_services.end_lease(campaign_id, lease.lease_id, reason=reason, now=clock.now())

    def _pass(self, lease) -> str:
        """As the field lead makes it at the table."""
        lead = Browser(self.app).sign_in(self.make.person(role="field_lead"))
        page = lead.post(f"/turf/leases/{lease.lease_id}/pass", status=200).text
        return re.search(r"/w/([A-Z0-9-]+)", page)[1]

    def _rename(self, who: str, door_ids) -> None:
        with transaction():
            db.session.query(Voter).filter(Voter.door_id.in_(door_ids)).delete()
        self.mark(who, door_ids)

    def _sign_in_link(self, who: str, *shown: str) -> Secret:
        person = self.person(who)
        with transaction():
            path = people_services.link_for(person, by=None, asked_from="", now=clock.now())
        return Secret(path.rpartition("/")[2], frozenset(word(who, each) for each in shown))

    def _session(self, who: str, *, is_cookie: bool) -> Secret:
        person = self.person(who, role="admin")
        with transaction():
            token = identity.open_session(
                person, way_in="link", browser="test", second_factor=True, now=clock.now()
            )
        return Secret(token, is_cookie=is_cookie)

    def _shift(self, who: str):
        """Of an event that no public page names."""
        return self.make.shift(event=self.make.event(name=word(who, "event"), is_public=False))

    def _wish(self, who: str, *, minutes: float) -> str:
        person, until = self.person(who), clock.now() + timedelta(minutes=minutes)
        new = f"{word(who, 'new')}@example.org"
        wish = {"id": person.id, "old": person.email, "new": new, "until": until.timestamp()}
        return secrets.seal(json.dumps(wish)).decode()

    def _join_path(self, who: str, *, hours: float) -> str:
        until = clock.now() + timedelta(hours=hours)
        return links.join_path(self._shift(who).id, self.person(who).id, until)

    def _feed(self, who: str) -> str:
        person = self.person(who)
        self.make.sign_up(self._shift(who), person)
        with transaction():
            return event_services.new_feed(person.campaign_id, person.id, now=clock.now())

    def _of_path(self, path: str, *shown: str) -> Secret:
        return Secret(path.rpartition("/")[2], frozenset(shown), (path,))


KINDS = [name for name in vars(Secrets) if not name.startswith("_")]

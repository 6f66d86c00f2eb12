"""A row for each parameter that stands in an address, for the test that walks every route.

A new parameter needs one method here, named after it, that returns the id of a row of the world's
campaign, made in the world's area where it has one. Say in IN_AREA that organizers of other areas must
not see it, in PERSONAL that other volunteers must not.
"""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import Any

from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.people.models import Area, Campaign, Person

IN_AREA = {
    "person_id", "area_id", "grant_id", "shift_id", "sign_up_id", "event_id", "location_id", "task_id",
    "run_id", "wish_id", "turf_id", "lease_id", "report_id", "list_id", "cut_id", "batch_id", "addition_id",
    "outing_id", "help_id", "sheet_id", "entry_id", "district_id", "precinct_id", "assignment_id",
    "message_id", "reply_id", "segment_id", "other_id", "merge_id",
}  # fmt: skip
PERSONAL = {"window_id", "session_id", "sign_up_id", "lease_id", "passkey_id"}

# What a form must hold before its page looks at the row: an incomplete one would hide a missing check.
BODIES: dict[str, dict[str, str]] = {"canvass.review": {"decision": "confirmed"}}

# Words and secrets in addresses: nobody's, so a route that trusts them shows itself.
WORDS: dict[str, Any] = {
    "token": "not-a-token-of-anybody",
    "signature": "not-a-signature",
    "code": "AAAAAAAAAA",
    "expires": 4_000_000_000,
    "shifts": "1-2",
    "name": "rejected.csv",
    "version": "0",
    "number": 0,  # of a version of the script: every campaign starts with this one
    "kind": "districts",
}


class World:
    """A campaign with an area and rows in it, each made when first asked for."""

    def __init__(self, make, campaign: Campaign | None = None, area: Area | None = None) -> None:
        self.make = make
        self.campaign = campaign or make.default_campaign
        self.area = area or make.area(parent=make.root_of(self.campaign))
        self._rows: dict[str, Any] = {}

    def value(self, name: str, converter: Any = None) -> Any:
        """What to put into an address for the parameter `name`."""
        if name not in self._rows:
            self._rows[name] = self._made(name, converter)
        return self._rows[name]

    def _made(self, name: str, converter: Any) -> Any:
        if name == "slug":
            return self.campaign.slug
        if name in WORDS:
            choices = sorted(getattr(converter, "items", None) or ())
            return choices[0] if choices else WORDS[name]
        maker = getattr(self, name, None)
        if maker is None:
            raise AssertionError(
                f"An address has the parameter {name!r}, which tests/access_samples.py does not know. "
                "Add a method of that name to World there, that makes a row and returns its id."
            )
        return maker()

    def person(self, **fields) -> Person:
        return self.make.person(area=self.area, **fields)

    def _add(self, row: Any) -> Any:
        with transaction():
            db.session.add(row)
        return row.id

    def person_id(self) -> int:
        return self.person().id

    def area_id(self) -> int:
        return self.area.id

    def list_id(self) -> int:
        from volunteer_hub.people.models import VolunteerList

        seen = {"columns": ["email", "name"], "values": [[], []], "sample": [], "rows": 1, "has_header": True}
        return self._add(
            VolunteerList(
                campaign_id=self.campaign.id,
                area_id=self.area.id,
                file_name="friends.csv",
                stored_name="nothing",
                state="asked",
                options={"seen": seen | {"guess": {"email": 0, "name": 1}}},
                created_at=clock.now(),
            )
        )

    def other_id(self) -> int:
        return self.person().id

    def merge_id(self) -> int:
        from volunteer_hub.people.models import Merge

        kept, gone = self.person(), self.person(is_active=False)
        with transaction():
            gone.merged_into_id = kept.id
        return self._add(
            Merge(campaign_id=self.campaign.id, kept_id=kept.id, gone_id=gone.id, merged_at=clock.now())
        )

    def segment_id(self) -> int:
        from volunteer_hub.people.models import Segment

        name = f"Drivers {self.area.id}"
        return self._add(
            Segment(
                campaign_id=self.campaign.id,
                area_id=self.area.id,
                name=name,
                wanted={"skill": ["drive"]},
                created_at=clock.now(),
            )
        )

    def grant_id(self) -> int:
        from volunteer_hub.people import queries

        person = self.person(role="field_lead")
        return queries.grants(self.campaign.id, person_id=person.id)[0].id

    def window_id(self) -> int:
        from volunteer_hub.people import queries, services
        from volunteer_hub.people.windows import read_windows

        person = self.person()
        with transaction():
            services.set_windows(person, read_windows("5 09:00-13:00"))
        return queries.availability(person.id)[0].id

    def session_id(self) -> int:
        from volunteer_hub.people import identity, queries

        person, now = self.person(), clock.now()
        with transaction():
            identity.open_session(person, way_in="link", browser="test", second_factor=False, now=now)
        return queries.sessions(person.id, now)[0].id

    def passkey_id(self) -> int:
        from volunteer_hub.people.models import Passkey

        person = self.person()
        return self._add(
            Passkey(
                campaign_id=self.campaign.id, person_id=person.id, credential_id=str(person.id).encode(),
                public_key=b"", sign_count=0, name="Phone", created_at=clock.now(),
            )
        )  # fmt: skip

    def event_id(self) -> int:
        return self.make.event(area=self.area).id

    def location_id(self) -> int:
        return self.make.location(area=self.area).id

    @cache  # noqa: B019 - one world lives as long as its test
    def _shift(self) -> Any:
        event = self.make.event(area=self.area)
        return self.make.shift(event=event, location=self.make.location(area=self.area))

    def shift_id(self) -> int:
        return self._shift().id

    def sign_up_id(self) -> int:
        return self.make.sign_up(self._shift(), self.person()).id

    def task_id(self) -> int:
        return self.make.task(area=self.area).id

    @cache  # noqa: B019
    def _district(self) -> Any:
        return self.make.district(campaign=self.campaign, area=self.area)

    def district_id(self) -> int:
        return self._district().id

    def precinct_id(self) -> int:
        return self.make.precinct(self._district()).id

    def voter_id(self) -> int:
        from volunteer_hub.districts.models import Voter

        return self._add(
            Voter(campaign_id=self.campaign.id, file_ref="V1", match="doubtful", match_kind="name")
        )

    def import_id(self) -> int:
        from volunteer_hub.districts.models import Import

        return self._add(
            Import(
                campaign_id=self.campaign.id,
                kind="districts",
                state="done",
                file_name="counties.geojson",
                stored_name="nothing",
                report={"counts": [], "warnings": [], "notes": [], "files": {}, "rows": {}},
                created_at=clock.now(),
            )
        )

    def contest_id(self) -> int:
        from volunteer_hub.priority.models import Contest

        return self._add(
            Contest(
                campaign_id=self.campaign.id,
                name=f"Seat {self.campaign.id}-{self.area.id}",
                district_kind="county",
                ours="ours",
                weights={"plurality": 1.0},
                is_active=False,
                created_at=clock.now(),
            )
        )

    def snapshot_id(self) -> int:
        from volunteer_hub.priority.models import Snapshot

        return self._add(
            Snapshot(
                campaign_id=self.campaign.id,
                contest_id=self.value("contest_id"),
                taken_at=clock.now(),
                cause="by hand",
                weights={},
                params={},
                unit="votes",
                seconds=0.1,
            )
        )

    def assignment_id(self) -> int:
        from volunteer_hub.assignments.models import Assignment, State

        return self._add(
            Assignment(
                campaign_id=self.campaign.id,
                person_id=self.person().id,
                shift_id=self._shift().id,
                state=State.PROPOSED,
                value=1.0,
                nonce="nonce",
                proposed_at=clock.now(),
            )
        )

    def message_id(self) -> Any:
        from sqlalchemy import select

        from volunteer_hub.messaging import services
        from volunteer_hub.messaging.models import Message
        from volunteer_hub.people import queries

        person = self.person()
        with transaction():
            services.post_once(
                self.campaign.id,
                f"sample-{person.id}",
                "sample",
                queries.recipient(person.id),
                "Hello",
                "Hello",
            )
        return db.session.scalar(select(Message.id).where(Message.person_id == person.id))

    def reply_id(self) -> int:
        from volunteer_hub.core.secrets import seal
        from volunteer_hub.messaging.models import IncomingText

        person = self.person()
        return self._add(
            IncomingText(
                campaign_id=self.campaign.id,
                provider_id=f"SM{person.id}",
                person_id=person.id,
                from_digest=b"digest",
                body_sealed=seal("Can I bring my dog?"),
                meant="other",
                at=clock.now(),
            )
        )

    def run_id(self) -> int:
        from volunteer_hub.matching import services

        now = clock.now()
        with transaction():
            run = services.want_run(
                self.campaign.id,
                self.area.id,
                from_at=now,
                until_at=now + timedelta(days=7),
                by=None,
                now=now,
            )
            run.state, run.started_at, run.finished_at, run.seconds = "done", now, now, 0.1
            run.objective = run.bound = run.gap = 0.0
        return run.id

    def wish_id(self) -> int:
        from volunteer_hub.matching.models import Wish

        return self._add(
            Wish(
                campaign_id=self.campaign.id,
                person_id=self.person().id,
                shift_id=self._shift().id,
                kind="pin",
                created_at=clock.now(),
            )
        )

    @cache  # noqa: B019
    def _turf(self) -> Any:
        return self.make.turf(precinct=self.make.precinct(self._district()))

    def cut_id(self) -> int:
        return self._turf().cut_id

    def batch_id(self) -> int:
        from volunteer_hub.turf.models import CutBatch

        return self._add(
            CutBatch(campaign_id=self.campaign.id, area_id=self.area.id, title="All", created_at=clock.now())
        )

    def turf_id(self) -> int:
        return self._turf().id

    def lease_id(self) -> int:
        from sqlalchemy import select

        from volunteer_hub.turf.models import Lease

        self.make.lease(turf=self._turf(), person=self.person())
        return db.session.scalar(select(Lease.id).where(Lease.turf_id == self._turf().id))

    def _outing(self) -> Any:
        from volunteer_hub.canvass.services import outings

        now, person_id, shift_id = clock.now(), self.person().id, self.shift_id()
        with transaction():
            return outings.go_out(
                self.campaign.id,
                person_id,
                shift_id=shift_id,
                lease_id=None,
                due_at=now + timedelta(hours=1),
                by=None,
                now=now,
            ).id

    def outing_id(self) -> int:
        return self._outing()

    def sheet_id(self) -> int:
        from volunteer_hub.canvass.services.sheets import add_sheet

        turf = self._turf()
        with transaction():
            return add_sheet(self.campaign.id, turf.id, self.make.doors_of(turf), by=None, now=clock.now()).id

    def help_id(self) -> int:
        import uuid

        from volunteer_hub.canvass.models_safety import HelpCall
        from volunteer_hub.turf.models import Lease

        lease = db.session.get(Lease, self.value("lease_id"))
        now = clock.now()
        return self._add(
            HelpCall(
                call_id=uuid.uuid4(), campaign_id=self.campaign.id, lease_id=lease.id,
                person_id=lease.person_id, called_at=now, received_at=now,
            )
        )  # fmt: skip

    def entry_id(self) -> int:
        import uuid

        from volunteer_hub.canvass.models_log import SetAsideEntry

        now = clock.now()
        return self._add(
            SetAsideEntry(
                campaign_id=self.campaign.id, log_id=uuid.uuid4(), seq=1, lease_id=self.value("lease_id"),
                body=b"{}", reason="other_door", at=now, received_at=now,
            )
        )  # fmt: skip

    def file_id(self) -> int:
        from volunteer_hub.canvass.models import ReportFile

        return self._add(
            ReportFile(
                campaign_id=self.campaign.id,
                file_name="reports.csv",
                stored_name="nothing",
                state="done",
                created_at=clock.now(),
            )
        )

    def report_id(self) -> Any:
        import uuid

        from volunteer_hub.canvass.models import DoorReport

        turf = self._turf()
        return self._add(
            DoorReport(
                id=uuid.uuid4(),
                campaign_id=self.campaign.id,
                turf_id=turf.id,
                door_id=self.make.doors_of(turf)[0],
                at=clock.now(),
                received_at=clock.now(),
                result="moved",
                review="pending",
            )
        )

    def addition_id(self) -> Any:
        import uuid

        from volunteer_hub.canvass.models_additions import Addition

        turf, now = self._turf(), clock.now()
        return self._add(
            Addition(
                id=uuid.uuid4(),
                campaign_id=self.campaign.id,
                turf_id=turf.id,
                door_id=self.make.doors_of(turf)[0],
                what="person",
                name="Ana Pineda",
                at=now,
                received_at=now,
            )
        )

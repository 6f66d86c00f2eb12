"""Messages to the leads of a shift when somebody calls for help or does not come back.

They leave at any hour and by every way a lead agreed to: quiet hours are for what can wait.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from flask import current_app, render_template
from flask_babel import gettext as _
from sqlalchemy import select

from volunteer_hub.canvass.models_safety import HelpCall, Outing
from volunteer_hub.core.access import Role
from volunteer_hub.core.db import db
from volunteer_hub.core.display import in_language
from volunteer_hub.events.models import Event, Shift
from volunteer_hub.events.wording import moment_text
from volunteer_hub.messaging import services as messaging
from volunteer_hub.messaging.recipient import Recipient
from volunteer_hub.messaging.services import Draft
from volunteer_hub.people import queries as people
from volunteer_hub.people.models import Area, Campaign, Person, RoleGrant
from volunteer_hub.turf.models import Lease, Turf
from volunteer_hub.turf.queries import LeaseCard

WORTH_SENDING = timedelta(hours=6)
MOST_TOLD = 8
MOST_CALLED = 2


def help_wanted(call: HelpCall, lease: LeaseCard) -> int:
    """Tell the leads that somebody calls for help. Returns how many messages stand in the outbox: none where
    no lead agreed to any, see `to_call`.
    """
    person = db.session.get_one(Person, call.person_id)
    values = {
        "name": person.name,
        "phone": person.phone,
        "turf": lease.turf_name,
        "link": _desk(lease.shift_id, lease.id),
        "has_place": call.latitude is not None,
    }
    to = leads_of(lease.campaign_id, lease.shift_id, _leased_by(lease.id), besides=call.person_id)
    return _tell(
        call.campaign_id, to, "help", f"help-{call.id}", values, call.received_at,
        lambda: _("%(name)s calls for help", name=person.name),
    )  # fmt: skip


def missed_return(outing: Outing) -> int:
    """Tell the leads that somebody is not back. Returns how many messages stand in the outbox, as above."""
    person = db.session.get_one(Person, outing.person_id)
    query = select(Turf.name).join(Lease, Lease.turf_id == Turf.id).where(Lease.id == outing.lease_id)
    values = {
        "name": person.name,
        "phone": person.phone,
        "turf": db.session.scalar(query) or "",
        "due_at": outing.due_at,
        "zone": db.session.get_one(Campaign, outing.campaign_id).time_zone,
        "link": _desk(outing.shift_id, outing.lease_id),
    }
    to = leads_of(outing.campaign_id, outing.shift_id, outing.let_out_by, besides=outing.person_id)
    return _tell(
        outing.campaign_id, to, "missed", f"missed-{outing.id}-{outing.due_at:%Y%m%d%H%M}", values,
        outing.alarm_at or outing.due_at, lambda: _("%(name)s is not back", name=person.name),
    )  # fmt: skip


def leads_of(
    campaign_id: int, shift_id: int | None, let_out_by: int | None, *, besides: int | None = None
) -> list[int]:
    """Whom a message about an alarm reaches: the lead of the shift and whoever handed out the turf, of them
    those who agreed to texts or email.

    Where that is nobody, or only the person it is about: field leads and organizers of the shift's area who
    did, those nearest to it first. Empty when no message reaches anybody.
    """
    shift = db.session.get(Shift, shift_id) if shift_id else None
    reached = _reached(_named(shift, let_out_by, besides))
    return reached or _reached(_over_area(campaign_id, shift, besides))[:MOST_TOLD]


def to_call(lease: LeaseCard) -> list[tuple[str, str]]:
    """(name, phone) of the leads nearest to a lease, for whoever walks it when no message reaches any."""
    shift = db.session.get(Shift, lease.shift_id) if lease.shift_id else None
    wanted = [
        *_named(shift, _leased_by(lease.id), lease.person_id),
        *_over_area(lease.campaign_id, shift, lease.person_id),
    ]
    query = select(Person.id, Person.name, Person.phone).where(
        Person.id.in_(wanted), Person.phone.is_not(None)
    )
    found = {row.id: (row.name, row.phone) for row in db.session.execute(query)}
    return [found[each] for each in dict.fromkeys(wanted) if each in found][:MOST_CALLED]


def _named(shift: Shift | None, let_out_by: int | None, besides: int | None) -> list[int]:
    """The lead of the shift and whoever handed out the turf."""
    wanted = {shift.lead_id if shift else None, let_out_by} - {None, besides}
    return list(
        db.session.scalars(
            select(Person.id).where(Person.id.in_(wanted), Person.is_active).order_by(Person.id)
        )
    )


def _reached(person_ids: list[int]) -> list[int]:
    """Those who agreed to be sent something, in the same order."""
    found = people.recipients(person_ids)
    return [each for each in person_ids if each in found]


def _over_area(campaign_id: int, shift: Shift | None, besides: int | None) -> list[int]:
    """The field leads and organizers of the shift's area, those nearest to it first."""
    path = (
        select(Area.path).join(Event, Event.area_id == Area.id).where(Event.id == shift.event_id)
        if shift
        else select(Area.path).where(Area.campaign_id == campaign_id, Area.parent_id.is_(None))
    )
    here = db.session.scalars(path).one()
    rows = db.session.execute(
        select(RoleGrant.person_id, RoleGrant.role, Area.path)
        .join(Area, Area.id == RoleGrant.area_id)
        .join(Person, Person.id == RoleGrant.person_id)
        .where(RoleGrant.campaign_id == campaign_id, Person.is_active, RoleGrant.person_id != (besides or 0))
    ).all()
    near = [row for row in rows if Role(row.role).rank >= Role.FIELD_LEAD.rank and here.startswith(row.path)]
    near.sort(key=lambda row: (-len(row.path), row.person_id))
    return list(dict.fromkeys(row.person_id for row in near))


def _tell(
    campaign_id: int,
    person_ids: list[int],
    kind: str,
    key: str,
    values: Mapping[str, object],
    now: datetime,
    subject: Callable[[], str],
) -> int:
    drafts = [
        _draft(to, kind, f"{key}-{to.person_id}-{to.channel}", values, now, subject)
        for channel in ("text", "email")
        for to in people.recipients(person_ids, channel).values()
    ]
    return len(messaging.post_many(campaign_id, drafts))


def _draft(
    to: Recipient,
    kind: str,
    key: str,
    values: Mapping[str, object],
    now: datetime,
    subject: Callable[[], str],
) -> Draft:
    with in_language(to.language):
        text = (
            render_template(f"messages/canvass/{kind}.txt", to=to, moment_in=moment_text, **values).strip()
            + "\n"
        )
        title = subject()
    return Draft(
        key=key, kind="alarm", to=to, subject=title, text=text, is_urgent=True,
        expires_at=now + WORTH_SENDING,
    )  # fmt: skip


def _leased_by(lease_id: int) -> int | None:
    return db.session.scalar(select(Lease.leased_by).where(Lease.id == lease_id))


def _desk(shift_id: int | None, lease_id: int | None) -> str:
    """The page that says more, written out: jobs know no request from which an address is built."""
    base = current_app.extensions["vh_config"].base_url.rstrip("/")
    if shift_id:
        return f"{base}/organize/shifts/{shift_id}/turf"
    return f"{base}/turf/leases/{lease_id}" if lease_id else f"{base}/organize/turf"

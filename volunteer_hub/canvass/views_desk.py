"""The field lead's desk: who is on the shift, which turf they have, and handing it out in one tap."""

from __future__ import annotations

from datetime import timedelta

import segno
from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from volunteer_hub.canvass import mails, queries
from volunteer_hub.canvass.blueprint import bp
from volunteer_hub.core import access, clock
from volunteer_hub.core.access import Role
from volunteer_hub.core.db import db, transaction
from volunteer_hub.core.refusals import Refusal
from volunteer_hub.events import queries as events
from volunteer_hub.events.queries import ShiftCard
from volunteer_hub.messaging import services as messaging
from volunteer_hub.people import queries as people
from volunteer_hub.people.models import Campaign
from volunteer_hub.turf import queries as turf
from volunteer_hub.turf import services as turf_services
from volunteer_hub.turf.models import Lease
from volunteer_hub.turf.queries import LeaseCard

EXTENSION = timedelta(hours=1)
MOST_LISTED = 40
"""Open turfs that a lead chooses among; the best come first."""


@bp.get("/organize/turf")
@access.needs(Role.FIELD_LEAD)
def desk() -> ResponseReturnValue:
    """The shifts of now and the next day, to hand out turf on."""
    _tell_time()
    now = clock.now()
    shifts = events.shifts_to_run(
        current_user.campaign_id,
        _paths(),
        person_id=current_user.id,
        from_at=now - timedelta(hours=2),
        until_at=now + timedelta(days=1),
    )
    return render_template("canvass/desk.html", shifts=shifts)


@bp.get("/organize/shifts/<int:shift_id>/turf")
@access.needs(Role.FIELD_LEAD)
def shift(shift_id: int) -> ResponseReturnValue:
    """Everybody who comes, with the turf they have or the best that is open."""
    card = _card(shift_id)
    leases = turf.leases_of_shift(card.campaign_id, shift_id)
    held: dict[int, list[LeaseCard]] = {}
    for lease in leases:
        held.setdefault(lease.person_id, []).append(lease)
    roster = events.roster(card.campaign_id, shift_id)
    open_turfs = _open_turfs(card)
    listed = open_turfs[:MOST_LISTED]
    return render_template(
        "canvass/shift.html",
        card=card,
        going=sorted(
            (line for line in roster if line.state == "going" and line.attendance != "no_show"),
            key=lambda line: (line.checked_in_at is None, line.name.casefold()),
        ),
        held=held,
        open_turfs=open_turfs,
        listed=listed,
        starts=turf.starts(each.id for each in listed),
        shapes_url=url_for("turf.shapes", open=1, district=_district_of(card, open_turfs)),
        handed=request.args.get("handed", type=int),
        now_at=clock.now(),
    )


@bp.post("/organize/shifts/<int:shift_id>/turf")
@access.needs(Role.FIELD_LEAD)
def hand_out(shift_id: int) -> ResponseReturnValue:
    """Hand a turf to a person of the shift: the chosen one, or the best that is open."""
    card = _card(shift_id)
    person_id = request.form.get("person_id", 0, type=int)
    turf_id = request.form.get("turf_id", 0, type=int)
    now = clock.now()
    on_shift = {line.person_id for line in events.roster(card.campaign_id, shift_id) if line.state == "going"}
    try:
        if person_id not in on_shift:
            raise Refusal(_("This person is not on the shift. Add them on the roster first."))
        with transaction():
            handed = _hand_out(card, person_id, turf_id, now=now)
            _send_link(handed.lease_id, handed.token, card.campaign_id)
    except Refusal as refusal:
        flash(str(refusal.sentence), "error")
        return redirect(url_for("canvass.shift", shift_id=shift_id))
    # the person's own line says it: a message at the top would be out of sight
    page = url_for("canvass.shift", shift_id=shift_id, handed=handed.lease_id)
    return redirect(f"{page}#person-{person_id}")


@bp.get("/turf/leases/<int:lease_id>")
@access.needs(Role.FIELD_LEAD)
def lease(lease_id: int) -> ResponseReturnValue:
    """A lease: its link and code while it stands, how far the walk is, extension and hand-back."""
    card = _lease(lease_id)
    row = db.session.get_one(Lease, lease_id)
    token = turf_services.link_token(row) if card.is_current(clock.now()) else None
    link = mails.walk_link(token) if token else None
    code = segno.make(link, error="m", micro=False) if link else None
    return render_template(
        "canvass/lease.html",
        lease=card,
        link=link,
        code=code.svg_data_uri(scale=6, border=3) if code else None,
        reports=queries.count_of_lease(lease_id),
        now_at=clock.now(),
    )


@bp.post("/turf/leases/<int:lease_id>/extend")
@access.needs(Role.FIELD_LEAD)
def extend(lease_id: int) -> ResponseReturnValue:
    """One more hour."""
    card = _lease(lease_id)
    now = clock.now()
    with transaction():
        turf_services.extend(card.campaign_id, lease_id, max(card.expires_at, now) + EXTENSION, now=now)
    flash(_("One hour more."), "ok")
    return redirect(url_for("canvass.lease", lease_id=lease_id))


@bp.post("/turf/leases/<int:lease_id>/back")
@access.needs(Role.FIELD_LEAD)
def take_back(lease_id: int) -> ResponseReturnValue:
    """The lead takes the turf back: a lost phone, somebody who went home."""
    card = _lease(lease_id)
    with transaction():
        turf_services.end_lease(
            card.campaign_id,
            lease_id,
            reason="taken_back",
            note=request.form.get("note", "").replace("\x00", "").strip(),
            now=clock.now(),
        )
    flash(
        _("Turf %(name)s is back. Reports of work done before now are still accepted.", name=card.turf_name),
        "ok",
    )
    return redirect(url_for("canvass.lease", lease_id=lease_id))


@bp.post("/turf/leases/<int:lease_id>/send")
@access.needs(Role.FIELD_LEAD)
def send_link(lease_id: int) -> ResponseReturnValue:
    """Send the link again."""
    card = _lease(lease_id)
    token = turf_services.link_token(db.session.get_one(Lease, lease_id))
    if token is None:
        raise Refusal(_("This lease has ended; its link opens nothing any more."))
    with transaction():
        # The minute in the key: two taps in a row send one message.
        sent = _send_link(lease_id, token, card.campaign_id, number=int(clock.now().timestamp()) // 60)
    flash(_("The link is on its way.") if sent else _("There is no address we may write to."), "ok")
    return redirect(url_for("canvass.lease", lease_id=lease_id))


def _tell_time() -> None:
    """These pages tell the time where the campaign is, as all that speaks of shifts."""
    g.time_zone = db.session.get_one(Campaign, current_user.campaign_id).time_zone


def _card(shift_id: int) -> ShiftCard:
    _tell_time()
    return events.shift_within(current_user.campaign_id, shift_id, _paths(), person_id=current_user.id)


def _lease(lease_id: int) -> LeaseCard:
    _tell_time()
    return turf.lease_within(current_user.campaign_id, lease_id, _paths())


def _paths() -> list[str]:
    return access.paths(current_user, Role.FIELD_LEAD)


def _open_turfs(card: ShiftCard) -> list[turf.TurfLine]:
    """Open turf of the staging location's district; where there is none, of all the lead's areas."""
    here = (
        turf.open_turfs(card.campaign_id, _paths(), district_id=card.district_id) if card.district_id else []
    )
    return here or turf.open_turfs(card.campaign_id, _paths())


def _district_of(card: ShiftCard, open_turfs: list[turf.TurfLine]) -> int | None:
    """The staging location's district while something is open there; None: it is looked for everywhere."""
    is_here = bool(open_turfs) and open_turfs[0].district_id == card.district_id
    return card.district_id if is_here else None


def _hand_out(card: ShiftCard, person_id: int, turf_id: int, *, now):  # type: ignore[no-untyped-def]
    until = turf_services.lease_until(card.ends_at, now=now)
    if turf_id:
        turf.turf_within(card.campaign_id, turf_id, _paths())
        return turf_services.hand_out(
            card.campaign_id, turf_id, person_id, by=current_user.id, now=now, shift_id=card.id, until=until
        )
    return turf_services.take_any(
        card.campaign_id,
        person_id,
        by=current_user.id,
        now=now,
        area_paths=_paths(),
        district_id=_district_of(card, _open_turfs(card)),
        shift_id=card.id,
        until=until,
    )


def _send_link(lease_id: int, token: str, campaign_id: int, *, number: int = 1) -> bool:
    """Put the link into the outbox, by text where the person agreed to it, else by mail."""
    card = turf.lease_within(campaign_id, lease_id, _paths())
    to = people.recipient(card.person_id, "text") or people.recipient(card.person_id, "email")
    if to is None:
        return False
    messaging.post_many(campaign_id, [mails.walk_draft(card, token, to, number=number)])
    return True

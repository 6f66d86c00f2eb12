"""A lease as its lead sees it: link and code, more time, a part or all of it back, over to somebody else."""

from __future__ import annotations

from datetime import timedelta

import segno
from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from volunteer_hub.canvass import at_desk, mails, queries
from volunteer_hub.canvass.blueprint import bp
from volunteer_hub.canvass.services import outings
from volunteer_hub.canvass.views.safety import give_back_chosen
from volunteer_hub.core import access, audit, clock
from volunteer_hub.core.access import Role
from volunteer_hub.core.db import db, transaction
from volunteer_hub.core.refusals import Refusal
from volunteer_hub.events import queries as events
from volunteer_hub.people.queries import person_within
from volunteer_hub.turf import queries as turf
from volunteer_hub.turf import services as turf_services
from volunteer_hub.turf.models import Lease
from volunteer_hub.turf.queries import LeaseCard

EXTENSION = timedelta(hours=1)


@bp.get("/turf/leases/<int:lease_id>")
@access.needs(Role.FIELD_LEAD)
def lease(lease_id: int) -> ResponseReturnValue:
    """A lease: its link and code while it stands, how far the walk is, and all that can be done with it."""
    card = at_desk.lease_card(lease_id)
    row = db.session.get_one(Lease, lease_id)
    token = turf_services.link_token(row) if card.is_current(clock.now()) else None
    link = mails.walk_link(token) if token else None
    return render_template(
        "canvass/lease.html",
        lease=card,
        link=link,
        code=_picture(link) if link else None,
        reports=queries.count_of_lease(lease_id),
        others=_others(card),
        now_at=clock.now(),
    )


@bp.post("/turf/leases/<int:lease_id>/pass")
@access.needs(Role.FIELD_LEAD)
def make_pass(lease_id: int) -> ResponseReturnValue:
    """A short link to type or scan; shown once, for half an hour. It opens what this person holds in the
    viewer's areas: turf that another area's lead handed out is that lead's to show.
    """
    card = at_desk.lease_card(lease_id)
    now, paths = clock.now(), tuple(at_desk.lead_paths())
    held = turf.current_leases_of(card.campaign_id, card.person_id, now)
    held = sorted((each for each in held if each.area_path.startswith(paths)), key=lambda each: each.id)
    if not held:
        raise Refusal(_("This lease has ended; its link opens nothing any more."))
    with transaction():
        code = turf_services.make_pass(
            card.campaign_id, card.person_id, [each.id for each in held], by=current_user.id, now=now
        )
    base = current_app.extensions["vh_config"].base_url.rstrip("/")
    link = f"{base}{url_for('canvass.short_link', code=f'{code[:5]}-{code[5:]}')}"
    return render_template(
        "canvass/pass_made.html",
        lease=card,
        link=link,
        code=_picture(link),
        leases=held,
        until=now + turf_services.PASS_LIVES,
    )


@bp.post("/turf/leases/<int:lease_id>/extend")
@access.needs(Role.FIELD_LEAD)
def extend(lease_id: int) -> ResponseReturnValue:
    """One more hour, for the turf and for the way back."""
    card = at_desk.lease_card(lease_id)
    now = clock.now()
    with transaction():
        turf_services.extend(card.campaign_id, lease_id, max(card.expires_at, now) + EXTENSION, now=now)
        outings.put_off_lease(lease_id, EXTENSION, now=now)
    flash(_("One hour more."), "ok")
    return redirect(url_for("canvass.lease", lease_id=lease_id))


@bp.post("/turf/leases/<int:lease_id>/back")
@access.needs(Role.FIELD_LEAD)
def take_back(lease_id: int) -> ResponseReturnValue:
    """The lead takes the turf back: a lost phone, somebody who went home. A lease that has ended can still be
    marked for its phone to forget.
    """
    card = at_desk.lease_card(lease_id)
    note = request.form.get("note", "").replace("\x00", "").strip()
    had_ended = card.returned_at is not None
    with transaction():
        if request.form.get("wipe"):
            turf_services.wipe(card.campaign_id, lease_id, note=note, now=clock.now())
            audit.record(
                "wipe.lease", campaign_id=card.campaign_id, by=current_user.id, subject=f"lease:{lease_id}"
            )
        else:
            turf_services.end_lease(
                card.campaign_id, lease_id, reason="taken_back", note=note, now=clock.now()
            )
    back = _(
        "Turf %(name)s is back. Reports of work done before now are still accepted.", name=card.turf_name
    )
    flash(_("The phone is told to forget the list when it next asks.") if had_ended else back, "ok")
    return redirect(url_for("canvass.lease", lease_id=lease_id))


@bp.route("/turf/leases/<int:lease_id>/part", methods=["GET", "POST"])
@access.needs(Role.FIELD_LEAD)
def take_back_part(lease_id: int) -> ResponseReturnValue:
    """The lead takes chosen doors back; they are open turf again."""
    card = at_desk.lease_card(lease_id)
    if request.method == "GET":
        left = [door for door in turf.walk_list(card.turf_id) if door.result is None]
        here = url_for("canvass.take_back_part", lease_id=lease_id)
        back = url_for("canvass.lease", lease_id=lease_id)
        return render_template("canvass/give_back.html", lease=card, doors=left, action=here, back_url=back)
    flash(give_back_chosen(card, reason="taken_back"), "ok")
    return redirect(url_for("canvass.lease", lease_id=lease_id))


@bp.post("/turf/leases/<int:lease_id>/over")
@access.needs(Role.FIELD_LEAD)
def take_over(lease_id: int) -> ResponseReturnValue:
    """What is left of the turf goes to somebody of the shift, or to the lead."""
    card = at_desk.lease_card(lease_id)
    person_id = request.form.get("person_id", 0, type=int)
    if person_id != current_user.id and person_id not in {each for each, _name in _others(card)}:
        person_id = person_within(card.campaign_id, person_id, at_desk.lead_paths()).id
    now = clock.now()
    with transaction():
        handed = turf_services.take_over(card.campaign_id, lease_id, person_id, by=current_user.id, now=now)
        outings.go_out(
            card.campaign_id, person_id, shift_id=card.shift_id, lease_id=handed.lease_id,
            due_at=handed.expires_at, by=current_user.id, now=now,
        )  # fmt: skip
        at_desk.send_link(handed.lease_id, handed.token, card.campaign_id)
    flash(_("The rest of turf %(name)s is theirs now; the old link is closed.", name=card.turf_name), "ok")
    return redirect(url_for("canvass.lease", lease_id=handed.lease_id))


@bp.post("/turf/leases/<int:lease_id>/send")
@access.needs(Role.FIELD_LEAD)
def send_link(lease_id: int) -> ResponseReturnValue:
    """Send the link again."""
    card = at_desk.lease_card(lease_id)
    token = turf_services.link_token(db.session.get_one(Lease, lease_id))
    if token is None:
        raise Refusal(_("This lease has ended; its link opens nothing any more."))
    with transaction():
        # The minute in the key: two taps in a row send one message.
        number = int(clock.now().timestamp()) // 60
        sent = at_desk.send_link(lease_id, token, card.campaign_id, number=number)
    flash(_("The link is on its way.") if sent else _("There is no address we may write to."), "ok")
    return redirect(url_for("canvass.lease", lease_id=lease_id))


def _others(card: LeaseCard) -> list[tuple[int, str]]:
    """Who could take it over: those of the shift who did not stay away, by name."""
    if card.shift_id is None:
        return []
    roster = events.roster(card.campaign_id, card.shift_id)
    return [
        (line.person_id, line.name)
        for line in roster
        if line.state == "going" and line.attendance != "no_show" and line.person_id != card.person_id
    ]


def _picture(link: str) -> str:
    return str(segno.make(link, error="m", micro=False).svg_data_uri(scale=6, border=3))

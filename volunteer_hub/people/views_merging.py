"""One person in two rows: suggestions, side by side, merging, and the way back."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import pgettext
from flask_login import current_user

from volunteer_hub.core import access, clock
from volunteer_hub.core.access import Role, needs
from volunteer_hub.core.db import transaction
from volunteer_hub.core.display import phone_text
from volunteer_hub.core.jobs import start
from volunteer_hub.core.refusals import NotFound
from volunteer_hub.people import jobs, queries
from volunteer_hub.people.blueprint import bp
from volunteer_hub.people.filters import PeopleFilter
from volunteer_hub.people.models import Merge, Person
from volunteer_hub.people.queries import pairs
from volunteer_hub.people.services import agreeing, merging
from volunteer_hub.people.services.viewing import note_view
from volunteer_hub.people.vocabulary import ROLES, language_name

REASONS = {
    "email": _l("the same email but for its spelling"),
    "phone": _l("the same phone"),
    "name": _l("the same name"),
    "sound": _l("names that sound alike"),
    "near": _l("homes close together"),
}


@bp.get("/people/duplicates")
@needs(Role.ORGANIZER)
def duplicates() -> ResponseReturnValue:
    """Pairs that may be one person, the likeliest first."""
    page = pairs.likely_pairs(current_user.campaign_id, _paths(), request.args.get("page", 1, type=int))
    with transaction():
        note_view(
            "view.duplicates", current_user.campaign_id, current_user.id,
            rows=2 * len(page.rows), wanted=PeopleFilter(), now=clock.now(),
        )  # fmt: skip
    return render_template(
        "people/duplicates.html",
        page=page,
        reasons=REASONS,
        roles=ROLES,
        looked_at=pairs.last_look(current_user.campaign_id),
    )


@bp.post("/people/duplicates/look")
@needs(Role.ORGANIZER)
def look_for_duplicates() -> ResponseReturnValue:
    """Look anew, in the background."""
    start(
        jobs.look_for_pairs_of, current_user.campaign_id, unless_waiting=f"pairs-{current_user.campaign_id}"
    )
    flash(_("We are looking. With many people it takes a minute; then load this page again."), "info")
    return redirect(url_for("people.duplicates"))


@bp.get("/people/<int:person_id>/same")
@needs(Role.ORGANIZER)
def alike(person_id: int) -> ResponseReturnValue:
    """Who else may be this person."""
    shown = _mine(person_id)
    rows = pairs.alike(shown, _paths())
    with transaction():
        note_view(
            "view.alike", current_user.campaign_id, current_user.id,
            rows=len(rows), wanted=PeopleFilter(), now=clock.now(),
        )  # fmt: skip
    return render_template("people/alike.html", person=shown, rows=rows)


@bp.get("/people/<int:person_id>/same/<int:other_id>")
@needs(Role.ORGANIZER)
def side_by_side(person_id: int, other_id: int) -> ResponseReturnValue:
    """Two people side by side: which values stay when they become one."""
    kept, gone = _mine(person_id), _mine(other_id)
    return render_template(
        "people/side_by_side.html", kept=kept, gone=gone, lines=_lines(kept, gone), agreed=_agreed(kept, gone)
    )


@bp.post("/people/<int:person_id>/same/<int:other_id>")
@needs(Role.ORGANIZER)
def merge_people(person_id: int, other_id: int) -> ResponseReturnValue:
    kept, gone = _mine(person_id), _mine(other_id)
    taken = [each for each in merging.CHOICES if request.form.get(each) == "gone"]
    with transaction():
        merging.merge(kept, gone, taken, by=current_user, now=clock.now())
    flash(_("They are one person now. You can undo this for 30 days, below."), "ok")
    return redirect(url_for("people.person", person_id=kept.id))


@bp.post("/people/<int:person_id>/not-same/<int:other_id>")
@needs(Role.ORGANIZER)
def not_the_same(person_id: int, other_id: int) -> ResponseReturnValue:
    one, other = _mine(person_id), _mine(other_id)
    with transaction():
        merging.say_not_the_same(one, other, by=current_user, now=clock.now())
    flash(_("Noted: two people. They are not suggested again."), "ok")
    return redirect(url_for("people.duplicates"))


@bp.post("/people/merges/<int:merge_id>/undo")
@needs(Role.ORGANIZER)
def undo_merge(merge_id: int) -> ResponseReturnValue:
    row: Merge = access.in_campaign(Merge, merge_id, current_user.campaign_id, lock=True)
    _mine(row.kept_id)
    with transaction():
        merging.undo(row, by=current_user, now=clock.now())
    flash(_("They are two people again."), "ok")
    return redirect(url_for("people.person", person_id=row.gone_id))


def _paths() -> list[str]:
    return access.paths(current_user, Role.ORGANIZER)


def _mine(person_id: int) -> Person:
    """Somebody of one's areas who was not merged into another."""
    found = queries.person_within(current_user.campaign_id, person_id, _paths())
    if found.merged_into_id is not None:
        raise NotFound()
    return found


def _lines(kept: Person, gone: Person) -> list[tuple[str, str, str, str]]:
    """What differs and is chosen: field, label, the kept person's value and the other's."""
    both = {
        "name": (_("Name"), kept.name, gone.name),
        "email": (_("Email"), kept.email, gone.email),
        "phone": (_("Phone"), kept.phone or "–", gone.phone or "–"),
        "home": (pgettext("of a person", "Home"), kept.home_text or "–", gone.home_text or "–"),
        "language": (_("Language of messages"), language_name(kept.language), language_name(gone.language)),
        "area": (_("Area"), kept.area.name, gone.area.name),
    }
    return [(field, *values) for field, values in both.items() if values[1] != values[2]]


def _agreed(kept: Person, gone: Person) -> list[tuple[str, str, str, str]]:
    """What each has agreed to, and what will hold: purpose, kept person's word, the other's, the one's."""
    purposes = {
        "email": _("Emails"),
        "text": _("Texts"),
        "photo": _("Photos"),
        "data": _("Planning with their data"),
    }
    words = {True: _("yes"), False: _("no"), None: _("not asked")}
    ours, theirs, both = agreeing.said(kept), agreeing.said(gone), agreeing.together(kept, gone)
    found = []
    for purpose, label in purposes.items():
        then = words[both[purpose]]
        numbers = agreeing.numbers(kept, gone) if purpose == "text" and both["text"] else set()
        if numbers and numbers != {kept.phone, gone.phone}:
            then = _("yes, if %(phone)s stays", phone=phone_text(numbers.pop()))
        found.append((label, words[ours[purpose]], words[theirs[purpose]], then))
    return found

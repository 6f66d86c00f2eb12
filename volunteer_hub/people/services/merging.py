"""Two rows that are one person become one: what stays is chosen, all else moves, and it can be undone.

The other row stays, set aside, and points to the kept one: its address still leads there. What was
moved is kept sealed for a month. Features above people take part by the MERGES table of app.py.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select, update

from volunteer_hub.core import audit, secrets
from volunteer_hub.core.access import Viewer
from volunteer_hub.core.db import announce, db
from volunteer_hub.core.refusals import Conflict, Refusal
from volunteer_hub.messaging.models import IncomingText, Message
from volunteer_hub.people import mails
from volunteer_hub.people.facts import PersonSetAside, RolesChanged, VolunteerChanged
from volunteer_hub.people.models import (
    Area,
    Availability,
    Campaign,
    Consent,
    LikelyPair,
    Merge,
    NotTheSame,
    Paper,
    Person,
    RoleGrant,
)
from volunteer_hub.people.moving import move_back, move_rows
from volunteer_hub.people.services import agreeing, passkeys, rights, sessions
from volunteer_hub.people.services.locking import lock_people

UNDONE_WITHIN = timedelta(days=30)
CHOICES: dict[str, tuple[str, ...]] = {
    "name": ("name",),
    "email": ("email",),
    "phone": ("phone",),
    "home": (
        "home_text", "latitude", "longitude", "location_source", "location_accuracy_m", "time_zone",
    ),
    "language": ("language",),
    "area": ("area_id",),
}  # fmt: skip
"""What one chooses when two are merged, and the columns that go together."""
_JOINED = (
    "skills", "languages", "tags", "note", "age_at_least", "seen_at", "created_at", "email_agreed_at",
    "text_agreed_at",
)  # fmt: skip
_COLUMNS = (*(name for names in CHOICES.values() for name in names), *_JOINED)

Part = tuple[Callable[[int, int], dict[str, Any]], Callable[[int, int, dict[str, Any]], None]]


class CannotMerge(Conflict):
    """These two cannot be made one, now or ever."""


class TooLateToUndo(Refusal):
    """What was moved is not known any more."""

    status = 410

    def __init__(self) -> None:
        super().__init__(
            _l("This was more than 30 days ago, or has been undone. It cannot be undone any more.")
        )


def merge(kept: Person, gone: Person, taken: Collection[str], *, by: Viewer, now: datetime) -> Merge:
    """Make `gone` a part of `kept`. taken: which of CHOICES are the gone person's values.

    Skills, languages, tags and notes are joined; consents as agreeing.py says. Raises AboveOwnRole for
    somebody whose record `by` may not change, CannotMerge.
    """
    people = lock_people({kept.id, gone.id})
    kept, gone = people[kept.id], people[gone.id]
    for person in (kept, gone):
        rights.require_over(person, by)
    if not (kept.is_active and gone.is_active):
        raise CannotMerge(_l("One of them has been merged or set aside already. Look at the list again."))
    if gone.totp_confirmed_at is not None and kept.totp_confirmed_at is None:
        raise CannotMerge(_l("Keep the one who has set up the second step of signing in."))
    if kept.id == gone.id or kept.campaign_id != gone.campaign_id:
        raise CannotMerge(_l("Choose two different people."))
    if gone.id == by.id:
        raise CannotMerge(_l("You are signed in as this one. Keep it, and let the other go."))
    before = {"kept": _values(kept), "gone": _values(gone)}
    agreed, since = agreeing.together(kept, gone), agreeing.since(kept, gone)
    numbers = agreeing.numbers(kept, gone)
    moved = {"own": _move_own(kept, gone)} | {
        name: do(kept.id, gone.id) for name, (do, _undo) in _parts().items()
    }
    db.session.refresh(kept)
    db.session.refresh(gone)
    _join(kept, gone, set(taken))
    moved["own"]["said"] = agreeing.settle(kept, agreed, since, numbers, now=now)
    gone.is_active, gone.merged_into_id = False, kept.id
    db.session.execute(
        update(Person)
        .where(Person.merged_into_id == gone.id)
        .values(merged_into_id=kept.id)
        .execution_options(synchronize_session=False)
    )
    sessions.end_all(gone.campaign_id, gone.id, by=by.id, now=now)
    if moved["own"]["grants"]:
        _guard_new_rights(kept, by, now)
    row = Merge(
        campaign_id=kept.campaign_id, kept_id=kept.id, gone_id=gone.id, merged_by=by.id, merged_at=now,
        before_sealed=_sealed(before | {"after": _values(kept), "moved": moved}),
    )  # fmt: skip
    db.session.add(row)
    _forget_pair(kept.id, gone.id)
    db.session.flush()
    _note("merge.people", row, by)
    announce(PersonSetAside(gone.id))
    announce(VolunteerChanged(kept.id))
    return row


def _guard_new_rights(kept: Person, by: Viewer, now: datetime) -> None:
    """Whoever holds an old session of the kept one must sign in anew to use what they may do now, and the
    person is told. Who merges into themselves stays in the browser at hand."""
    but = getattr(by, "session_id", None) if kept.id == by.id else None
    sessions.end_all(kept.campaign_id, kept.id, by=by.id, now=now, but=but)
    campaign = db.session.get_one(Campaign, kept.campaign_id)
    mails.post_notice(kept, campaign, "roles", key=f"notice-{secrets.new_token(9)}", at=now)
    announce(RolesChanged(kept.id))


def undo(row: Merge, *, by: Viewer, now: datetime) -> None:
    """Make them two again: what was moved goes back, and what was chosen, unless it was changed since.

    Raises TooLateToUndo, CannotMerge where a later merge stands upon this one.
    """
    people = lock_people({row.kept_id, row.gone_id})
    kept, gone = people[row.kept_id], people[row.gone_id]
    for person in (kept, gone):
        rights.require_over(person, by)
    if row.before_sealed is None or row.undone_at is not None or row.merged_at < now - UNDONE_WITHIN:
        raise TooLateToUndo()
    if gone.merged_into_id != kept.id or kept.merged_into_id is not None:
        raise CannotMerge(_l("The kept person was merged again since. Undo that one first."))
    known = json.loads(secrets.unseal(row.before_sealed))
    for name, (_do, back) in reversed(_parts().items()):
        if name in known["moved"]:
            back(kept.id, gone.id, known["moved"][name])
    _move_own_back(kept.id, gone.id, known["moved"]["own"])
    db.session.refresh(kept)
    db.session.refresh(gone)
    _restore(kept, gone, known)
    gone.is_active, gone.merged_into_id = True, None
    earlier = select(Merge.gone_id).where(Merge.kept_id == gone.id, Merge.undone_at.is_(None))
    db.session.execute(
        update(Person)
        .where(Person.id.in_(earlier), Person.merged_into_id == kept.id)
        .values(merged_into_id=gone.id)
        .execution_options(synchronize_session=False)
    )
    row.undone_at, row.before_sealed = now, None
    _note("unmerge.people", row, by)
    announce(VolunteerChanged(kept.id))
    announce(VolunteerChanged(gone.id))


def say_not_the_same(one: Person, other: Person, *, by: Viewer, now: datetime) -> None:
    """They look alike and are two: they are not suggested again."""
    for person in (one, other):
        rights.require_over(person, by)
    first, second = sorted((one.id, other.id))
    _forget_pair(first, second)
    query = select(NotTheSame.id).where(NotTheSame.one_id == first, NotTheSame.other_id == second)
    if db.session.scalar(query) is None:
        db.session.add(
            NotTheSame(campaign_id=one.campaign_id, one_id=first, other_id=second, said_by=by.id, said_at=now)
        )
    audit.record(
        "say.not_the_same", campaign_id=one.campaign_id, by=by.id, subject=f"person:{first}", other=second
    )


def forget_old_merges(now: datetime) -> int:
    """Blank what is too old to be undone, and what the merged row still said besides its address."""
    old = list(
        db.session.scalars(
            select(Merge).where(Merge.before_sealed.is_not(None), Merge.merged_at < now - UNDONE_WITHIN)
        )
    )
    for row in old:
        row.before_sealed = None
    blank: dict[str, Any] = {
        "name": "–", "note": "", "phone": None, "home_text": None, "latitude": None, "longitude": None,
        "location_source": None, "location_accuracy_m": None, "skills": [], "tags": [], "age_at_least": None,
    }  # fmt: skip
    db.session.execute(
        update(Person)
        .where(Person.id.in_([row.gone_id for row in old if row.undone_at is None]))
        .where(Person.merged_into_id.is_not(None))
        .values(blank)
        .execution_options(synchronize_session=False)
    )
    return len(old)


def _parts() -> dict[str, Part]:
    parts: dict[str, Part] = current_app.extensions.get("merges", {})
    return parts


def _sealed(known: dict[str, Any]) -> bytes:
    return secrets.seal(json.dumps(known, default=str))


def _values(person: Person) -> dict[str, Any]:
    return {name: _plain(getattr(person, name)) for name in _COLUMNS}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


_OWN: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "grants": (RoleGrant.person_id, (RoleGrant.area_id, RoleGrant.role)),
    "consents": (Consent.person_id, ()),
    "papers": (Paper.person_id, (Paper.kind,)),
    "messages": (Message.person_id, ()),
    "texts": (IncomingText.person_id, ()),
}


_DOUBLE = ("area_id", "role", "granted_by", "granted_at")


def _move_own(kept: Person, gone: Person) -> dict[str, Any]:
    moved = {
        name: move_rows(column, kept.id, gone.id, unless_same=keys) for name, (column, keys) in _OWN.items()
    }
    named = select(Availability.id).where(Availability.person_id == kept.id).limit(1)
    has_times = db.session.scalar(named) is not None
    moved["times"] = [] if has_times else move_rows(Availability.person_id, kept.id, gone.id)
    moved["doubles"] = _take_doubles(gone.id)
    passkeys.forget_all(gone.id)  # a device answers for the one row it was made for, and for no other
    return moved


def _take_doubles(gone_id: int) -> list[dict[str, Any]]:
    """Delete the roles that the kept person has, too: a row set aside has no rights. Returns their values."""
    mine = delete(RoleGrant).where(RoleGrant.person_id == gone_id)
    taken = db.session.execute(mine.returning(*(getattr(RoleGrant, name) for name in _DOUBLE)))
    return [{name: _plain(getattr(row, name)) for name in _DOUBLE} for row in taken]


def _move_own_back(kept_id: int, gone_id: int, moved: dict[str, Any]) -> None:
    for name, (column, _keys) in _OWN.items():
        move_back(column, kept_id, gone_id, moved[name])
    move_back(Availability.person_id, kept_id, gone_id, moved["times"])
    agreeing.unsettle(moved.get("said", []))
    for double in moved.get("doubles", []):
        area = db.session.get(Area, double["area_id"])
        if area is not None:
            values = {name: _read(name, double[name]) for name in _DOUBLE}
            db.session.add(RoleGrant(campaign_id=area.campaign_id, person_id=gone_id, **values))


def _join(kept: Person, gone: Person, taken: set[str]) -> None:
    for choice in taken & set(CHOICES):
        if choice == "email":
            _swap_emails(kept, gone)
        else:
            for name in CHOICES[choice]:
                setattr(kept, name, getattr(gone, name))
    for name in ("skills", "languages", "tags"):
        setattr(kept, name, list(dict.fromkeys([*getattr(kept, name), *getattr(gone, name)])))
    kept.note = "\n".join(dict.fromkeys(filter(None, (kept.note, gone.note))))
    kept.age_at_least = max(filter(None, (kept.age_at_least, gone.age_at_least)), default=None)
    kept.seen_at = max(filter(None, (kept.seen_at, gone.seen_at)), default=None)
    kept.created_at = min(kept.created_at, gone.created_at)
    db.session.flush()


def _swap_emails(kept: Person, gone: Person) -> None:
    """Each has the other's address, and with it whether it was ever confirmed."""
    ours, theirs = kept.email, gone.email
    kept.awaits_confirmation, gone.awaits_confirmation = gone.awaits_confirmation, kept.awaits_confirmation
    gone.email = f"merging-{gone.id}@merging.invalid"
    db.session.flush()
    kept.email = theirs
    db.session.flush()
    gone.email = ours
    db.session.flush()


def _restore(kept: Person, gone: Person, known: dict[str, Any]) -> None:
    """Each value of the kept person that still is as the merge left it."""
    after, before = known["after"], known["kept"]
    if kept.email == after["email"] != before["email"] == gone.email:
        _swap_emails(kept, gone)
    for name in _COLUMNS:
        is_as_left = _plain(getattr(kept, name)) == after[name]
        if name != "email" and is_as_left and after[name] != before[name]:
            setattr(kept, name, _read(name, before[name]))
    db.session.flush()


def _read(name: str, value: Any) -> Any:
    return datetime.fromisoformat(value) if name.endswith("_at") and value else value


def _forget_pair(one_id: int, other_id: int) -> None:
    first, second = sorted((one_id, other_id))
    db.session.execute(delete(LikelyPair).where(LikelyPair.one_id == first, LikelyPair.other_id == second))


def _note(action: str, row: Merge, by: Viewer) -> None:
    audit.record(
        action, campaign_id=row.campaign_id, by=by.id, subject=f"person:{row.kept_id}", other=row.gone_id
    )

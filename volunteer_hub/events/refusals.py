"""What events refuse, each with a sentence that says how to mend it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select

from volunteer_hub.core.db import db
from volunteer_hub.core.refusals import Conflict, Refusal
from volunteer_hub.events.wording import span_text
from volunteer_hub.people.models import Campaign
from volunteer_hub.people.papers import PAPERS, Missing
from volunteer_hub.people.services.papers import ways_to_papers

if TYPE_CHECKING:
    from volunteer_hub.events.models import Shift


def named(shift: Shift) -> str:
    """“Canvass in Oakwood”, Sat, Nov 28, 10:00 AM to 1:00 PM."""
    zone = db.session.scalar(select(Campaign.time_zone).where(Campaign.id == shift.campaign_id)) or "UTC"
    return f"“{shift.event.name}”, {span_text(shift.starts_at, shift.ends_at, zone)}"


class ShiftFull(Conflict):
    """No place is left."""

    def __init__(self, shift: Shift) -> None:
        super().__init__(
            _("%(shift)s is full. Join its waiting list or choose another shift.", shift=named(shift))
        )


class ShiftOver(Refusal):
    """The shift has begun, or is past."""

    def __init__(self, shift: Shift) -> None:
        super().__init__(
            _(
                "%(shift)s has already begun. Call the person who leads it, or choose a later shift.",
                shift=named(shift),
            )
        )


class ShiftGone(Refusal):
    """The shift was cancelled."""

    status = 410

    def __init__(self, shift: Shift) -> None:
        super().__init__(_("%(shift)s was cancelled. Please choose another shift.", shift=named(shift)))


class NotPublished(Refusal):
    """The event is still a draft."""

    def __init__(self, shift: Shift) -> None:
        super().__init__(_("%(shift)s is still a draft. Publish the event first.", shift=named(shift)))


class Overlaps(Conflict):
    """The person is going to another shift at that time."""

    def __init__(self, other: Shift, *, name: str | None = None) -> None:
        text = (
            _(
                "This overlaps with %(shift)s, which you signed up for. "
                "Cancel that one first, or choose another time.",
                shift=named(other),
            )
            if name is None
            else _(
                "%(name)s is going to %(shift)s at that time. Cancel or move that sign-up first.",
                name=name,
                shift=named(other),
            )
        )
        super().__init__(text)
        self.other_shift_id = other.id


class StillGoing(Refusal):
    """New times would send people to two shifts at once."""

    def __init__(self, count: int) -> None:
        super().__init__(
            ngettext(
                "%(num)d person on this shift is going to another one at the new time. "
                "Move or cancel that sign-up first.",
                "%(num)d people on this shift are going to another one at the new time. "
                "Move or cancel those sign-ups first.",
                count,
            ),
            field="starts",
        )


class CapacityTooLow(Refusal):
    """More people are going than the new capacity has places."""

    def __init__(self, going: int, held: int) -> None:
        super().__init__(
            _(
                "%(going)d people are going and %(held)d places are held for offers, so the capacity cannot "
                "be below %(least)d. Move or cancel some sign-ups first.",
                going=going,
                held=held,
                least=going + held,
            ),
            field="capacity",
        )


class TooEarlyToMark(Refusal):
    """Attendance is marked around the shift, not days before."""

    def __init__(self, shift: Shift) -> None:
        super().__init__(
            _("%(shift)s has not begun. Attendance opens two hours before the start.", shift=named(shift))
        )


class NotOnTheShift(Refusal):
    """The sign-up was cancelled or is waiting, so there is nothing to mark."""

    def __init__(self) -> None:
        super().__init__(_("This person has no place on the shift. Sign them up first."))


class PlaceGone(Conflict):
    """What was given up went to somebody else, or it is too long ago."""

    def __init__(self) -> None:
        super().__init__(_("The place is gone by now. You can sign up again, or join the waiting list."))


class AlreadyGoing(Conflict):
    """Who takes over a place has one there already."""

    def __init__(self) -> None:
        super().__init__(_("You have a place on this shift already. Leave this one to somebody else."))


class TooManyFriends(Refusal):
    """More friends than one person may sign up for a shift."""

    def __init__(self, most: int) -> None:
        super().__init__(
            _(
                "You can bring up to %(most)s friends to a shift. Send others the link of this page.",
                most=most,
            )
        )


class NotFit(Refusal):
    """The event asks for an age or for papers that the person has not said they have."""

    def __init__(self, shift: Shift, missing: Missing) -> None:
        super().__init__(" ".join(_lacks(shift, missing)))
        self.missing = missing


class NoneOfThem(Refusal):
    """Of several shifts asked for none can be had. sentences: of each, which and why."""

    def __init__(self, sentences: Sequence[str]) -> None:
        super().__init__(" ".join(sentences))
        self.sentences = tuple(sentences)


def _lacks(shift: Shift, missing: Missing) -> Iterator[str]:
    """What is missing, and how to get it in the organizers' words."""
    if missing.age is not None:
        yield _(
            "For %(shift)s one has to be at least %(age)s years old.", shift=named(shift), age=missing.age
        )
    ways = ways_to_papers(db.session.get_one(Campaign, shift.campaign_id))
    for kind in missing.papers:
        if kind in PAPERS:
            yield _("%(shift)s needs: %(paper)s.", shift=named(shift), paper=PAPERS[kind].label)
        if kind in ways:
            yield _("How to get it: %(way)s", way=ways[kind])
    if missing.papers:
        yield _("If you have it, tick so; else choose another shift.")


class Changed(Conflict):
    """Two people changed the same thing at the same moment."""

    def __init__(self) -> None:
        super().__init__(_("Somebody changed this at the same moment. Look again and repeat it."))

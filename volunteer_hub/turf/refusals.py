"""Why something about turf is not done, in sentences for the person who asked."""

from __future__ import annotations

from flask_babel import gettext as _

from volunteer_hub.core.refusals import Conflict, NotFound, Refusal


class TurfTaken(Conflict):
    """Somebody was faster."""

    def __init__(self, name: str) -> None:
        super().__init__(_("Turf %(name)s has just gone to somebody else. Choose another one.", name=name))


class TurfGone(Conflict):
    """Cut anew, or worked to the end."""

    def __init__(self, name: str, state: str) -> None:
        why = {
            "retired": _(
                "Turf %(name)s was replaced when its precinct was cut again. Choose a new one.", name=name
            ),
            "done": _("Every door of turf %(name)s has been visited. Choose another one.", name=name),
        }
        super().__init__(why.get(state, _("Turf %(name)s cannot be handed out now.", name=name)))


class NoTurfLeft(Refusal):
    """Nothing open to hand out."""

    def __init__(self) -> None:
        super().__init__(
            _("No open turf is left here. Cut another precinct, or take back a turf that rests.")
        )


class LeaseOver(Conflict):
    """The lease has ended already."""

    def __init__(self) -> None:
        super().__init__(_("This lease has ended already. Hand the turf out again if it is needed."))


class LeaseTooShort(Refusal):
    """It would end before it starts."""

    def __init__(self) -> None:
        super().__init__(_("The lease would end before it starts. Choose a later time."))


class SameHolder(Refusal):
    """Taken over by whoever holds it."""

    def __init__(self, name: str) -> None:
        super().__init__(
            _("%(name)s holds this turf already. Extend the lease instead.", name=name), field="person_id"
        )


class NoDoorsChosen(Refusal):
    """Nothing to give back: no door, or only visited ones."""

    def __init__(self) -> None:
        super().__init__(
            _("Choose doors that nobody has visited yet: visited ones stay with their list."), field="doors"
        )


class CutTooSmall(Refusal):
    """Minutes that make no turf."""

    def __init__(self, least: int, most: int) -> None:
        super().__init__(
            _("Choose between %(least)s and %(most)s minutes for one turf.", least=least, most=most),
            field="minutes",
        )


class BadDoorLimits(Refusal):
    """The least is more than the most, or less than one."""

    def __init__(self) -> None:
        super().__init__(
            _("The least doors of a turf must be at least 1 and no more than the most."), field="min_doors"
        )


class SeveralDistricts(Refusal):
    """No turf reaches over a district line."""

    def __init__(self) -> None:
        super().__init__(_("Choose precincts of one district: no turf reaches over its line."))


class NothingToCut(Refusal):
    """An area without doors, or nothing chosen."""

    def __init__(self) -> None:
        super().__init__(
            _("No door that wants a visit lies there. Choose other precincts, or draw the area anew.")
        )


class BadArea(Refusal):
    """A drawn area that is none."""

    def __init__(self) -> None:
        super().__init__(_("The drawn area is not a closed shape. Draw it anew with at least three points."))


class CutChanged(Conflict):
    """Two people edit; the second has seen an older state."""

    def __init__(self) -> None:
        super().__init__(_("Somebody changed this cut meanwhile: reload, and do it again."))


class BeingCut(Conflict):
    """A worker is at it."""

    def __init__(self) -> None:
        super().__init__(_("These doors are being cut right now. Wait until that is done."))


class TurfHeld(Conflict):
    """In somebody's hands: its doors are on a phone."""

    def __init__(self, name: str) -> None:
        super().__init__(
            _("Turf %(name)s is in somebody’s hands and stays as it is. Take it back first.", name=name)
        )


class TurfLocked(Conflict):
    """An organizer said that it stays."""

    def __init__(self, name: str) -> None:
        super().__init__(_("Turf %(name)s is locked. Unlock it first.", name=name))


class TurfFinished(Conflict):
    """Every door of it was visited: what was done there stays as it is."""

    def __init__(self, name: str) -> None:
        super().__init__(
            _("Turf %(name)s is visited to the end. Choose another turf, or make a new one.", name=name)
        )


class NothingChanges(Refusal):
    """The edit would leave everything as it is."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)


class UndoTooLate(Conflict):
    """The turfs have gone on since."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "This can no longer be undone: one of its turfs was handed out, visited or cut again since. "
                "Move the doors back by hand."
            )
        )


class NoSuchTurf(NotFound):
    """Not there, or not in the viewer's areas: the answer is the same."""

    def __init__(self) -> None:
        super().__init__(_("There is no such turf, or it is not in your area."))

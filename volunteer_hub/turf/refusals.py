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


class CutTooSmall(Refusal):
    """Minutes that make no turf."""

    def __init__(self, least: int, most: int) -> None:
        super().__init__(
            _("Choose between %(least)s and %(most)s minutes for one turf.", least=least, most=most),
            field="minutes",
        )


class NoSuchTurf(NotFound):
    """Not there, or not in the viewer's areas: the answer is the same."""

    def __init__(self) -> None:
        super().__init__(_("There is no such turf, or it is not in your area."))

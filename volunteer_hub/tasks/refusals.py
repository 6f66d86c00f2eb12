"""What tasks refuse, each with a sentence that says how to mend it."""

from __future__ import annotations

from flask_babel import gettext as _

from volunteer_hub.core.refusals import Conflict, Refusal


class TaskFull(Conflict):
    """As many people as are needed have taken it."""

    def __init__(self, title: str) -> None:
        super().__init__(_("Somebody was first: “%(title)s” has all the people it needs.", title=title))


class TaskClosed(Refusal):
    """The task is done, cancelled or past its day."""

    def __init__(self, title: str) -> None:
        super().__init__(_("“%(title)s” is closed. Look for another task.", title=title))


class NotYours(Refusal):
    """The person does not have the task."""

    def __init__(self, title: str) -> None:
        super().__init__(_("You have not taken “%(title)s”. Take it first.", title=title))


class PlacesTooFew(Refusal):
    """More people took the task than it would have places."""

    def __init__(self, taken: int) -> None:
        super().__init__(
            _(
                "%(taken)d people have taken this task, so it needs at least as many places. "
                "Ask somebody to give it back first.",
                taken=taken,
            ),
            field="places",
        )

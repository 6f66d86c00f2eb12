"""The words of matching's pages: units, states, what binds, the steps of a run."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from volunteer_hub.assignments.models import State

# unit of a snapshot, for an hour -> unit of a plan's worth
UNITS = {"times an average hour": "average hours"}

RUN_STATES: dict[str, tuple[str, Any]] = {
    "queued": ("info", _l("waiting")),
    "running": ("info", _l("being made")),
    "done": ("ok", _l("ready")),
    "failed": ("error", _l("failed")),
    "superseded": ("neutral", _l("replaced")),
    "cancelled": ("neutral", _l("stopped")),
}

STATES: dict[str, tuple[str, Any]] = {
    State.PROPOSED.value: ("info", _l("proposed")),
    State.OFFERED.value: ("warning", _l("offered")),
    State.ACCEPTED.value: ("ok", _l("accepted")),
    State.DECLINED.value: ("neutral", _l("declined")),
    State.LAPSED.value: ("neutral", _l("no answer")),
    State.DONE.value: ("ok", _l("done")),
    State.WITHDRAWN.value: ("neutral", _l("taken back")),
}

STEPS: dict[str, Any] = {
    "queued": _l("Waiting for its turn"),
    "reading": _l("Reading people, shifts and priorities"),
    "solving": _l("Looking for the best plan"),
    "proving": _l("Checking it and writing the reasons"),
    "saving": _l("Saving the proposals"),
}

WHY_LOST: dict[str, Any] = {
    "never": _l("refused, or marked as never"),
    "too_far": _l("too far for them now"),
    "not_free": _l("not free then any more"),
    "skill": _l("it asks for a skill they lack"),
    "said": _l("it asks for a paper or an age that they have not said they have"),
    "language": _l("it asks for a language they do not speak"),
    "enough": _l("they have all the shifts they want"),
    "fewer": _l("fewer places there now"),
    "absent": _l("takes part no more, or cannot be reached"),
    "full": _l("full now"),
    "cancelled": _l("cancelled"),
    "too_soon": _l("it starts too soon to be offered"),
}

WHY_NOT: dict[str, Any] = {
    "no_location": _l("No home known"),
    "wants_no_shift": _l("Has all the shifts they want"),
    "no_place_in_reach": _l("Nothing within their way"),
    "not_free_then": _l("Not free at these times"),
    "skill_missing": _l("A skill is missing"),
    "not_said": _l("A paper or an age not said"),
    "language_missing": _l("A language is missing"),
    "only_never_pairs": _l("Only never-pairs left"),
    "not_worth_the_way": _l("Not worth the way"),
    "capacity": _l("Full where they could go"),
    "nothing": _l("Adds too little"),
}

"""What the walk page's script says, in the reader's language; it fills the places in braces."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _


def words_of(results: dict[str, str]) -> dict[str, Any]:
    """The words by name."""
    return {"results": results} | _of_the_outbox() | _of_the_door() | _of_the_list() | _of_the_map()


def _of_the_outbox() -> dict[str, str]:
    return {
        "undone": _("Took a report back"),
        "all_sent": _("Everything has reached the campaign"),
        "waiting": _(
            "%(saved)s saved on this phone, %(received)s received", saved="{saved}", received="{received}"
        ),
        "unsafe": _(
            "%(count)s could not be saved: this phone is full. Leave this page open until they are sent, "
            "or make room on the phone.",
            count="{count}",
        ),
        "no_disk": _(
            "%(count)s are in this page only: this browser saves nothing. Leave the page open until they "
            "are sent.",
            count="{count}",
        ),
        "stuck": _(
            "%(count)s cannot be sent: %(why)s Hand them over to your field lead.",
            count="{count}",
            why="{why}",
        ),
        "refused": _("%(count)s could not be taken. Show this to your field lead.", count="{count}"),
        "not_kept": _("This phone cannot keep reports without a network; each is sent at once."),
        "no_network": _("No network: hand the turf back when it is there. Nothing is lost until then."),
    }


def _of_the_door() -> dict[str, str]:
    return {
        "count": _("Door %(number)s of %(all)s", number="{number}", all="{all}"),
        "undo": _("Undo: %(door)s", door="{door}"),
        "undo_several": _("Undo: %(count)s doors of %(house)s", count="{count}", house="{house}"),
        "last_result": _("Last result: %(result)s", result="{result}"),
        "partners_result": _("By your partner: %(result)s", result="{result}"),
        "next_street": _("Next street: %(street)s", street="{street}"),
        "street_after": _(
            "Next street: %(street)s, after %(count)s more doors", street="{street}", count="{count}"
        ),
        "house": _("All %(all)s doors of %(house)s", all="{all}", house="{house}"),
        "all_units": _("Nobody home at all %(count)s that are left", count="{count}"),
        "somebody_else": _("Somebody else"),
        "add_at": _("At %(door)s", door="{door}"),
        "added": _("%(what)s – waits for the campaign", what="{what}"),
        "added_now": _("Added. The campaign will look at it."),
        "missing_name": _("Write the person's name."),
        "missing_address": _("Write the address, or the unit in this building."),
    }


def _of_the_list() -> dict[str, str]:
    return {
        "visited": _("%(done)s of %(all)s doors", done="{done}", all="{all}"),
        "left": _("%(left)s left", left="{left}"),
        "units_left": _("%(all)s doors, %(left)s left", all="{all}", left="{left}"),
        "by_partner": _("by your partner"),
        "gone": _("%(count)s doors went to somebody else and are off this list.", count="{count}"),
        "do_not_knock": _("Do not knock"),
    }


def _of_the_map() -> dict[str, str]:
    return {
        "go_to": _("Go to %(door)s", door="{door}"),
        "asking": _("Looking for where you are …"),
        "here": _("You are the blue dot, give or take %(metres)s m.", metres="{metres}"),
        "refused_position": _("The phone may not say where you are. Allow it in the browser's settings."),
        "no_position": _("The phone does not know where it is yet. Under the open sky it finds out sooner."),
    }

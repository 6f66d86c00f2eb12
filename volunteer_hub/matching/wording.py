"""Sentences about plans: amounts, reasons, how good a plan is. Kept sentences carry ids, never names."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from flask_babel import format_decimal, ngettext
from flask_babel import gettext as _

from volunteer_hub.assignments.amounts import SAME, amount, number, unit_words, way
from volunteer_hub.assignments.models import State
from volunteer_hub.assignments.queries import TOO_LATE_TO_OFFER
from volunteer_hub.core.display import day_text
from volunteer_hub.matching import said, vocabulary
from volunteer_hub.people.vocabulary import SKILLS, language_name

__all__ = ["amount", "number", "unit_words", "way"]  # templates find them here

if TYPE_CHECKING:
    from volunteer_hub.matching.why import Option

ABOUT_SHARE = 0.01  # two places within a hundredth of their worth are called the same


def reason(line: Any) -> str:
    """Why this person goes to this shift: worth, way, the next best and what binds, in a sentence or two.

    `line` has value, unit, travel_km, next_best and binding, as an assignment has.
    """
    worth = amount(line.value, line.unit)
    if line.travel_km is None:
        first = _("Worth %(worth)s.", worth=worth)
    else:
        first = _("Worth %(worth)s, %(way)s away.", worth=worth, way=way(line.travel_km))
    return f"{first} {beyond_worth(line)}"


def beyond_worth(line: Any) -> str:
    """The reason without what the columns of a table say already."""
    start = _("Fixed by hand.") + " " if line.binding == "pinned" else ""
    return start + next_best(line.next_best or {})


def next_best(other: Mapping[str, Any]) -> str:
    """What would be next, and why it is not better."""
    if not other.get("shift_id"):
        return _("No other place would do.")
    where, less = f"{other['name']} ({way(other.get('km'))})", float(other.get("less") or 0)
    if abs(less) <= SAME:
        return _("%(where)s would be worth the same.", where=where)
    if less > 0:
        return _("Next best is %(where)s, worth %(less)s less.", where=where, less=number(less))
    if (other.get("price") or 0) > SAME:
        return _(
            "%(where)s would be worth %(more)s more, but a place there is worth %(price)s to others.",
            where=where, more=number(-less), price=number(other["price"]),
        )  # fmt: skip
    return _("%(where)s would be worth %(more)s more.", where=where, more=number(-less))


def quality(gap: float | None) -> str:
    """How far a plan can be from the best possible one; the share is proven, not guessed."""
    if gap is None:
        return ""
    if gap < 5e-7:
        return _("The best possible plan, proven.")
    percent = gap * 100
    decimals = max(1, 1 - math.floor(math.log10(percent)))
    shown = format_decimal(math.ceil(percent * 10**decimals) / 10**decimals)
    return _("At most %(percent)s%% below the best possible plan.", percent=shown)


def regions(done: int, count: int) -> str:
    """How far a large plan is."""
    return _("Looking for the best plan: %(done)s of %(count)s regions", done=done, count=count)


def days(run: Any) -> str:
    """“Sun, Nov 22 to Sat, Dec 5”: the days of a run's shifts."""
    first = datetime.fromisoformat(run.params["from_at"])
    last = datetime.fromisoformat(run.params["until_at"]) - timedelta(seconds=1)
    return _("%(first)s to %(last)s", first=day_text(first), last=day_text(last))


def worth_difference(before: Any, after: Any) -> str:
    """What the later of two plans is worth against the earlier one."""
    unit = str(after.certificate.get("unit", ""))
    if unit != before.certificate.get("unit", ""):
        return _("The two plans count in different units: their worth cannot be compared.")
    more = (after.objective or 0.0) - (before.objective or 0.0)
    if abs(more) <= SAME * max(1.0, abs(after.objective or 0.0)):
        return _("Both plans are worth the same.")
    worth = amount(abs(more), unit)
    if more > 0:
        first = _("The later plan is worth %(worth)s more.", worth=worth)
    else:
        first = _("The later plan is worth %(worth)s less.", worth=worth)
    if (before.places, before.volunteers) == (after.places, after.volunteers):
        return first
    return f"{first} {_('It had other places to fill or other people to send: look at both below.')}"


def signed(value: float) -> str:
    """“+3”, “−2”, “0”."""
    return f"+{number(value)}" if value > SAME else number(value)


def what_a_price_is() -> str:
    """Prices, for whoever sees one for the first time."""
    return _(
        "The price of a place is the most that one more place there would add to the whole plan: what "
        "whoever takes it brings there, less what they leave behind elsewhere. Where places are left it is 0."
    )


def place_sentence(price: float, filled: int, capacity: int, unit: str) -> str:
    """What binds a place, from the run's own figures."""
    if filled < capacity:
        return _("Not everything is taken; one more place would change nothing.")
    if price > SAME:
        return _("Full; one more place would add at most %(worth)s to the plan.", worth=amount(price, unit))
    return _("Full, but nobody is left to whom one more place would be worth anything.")


def location_sentence(price: float, filled: int, capacity: int, unit: str) -> str:
    """What binds a staging location: its dearest shift speaks for it."""
    if price > SAME:
        return _(
            "One more place on its dearest shift would add at most %(worth)s.", worth=amount(price, unit)
        )
    if filled < capacity:
        return _("Places are left: one more would change nothing.")
    return _("Full, but nobody is left to whom one more place would be worth anything.")


def skills(names: Iterable[str]) -> str:
    """Skills in words."""
    return ", ".join(str(SKILLS.get(each, each)) for each in names)


def languages(codes: Iterable[str]) -> str:
    """Languages in words."""
    return ", ".join(language_name(each) for each in codes)


def not_placed(line: Mapping[str, Any], name: str, unit: str) -> str:
    """Why a plan sends somebody nowhere. `line` is what the run keeps of them."""
    best = line.get("best") or {}
    where = f"{best.get('name', '')} ({way(best.get('km'))})"
    worth, price = amount(best.get("value"), unit), number(best.get("price"))
    near = line.get("nearest_km")
    too_far = _("No place lies within the %(way)s that %(name)s travels.", way=way(line.get("reach_km")),
                name=name)  # fmt: skip
    if near:
        too_far = _("%(sentence)s The nearest is %(way)s away.", sentence=too_far, way=way(near))
    return {
        "no_location": _("Where %(name)s lives is not known.", name=name),
        "wants_no_shift": _("%(name)s has all the shifts they want.", name=name),
        "no_place_in_reach": too_far,
        "not_free_then": ngettext(
            "%(name)s is not free at the only shift within reach.",
            "%(name)s is free at none of the %(num)s shifts within reach.",
            line.get("in_reach") or 0, name=name,
        ),
        "skill_missing": ngettext(
            "The only shift %(name)s could make asks for a skill that is missing.",
            "Each of the %(num)s shifts %(name)s could make asks for a skill that is missing.",
            line.get("free_then") or 0, name=name,
        ),
        "not_said": _(
            "Each shift that would suit asks for a paper or an age that %(name)s has not said they have.",
            name=name,
        ),
        "language_missing": _("Each shift that would suit asks for a language %(name)s does not speak.",
                              name=name),
        "only_never_pairs": _("%(name)s refused every shift that would suit, or it was marked as never.",
                              name=name),
        "not_worth_the_way": _("At every shift within reach the way costs more than the hours bring."),
        "capacity": _(
            "Every shift %(name)s could go to is full of people who bring at least as much there. Closest "
            "was %(where)s: worth %(worth)s, while a place there is worth %(price)s.",
            name=name, where=where, worth=worth, price=price,
        ),
    }.get(line["binds"]) or _(
        "%(name)s would add %(worth)s at %(where)s, less than the search's precision.",
        name=name, worth=worth, where=where,
    )  # fmt: skip


def would_change(line: Mapping[str, Any], name: str) -> str:
    """What would bring in somebody whom a plan sends nowhere."""
    best = line.get("best") or {}
    short = max(float(best.get("price") or 0) - float(best.get("value") or 0), 0.0)
    nearer = _("A nearer place or one where more is at stake.")
    return {
        "no_location": _("A ZIP code or an address."),
        "wants_no_shift": _("%(name)s asking for one more shift.", name=name),
        "no_place_in_reach": _("A longer way to travel, or a place nearer by."),
        "not_free_then": _("Another free hour, or a shift at another time."),
        "skill_missing": _("Training in the skill, or a shift that does not need it."),
        "not_said": _("%(name)s saying that they have it, or a shift that does not ask for it.", name=name),
        "language_missing": _("A shift in a language %(name)s speaks.", name=name),
        "only_never_pairs": _("Taking back one of the never-pairs."),
        "not_worth_the_way": nearer,
    }.get(line["binds"]) or _(
        "One more place at %(where)s, or %(short)s more worth there.",
        where=best.get("name", ""), short=number(short),
    )  # fmt: skip


def changed(line: Mapping[str, Any], name: str, shifts: Mapping[int, str]) -> str:
    """What had to change for one person since a plan was made, and why. `line` is of a Replan."""
    lost = [each for each in line["lost"] if each[1] != "signed_up"]
    if len(lost) < len(line["lost"]):
        own = "; ".join(shifts.get(each[0], _("a shift")) for each in line["lost"] if each not in lost)
        first = _("%(name)s signed up for %(own)s: the proposal is not needed any more.", name=name, own=own)
        rest = changed({**line, "lost": lost}, name, shifts) if lost or line["gained"] else ""
        return f"{first} {rest}".strip()
    old = "; ".join(shifts.get(shift_id, _("a shift")) for shift_id, _why in lost)
    new = "; ".join(shifts.get(shift_id, _("a shift")) for shift_id in line["gained"])
    whys = dict.fromkeys(str(vocabulary.WHY_LOST.get(why, why)) for _shift_id, why in lost)
    why = ", ".join(whys)
    if old and new:
        return _(
            "%(name)s goes to %(new)s instead of %(old)s: %(why)s.", name=name, new=new, old=old, why=why
        )
    if old:
        return _("%(name)s no longer goes to %(old)s: %(why)s.", name=name, old=old, why=why)
    if line.get("is_new"):
        return _("%(name)s is new and goes to %(new)s.", name=name, new=new)
    return _("%(name)s goes to %(new)s: a place there is free and suits now.", name=name, new=new)


def offer_question(offerable: Any) -> str:
    """Asks before many are written to. `offerable` has places, emails and texts, as lines.Offerable has."""
    places, emails, texts = offerable.places, offerable.emails, offerable.texts
    question = ngettext("Offer one place?", "Offer %(count)s places?", places, count=format_decimal(places))
    by_email, by_text = _("Nobody gets an email"), _("nobody a text")
    if emails:
        shown = format_decimal(emails)
        by_email = ngettext("One person gets an email", "%(count)s people get an email", emails, count=shown)
    if texts:
        by_text = ngettext("one a text", "%(count)s a text", texts, count=format_decimal(texts))
    return f"{question} {by_email}, {by_text}."


def hindrance(line: Any, now: datetime) -> str:
    """Why a proposal cannot be offered as things are; empty where it can, and of all that is no proposal."""
    if line.state != State.PROPOSED:
        return ""
    if line.starts_at - now <= TOO_LATE_TO_OFFER:
        return _("It starts too soon to be offered.")
    return "" if line.places_left > 0 else _("No free place any more.")


def cost_sentence(cost: float, unit: str) -> str:
    """What a change by hand costs the whole plan."""
    if abs(cost) < 1e-6:
        return _("This costs the plan nothing.")
    if cost < 0:
        return _("The plan would be worth %(worth)s more.", worth=amount(-cost, unit))
    return _("The plan would be worth %(worth)s less.", worth=amount(cost, unit))


def option_sentence(option: Option, person: Any, best_gain: float | None, unit: str) -> str:
    """Why one volunteer is not sent to one shift. best_gain: what they gain where they are sent, or None."""
    fixed = {
        "here": _("They are sent here."),
        "never": _("Marked as never, or refused before."),
        "too_far": _(
            "%(way)s away; they travel at most %(most)s.",
            way=way(option.km), most=way(person.max_travel_km),
        ),
        "not_free": _("They are not free then."),
        "busy": _("They already go or were offered a place elsewhere at that time."),
        "skill": _("It needs a skill they do not have: %(skills)s.", skills=skills(option.missing)),
        "said": _(
            "It asks for what they have not said they have: %(asked)s.", asked=said.in_words(option.missing)
        ),
        "language": _(
            "It needs a language they do not speak: %(languages)s.",
            languages=languages(option.missing),
        ),
        "not_worth": _("The way (%(way)s) costs more than their hours bring there.", way=way(option.km)),
        "full": _("Worth %(worth)s there, but no place is free.", worth=amount(option.value, unit)),
    }  # fmt: skip
    return fixed.get(option.code) or _by_price(option, best_gain, unit)


def _by_price(option: Option, best_gain: float | None, unit: str) -> str:
    worth = amount(option.value, unit)
    if option.price > SAME and option.gain <= SAME:
        return _(
            "Worth %(worth)s there; a place is worth %(price)s, as others bring more.",
            worth=worth, price=number(option.price),
        )  # fmt: skip
    if best_gain is not None and abs(option.gain - best_gain) <= ABOUT_SHARE * abs(option.value or 0):
        return _("Worth %(worth)s there: about the same as where they are sent.", worth=worth)
    if best_gain is not None and option.gain <= best_gain + SAME:
        if option.price > SAME:
            return _(
                "Worth %(worth)s there, but a place is worth %(price)s to others: the plan gains %(less)s "
                "more where they are sent.",
                worth=worth, price=number(option.price), less=number(best_gain - option.gain),
            )  # fmt: skip
        return _(
            "Worth %(worth)s: %(less)s less than where they are sent.",
            worth=worth,
            less=number(best_gain - option.gain),
        )
    return _("Worth %(worth)s there as things are now: a new plan could send them.", worth=worth)

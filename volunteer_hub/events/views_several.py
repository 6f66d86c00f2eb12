"""Several shifts at once: tick the times of an event, or of a list, and send one form."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from volunteer_hub.core import access, clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.core.refusals import NotFound, Refusal
from volunteer_hub.core.web import limiter
from volunteer_hub.events import found_by, links, pages, queries, services, strangers
from volunteer_hub.events.asking import ask_of, said_of
from volunteer_hub.events.blueprint import bp
from volunteer_hub.events.forms import GuestForm, PlainForm
from volunteer_hub.events.queries import ShiftCard
from volunteer_hub.events.refusals import NoneOfThem
from volunteer_hub.events.services import Outcome
from volunteer_hub.events.views_mine import is_new_here, let_in
from volunteer_hub.events.views_sign_up import GUEST_LIMIT, SIGN_UP_LIMIT, mailbox_path, page_language
from volunteer_hub.people import services as people
from volunteer_hub.people.models import Campaign, Person

MOST_AT_ONCE = 20


@bp.route("/c/<slug>/sign-up", methods=["GET", "POST"])
@access.public("times of public events to tick; signs up as the page of one shift does")
@SIGN_UP_LIMIT
@GUEST_LIMIT
def sign_up_several(slug: str) -> ResponseReturnValue:
    """?event= shows the times of an event, ?shift= (as often as you like) ticks some, of any event."""
    campaign = pages.campaign_at(slug)
    found_by.note(campaign.id)
    cards, ticked = _offered(campaign), _ticked()
    form = PlainForm() if pages.is_member(campaign) else GuestForm()
    if form.validate_on_submit():
        try:
            chosen = _chosen(cards, ticked)
            answer = _sign_up(campaign, chosen, form)
            _tell_of_gone(len(ticked) - len(chosen))
            return answer
        except NotFound:
            raise
        except Refusal as refusal:
            _refuse(form, refusal)
            campaign = pages.campaign_at(slug)
    return _page(campaign, cards, ticked, form), 422 if form.errors or form.form_errors else 200


def _refuse(form: GuestForm | PlainForm, refusal: Refusal) -> None:
    """At the top of the form; of several shifts a sentence each."""
    if isinstance(refusal, NoneOfThem):
        form.form_errors.extend(refusal.sentences)
    else:
        form.refuse(refusal)


def _ticked() -> set[int]:
    return {each for each in request.values.getlist("shift", type=int) if 0 < each < 2**63}


def _offered(campaign: Campaign) -> list[ShiftCard]:
    """The times to choose from: of the event, and those that are ticked already."""
    event_id, now, members = request.values.get("event", type=int), clock.now(), pages.is_member(campaign)
    cards: dict[int, ShiftCard] = {}
    if event_id is not None and 0 < event_id < 2**63:
        found = queries.open_times(campaign.id, now=now, members=members, event_id=event_id)
        cards |= {card.id: card for card in found}
    if more := sorted(_ticked() - cards.keys())[:MOST_AT_ONCE]:
        found = queries.open_times(campaign.id, now=now, members=members, shift_ids=more)
        cards |= {card.id: card for card in found}
    return sorted(cards.values(), key=lambda card: (card.starts_at, card.id))


def _chosen(cards: Sequence[ShiftCard], ticked: set[int]) -> list[ShiftCard]:
    chosen = [card for card in cards if card.id in ticked]
    if len(ticked) > MOST_AT_ONCE:
        raise Refusal(_("At most %(most)s times at once, please.", most=MOST_AT_ONCE))
    if ticked and not chosen:
        raise Refusal(_("What you ticked has begun or was cancelled meanwhile. Choose another time."))
    if not chosen:
        raise Refusal(_("Tick at least one time."))
    return chosen


def _page(
    campaign: Campaign, cards: Sequence[ShiftCard], ticked: set[int], form: GuestForm | PlainForm
) -> str:
    person_id = current_user.id if pages.is_member(campaign) else None
    mine = queries.my_states(person_id, [card.id for card in cards]) if person_id else {}
    return pages.page(
        "events/several.html",
        campaign,
        shown=cards,
        cards=cards,
        ticked=ticked,
        mine=mine,
        form=form,
        event_id=request.values.get("event", type=int),
        ask=ask_of(campaign, cards, person_id),
    )


def _tell_of_gone(count: int) -> None:
    """Times that were ticked on a page that was older than their end."""
    if count:
        text = ngettext(
            "%(num)d time that you ticked has begun or was cancelled meanwhile.",
            "%(num)d times that you ticked have begun or were cancelled meanwhile.",
            count,
        )
        flash(text, "error")


def _sign_up(
    campaign: Campaign, cards: Sequence[ShiftCard], form: GuestForm | PlainForm
) -> ResponseReturnValue:
    ids, said, now, slug = [card.id for card in cards], said_of(request.form), clock.now(), campaign.slug
    if isinstance(form, GuestForm):
        unheld = strangers.Unheld()
        with transaction():
            without = services.sign_up_guest_many(
                campaign,
                ids,
                form.email.data or "",
                form.profile(page_language()),
                email_agreed=bool(form.email_agreed.data),
                now=now,
                said=said,
                found_by=found_by.noted(campaign.id),
                unheld=unheld,
            )
        _tell(without)
        refused = {each.shift_id for each in without}
        asked_for = [card for card in cards if card.id not in refused]
        return redirect(mailbox_path(slug, asked_for, unheld=unheld.shift_ids))
    with transaction():
        if said:
            people.say(db.session.get_one(Person, current_user.id), said, now=now)
        outcomes = services.sign_up_many(
            campaign.id,
            current_user.id,
            ids,
            by=current_user.id,
            now=now,
            found_by=found_by.noted(campaign.id),
        )
        if all(each.state == "refused" for each in outcomes):
            raise NoneOfThem([each.words for each in outcomes])
    _tell(outcomes)
    return redirect(url_for("events.mine"))


def _tell(outcomes: Sequence[Outcome]) -> None:
    """What became of each, in words."""
    for each in outcomes:
        if each.state == "going":
            flash(_("You are going: %(shift)s.", shift=each.words), "ok")
        elif each.state == "waiting":
            flash(_("Full, you are on the waiting list: %(shift)s.", shift=each.words), "info")
        else:
            flash(each.words, "error")


@bp.route("/j/<shifts>/all/<int:person_id>/<int:expires>/<signature>", methods=["GET", "POST"])
@access.by_token("the signature in the address, mailed to the person it names")
@limiter.limit("30/minute", methods=["POST"])
def join_many_by_link(shifts: str, person_id: int, expires: int, signature: str) -> ResponseReturnValue:
    """A GET shows the shifts and a button; the button takes the places."""
    if not links.join_many_path_holds(shifts, person_id, expires, signature):
        raise NotFound()
    ids = [int(each) for each in shifts.split("-")]
    campaign, card = queries.campaign_and_card(ids[0], person_id)
    pages.enter(campaign)
    if clock.now() > datetime.fromtimestamp(expires, UTC):
        raise NotFound(_("This link is too old. Sign up on the page of the shift instead."))
    cards = queries.open_times(campaign.id, now=clock.now(), members=True, shift_ids=ids)
    found_by.note(campaign.id)
    if request.method == "GET":
        return pages.page(
            "events/join_many.html",
            campaign,
            shown=cards or [card],
            cards=cards,
            reader_zone=db.session.get_one(Person, person_id).time_zone,
            ask=ask_of(campaign, cards, person_id),
        )
    is_new = is_new_here(person_id)

    def join() -> ResponseReturnValue:
        slug = campaign.slug
        try:
            with transaction():
                outcomes = services.sign_up_many_by_link(
                    campaign.id,
                    person_id,
                    ids,
                    now=clock.now(),
                    said=said_of(request.form),
                    found_by=found_by.noted(campaign.id),
                )
        except Refusal as refusal:
            flash(str(refusal.sentence), "error")
            return redirect(request.path)
        _tell(outcomes)
        if outcomes and all(each.state == "refused" for each in outcomes):
            return redirect(request.path)
        return redirect(url_for("events.public_list", slug=slug))

    return let_in(person_id, join) if is_new else join()

"""Replies by text: read, answer, set aside as read. Beside the pages of messages, with the people they are
from."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_login import current_user
from wtforms import TextAreaField
from wtforms.validators import DataRequired, Length

from volunteer_hub.core import access, audit, clock
from volunteer_hub.core.access import Role, needs
from volunteer_hub.core.db import transaction
from volunteer_hub.core.forms import Form
from volunteer_hub.core.refusals import Refusal
from volunteer_hub.messaging import incoming
from volunteer_hub.messaging import services as messaging
from volunteer_hub.messaging.texts.segments import Counted, counted, plain
from volunteer_hub.people import queries, replies
from volunteer_hub.people.blueprint import bp
from volunteer_hub.people.replies import ReplyLine

LONGEST_ANSWER = 480


class AnswerForm(Form):
    """An answer by text."""

    words = TextAreaField(
        _l("Your answer"),
        [
            DataRequired(_l("Write something first.")),
            Length(max=LONGEST_ANSWER, message=_l("That is too long for a text: 480 characters at most.")),
        ],
    )


class CannotText(Refusal):
    """This person gets no texts."""

    def __init__(self) -> None:
        super().__init__(
            _("This person does not get texts any more, or never agreed to them. Call, or write an email.")
        )


@bp.get("/messages/replies")
@needs(Role.ORGANIZER)
def text_replies() -> ResponseReturnValue:
    """What people of one's areas wrote back, unanswered first. Reading it is in the audit log."""
    paths, everywhere = _reach()
    campaign_id = current_user.campaign_id
    page = request.args.get("page", 1, type=int)
    found = replies.replies(campaign_id, paths, everywhere=everywhere, page=page)
    lost = replies.unreachable(campaign_id, paths)
    if found.rows or lost:
        with transaction():
            audit.record(
                "read.replies",
                campaign_id=campaign_id,
                by=current_user.id,
                subject="texts",
                rows=len(found.rows),
            )
    return render_template("messaging/replies.html", found=found, lost=lost, form=AnswerForm(formdata=None))


@bp.get("/messages/replies/<int:reply_id>")
@needs(Role.ORGANIZER)
def text_reply(reply_id: int) -> ResponseReturnValue:
    """One text with the form for an answer."""
    return _reply_page(_reply(reply_id), AnswerForm(formdata=None))


@bp.post("/messages/replies/<int:reply_id>")
@needs(Role.ORGANIZER)
def answer_text_reply(reply_id: int) -> ResponseReturnValue:
    """Send an answer by text: at once, since they wrote to us; never after a STOP."""
    reply, form = _reply(reply_id), AnswerForm()
    if not form.validate_on_submit():
        return _reply_page(reply, form), 422
    try:
        with transaction():
            cost = _answer(reply, form.words.data or "")
    except Refusal as refusal:
        form.refuse(refusal)
        return _reply_page(reply, form), 422
    flash(
        ngettext(
            "Your answer leaves now, as %(num)s segment.",
            "Your answer leaves now, as %(num)s segments.",
            cost.segments,
        ),
        "ok",
    )
    return redirect(url_for("people.text_replies"))


@bp.post("/messages/replies/<int:reply_id>/read")
@needs(Role.ORGANIZER)
def read_text_reply(reply_id: int) -> ResponseReturnValue:
    """Nothing is left to do about this text."""
    reply = _reply(reply_id)
    with transaction():
        incoming.note_answered(reply.id, now=clock.now())
    flash(_("Marked as read."), "ok")
    return redirect(url_for("people.text_replies"))


def _reach() -> tuple[list[str], bool]:
    return access.paths(current_user, Role.ORGANIZER), access.everywhere(current_user, Role.ORGANIZER)


def _reply(reply_id: int) -> ReplyLine:
    paths, everywhere = _reach()
    return replies.reply_within(current_user.campaign_id, reply_id, paths, everywhere=everywhere)


def _reply_page(reply: ReplyLine, form: AnswerForm) -> str:
    with transaction():
        audit.record(
            "read.reply", campaign_id=current_user.campaign_id, by=current_user.id, subject=f"text:{reply.id}"
        )
    cost = counted(plain(form.words.data)) if form.words.data else None
    return render_template("messaging/reply.html", reply=reply, form=form, cost=cost)


def _answer(reply: ReplyLine, words: str) -> Counted:
    now = clock.now()
    to = queries.recipients([reply.person_id], "text").get(reply.person_id) if reply.person_id else None
    if to is None or messaging.is_suppressed(current_user.campaign_id, "text", to.address):
        raise CannotText()
    said = plain(words).strip()
    key = f"reply-{reply.id}-{int(now.timestamp())}"
    messaging.post_once(current_user.campaign_id, key, "text_reply", to, "", said, is_urgent=True)
    incoming.note_answered(reply.id, now=now)
    audit.record(
        "answer.reply", campaign_id=current_user.campaign_id, by=current_user.id, subject=f"text:{reply.id}"
    )
    return counted(said)

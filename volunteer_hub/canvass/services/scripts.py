"""The script: what every campaign starts with, the version of a lease, and saving a new version."""

from __future__ import annotations

from datetime import datetime

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import func, select

from volunteer_hub.canvass import script_queries as queries
from volunteer_hub.canvass.models import Script
from volunteer_hub.canvass.script_queries import ScriptCard
from volunteer_hub.canvass.scripts.content import Content, Kind, Question, Words, as_document
from volunteer_hub.core import audit
from volunteer_hub.core.db import db
from volunteer_hub.core.refusals import Conflict, NotFound
from volunteer_hub.people.models import Campaign
from volunteer_hub.people.vocabulary import PAGE_LANGUAGES
from volunteer_hub.priority.queries import active_contest


def script_of(campaign_id: int) -> ScriptCard:
    """The script in use; the one every campaign starts with where none was saved. Reads only."""
    return queries.current_script(campaign_id) or starting_script(campaign_id)


def script_of_lease(campaign_id: int, lease_id: int) -> ScriptCard:
    """The script a lease keeps: a shift in progress goes on with the version it started with. Reads only."""
    return queries.script_of_lease(lease_id) or starting_script(campaign_id)


def script_numbered(campaign_id: int, number: int) -> ScriptCard:
    """One version; 0 is the script every campaign starts with. Raises NotFound."""
    found = queries.script_numbered(campaign_id, number) if number else starting_script(campaign_id)
    if found is None:
        raise NotFound()
    return found


def starting_script(campaign_id: int) -> ScriptCard:
    """A short script about the campaign's contest in every language of the pages, ready to use."""
    campaign = db.session.get_one(Campaign, campaign_id)
    contest = active_contest(campaign_id)
    languages = sorted(PAGE_LANGUAGES, key=lambda code: code != campaign.language)
    opening: dict[str, str] = {}
    closing: dict[str, str] = {}
    wording: dict[str, str] = {}
    for code in languages:
        with force_locale(code):
            ours = _spoken(contest.ours) if contest else campaign.name
            opening[code] = _opening(campaign.name)
            closing[code] = _("Thank you for your time. Have a good day!")
            wording[code] = _("How do you feel about %(ours)s in this election?", ours=ours)
    name = contest.name if contest else campaign.name
    return ScriptCard(
        None, 0, Content(name, tuple(languages), opening, closing, (support_question(wording),))
    )


def support_question(wording: Words) -> Question:
    """The question that feeds standings: 1 (strong support) to 5 (strong oppose)."""
    return Question("support", Kind.SUPPORT, wording, low=1, high=5, our_end="low")


def _opening(campaign_name: str) -> str:
    return _(
        "Hi, I am a volunteer with %(campaign)s. I live around here and am asking neighbours what matters to "
        "them. Do you have two minutes?",
        campaign=campaign_name,
    )


def _spoken(ours: str) -> str:
    """Our side as one says it at a door: results files call it DEM or Democratic, nobody there does."""
    word = ours.strip().casefold()
    if word in ("d", "dem", "democrat", "democratic"):
        return _("the Democratic candidate")
    if word in ("r", "rep", "gop", "republican"):
        return _("the Republican candidate")
    is_code = len(word) <= 4 and ours.strip().isupper()
    return _("our candidate") if is_code else ours


def save_script(
    campaign_id: int,
    content: Content,
    *,
    based_on: int,
    by: int | None,
    now: datetime,
    restores: int | None = None,
) -> Script:
    """Put a new version into use; the ones before are kept for those who work with them.

    based_on: the number of the version that was changed. Raises Conflict if another was saved meanwhile.
    """
    db.session.execute(select(Campaign.id).where(Campaign.id == campaign_id).with_for_update())
    last = db.session.scalar(select(func.max(Script.number)).where(Script.campaign_id == campaign_id)) or 0
    if last != based_on:
        raise SavedMeanwhile(script_numbered(campaign_id, last))
    contest = active_contest(campaign_id)
    script = Script(
        campaign_id=campaign_id,
        contest_id=contest.id if contest else None,
        number=last + 1,
        name=content.name,
        content=as_document(content),
        restores=restores,
        created_by=by,
        created_at=now,
    )
    db.session.add(script)
    db.session.flush()
    audit.record(
        "save.script", campaign_id=campaign_id, by=by, subject=f"script:{script.id}", number=last + 1
    )
    return script


def restore_script(campaign_id: int, number: int, *, by: int, now: datetime) -> Script:
    """Put an old version into use again, as a new one with the same content."""
    old = script_numbered(campaign_id, number)
    current = script_of(campaign_id)
    return save_script(campaign_id, old.content, based_on=current.number, by=by, now=now, restores=number)


class SavedMeanwhile(Conflict):
    """Somebody else saved a version while this one was edited."""

    def __init__(self, card: ScriptCard) -> None:
        self.number = card.number
        super().__init__(
            _(
                "%(author)s saved version %(number)s while you were editing. Look at what changed in the "
                "list of versions; then press the button again to put yours into use in its place.",
                author=card.author or _("Somebody"),
                number=card.number,
            )
        )

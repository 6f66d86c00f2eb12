"""The script: what every campaign starts with, and saving a changed one as a new version."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import update

from volunteer_hub.canvass.models import Script, ScriptQuestion
from volunteer_hub.canvass.queries import Question, ScriptCard, current_script
from volunteer_hub.core.db import db
from volunteer_hub.core.refusals import Refusal
from volunteer_hub.people.models import Campaign
from volunteer_hub.priority.queries import active_contest

MOST_QUESTIONS = 8


def script_of(campaign_id: int) -> ScriptCard:
    """The script in use; the one every campaign starts with where none was saved. Reads only."""
    return current_script(campaign_id) or starting_script(campaign_id)


def starting_script(campaign_id: int) -> ScriptCard:
    """A short script about the campaign's contest, ready to use."""
    campaign = db.session.get_one(Campaign, campaign_id)
    contest = active_contest(campaign_id)
    ours = _spoken(contest.ours) if contest else campaign.name
    opening = _(
        "Hi, I am a volunteer with %(campaign)s. I live around here and am asking neighbours what matters to "
        "them. Do you have two minutes?",
        campaign=campaign.name,
    )
    wording = _("How do you feel about %(ours)s in this election?", ours=ours)
    return ScriptCard(
        None,
        contest.name if contest else campaign.name,
        opening,
        _("Thank you for your time. Have a good day!"),
        (Question("support", "support", wording),),
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
    *,
    name: str,
    opening: str,
    closing: str,
    questions: Sequence[Question],
    now: datetime,
) -> Script:
    """Put a new version into use; the ones before are kept for the reports that were made with them."""
    if len(questions) > MOST_QUESTIONS:
        raise Refusal(_("A script may have at most %(most)s questions.", most=MOST_QUESTIONS))
    if sum(each.kind == "support" for each in questions) > 1:
        raise Refusal(_("Ask for support once only."))
    contest = active_contest(campaign_id)
    db.session.execute(
        update(Script).where(Script.campaign_id == campaign_id, Script.is_current).values(is_current=False)
    )
    script = Script(
        campaign_id=campaign_id,
        contest_id=contest.id if contest else None,
        name=name,
        opening=opening,
        closing=closing,
        is_current=True,
        created_at=now,
    )
    db.session.add(script)
    db.session.flush()
    for position, each in enumerate(_with_keys(questions), start=1):
        db.session.add(
            ScriptQuestion(
                campaign_id=campaign_id,
                script_id=script.id,
                position=position,
                key=each.key,
                kind=each.kind,
                wording=each.wording,
                choices=[{"key": key, "label": label} for key, label in each.choices],
            )
        )
    return script


def _with_keys(questions: Sequence[Question]) -> list[Question]:
    """Each question under a key of its own, by which answers are kept."""
    taken: set[str] = set()
    done: list[Question] = []
    for each in questions:
        key = "support" if each.kind == "support" else _free(each.key or key_of(each.wording), taken)
        taken.add(key)
        labels: set[str] = set()
        choices = tuple((_add(labels, key_of(label)), label) for _key, label in each.choices)
        done.append(Question(key, each.kind, each.wording, choices))
    return done


def key_of(text: str) -> str:
    """A short plain key from a wording: "Best time to vote?" becomes best_time_to_vote."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:40] or "question"


def _free(key: str, taken: set[str]) -> str:
    candidates = (key if not number else f"{key}_{number}" for number in range(100))
    return next(each for each in candidates if each not in taken and each != "support")


def _add(taken: set[str], key: str) -> str:
    free = _free(key, taken)
    taken.add(free)
    return free

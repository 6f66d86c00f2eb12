"""The words of the names and homes of a campaign, each once: what a misspelt word may mean."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from volunteer_hub.core.db import InCampaign, db
from volunteer_hub.people.models import STRINGS


class NameWord(InCampaign, db.Model):
    """A word of some name or home. Written by the triggers of `migrations/standing.py`, whoever adds people.

    A million people share some ten thousand of these, so that looking for those that resemble a misspelt one
    is quick. Words that nobody has any more go in the night (people.jobs.forget_words), those of an erased
    person at once.
    """

    __tablename__ = "name_words"
    __table_args__ = (
        UniqueConstraint("campaign_id", "kind", "word"),
        CheckConstraint("kind IN ('name', 'place')", name="kind"),
        Index("ix_name_words_word", "word", postgresql_using="gin", postgresql_ops={"word": "gin_trgm_ops"}),
    )

    kind: Mapped[str]
    word: Mapped[str] = mapped_column(comment="small letters without accents")
    sounds: Mapped[list[str]] = mapped_column(STRINGS, comment="its consonant skeleton, as in Person.sounds")

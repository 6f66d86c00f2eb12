"""Words of names and homes that nobody has any more are let go of."""

from __future__ import annotations

from sqlalchemy import text

from volunteer_hub.core.db import db
from volunteer_hub.people.spelling import words_in

_LEAVING = """(SELECT CAST(:campaign_id AS bigint) AS campaign_id, CAST(:name AS text) AS name,
                       CAST(:home AS text) AS home_text) AS leaving"""
_OF_ONE = text(f"""
    DELETE FROM name_words gone USING ({words_in(_LEAVING)}) AS words
    WHERE gone.campaign_id = words.campaign_id AND gone.word = words.word AND NOT EXISTS (
        SELECT 1 FROM people
        WHERE people.campaign_id = gone.campaign_id AND people.search LIKE '%' || gone.word || '%'
    )
""")  # noqa: S608 - no value comes from outside
_OF_ALL = text(f"""
    DELETE FROM name_words gone WHERE campaign_id = :campaign_id AND NOT EXISTS (
        SELECT 1 FROM ({words_in("(SELECT * FROM people WHERE campaign_id = :campaign_id) AS here")}) AS words
        WHERE words.kind = gone.kind AND words.word = gone.word
    )
""")  # noqa: S608 - likewise


def forget_words_of(campaign_id: int, name: str, home_text: str | None) -> None:
    """Somebody was erased: what nobody else is called, or lives at, is not kept."""
    db.session.execute(_OF_ONE, {"campaign_id": campaign_id, "name": name, "home": home_text})


def forget_words(campaign_id: int) -> int:
    """The same for all who changed their name or moved. Returns how many words went."""
    return db.session.execute(_OF_ALL, {"campaign_id": campaign_id}).rowcount  # type: ignore[attr-defined]

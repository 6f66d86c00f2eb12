"""What stands in the database beside the tables: triggers, written anew after every migration upwards."""

from __future__ import annotations

from sqlalchemy import Connection, text

from volunteer_hub.people.spelling import NOTE_WORDS

_NEW_ROW = "(SELECT NEW.campaign_id, NEW.name, NEW.home_text) AS added (campaign_id, name, home_text)"
WORDS = (
    f"""
CREATE OR REPLACE FUNCTION note_words_of_added() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN {NOTE_WORDS}; RETURN NULL; END $body$
""",
    f"""
CREATE OR REPLACE FUNCTION note_words_of_changed() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN {NOTE_WORDS.replace("FROM added", f"FROM {_NEW_ROW}")}; RETURN NULL; END $body$
""",
    """
CREATE OR REPLACE TRIGGER note_words_of_added AFTER INSERT ON people
REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION note_words_of_added()
""",
    """
CREATE OR REPLACE TRIGGER note_words_of_changed AFTER UPDATE OF name, home_text ON people FOR EACH ROW
WHEN (NEW.erased_at IS NULL
      AND (NEW.name, NEW.home_text) IS DISTINCT FROM (OLD.name, OLD.home_text))
EXECUTE FUNCTION note_words_of_changed()
""",
)


def write(connection: Connection) -> None:
    """Where the tables are there: after a migration down to nothing they are not."""
    if connection.scalar(text("SELECT to_regclass('name_words')")):
        for statement in WORDS:
            connection.exec_driver_sql(statement)

"""Alembic migrations: read by a person, run up and down in the tests, fit for the code already running."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from alembic.config import Config as AlembicConfig
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

HERE = Path(__file__).parent


def _alembic(**attributes: Any) -> AlembicConfig:
    settings = AlembicConfig(attributes=attributes)
    settings.set_main_option("script_location", str(HERE))
    return settings


@cache
def head() -> str:
    """The revision this program is written for."""
    return ScriptDirectory.from_config(_alembic()).get_current_head() or ""


def upgrade(engine: Engine, to: str = "head") -> None:
    """Bring the database up to a revision, in one transaction, under an advisory lock."""
    from alembic import command

    with engine.begin() as connection:
        command.upgrade(_alembic(connection=connection), to)


def downgrade(engine: Engine, to: str = "base") -> None:
    """Take the database down to a revision."""
    from alembic import command

    with engine.begin() as connection:
        command.downgrade(_alembic(connection=connection), to)


def compare(engine: Engine) -> list[Any]:
    """What differs between the tables as migrated and as the models say: nothing, in a good tree."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from volunteer_hub.migrations.tables import metadata

    with engine.connect() as connection:
        return list(compare_metadata(MigrationContext.configure(connection), metadata()))

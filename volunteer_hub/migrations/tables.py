"""All tables of the program, for Alembic."""

from __future__ import annotations

import importlib

from sqlalchemy import MetaData

from volunteer_hub.core.db import Base

OWNERS = (
    "core.audit",
    "people.models",
    "people.models_words",
    "messaging.models",
    "districts.models",
    "priority.models",
    "turf.models",
    "events.models",
    "tasks.models",
    "assignments.models",
    "matching.models",
    "canvass.models",
    "canvass.models_log",
    "canvass.models_additions",
    "canvass.models_safety",
    "canvass.models_sheets",
)


def metadata() -> MetaData:
    """Import every model and return what they declare together."""
    for owner in OWNERS:
        importlib.import_module(f"volunteer_hub.{owner}")
    return Base.metadata

"""Stand-ins for names in sentences that are kept: names can change and be erased."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from flask_babel import gettext as _

_TOKEN = re.compile(r"\{(\d+)\}")


def token(person_id: int) -> str:
    """Stands for a person's name."""
    return f"{{{person_id}}}"


def people_in(sentences: Iterable[str]) -> set[int]:
    """Whose names are needed to show these sentences."""
    return {int(found) for sentence in sentences for found in _TOKEN.findall(sentence)}


def somebody() -> str:
    """For a person whose name is gone."""
    return _("somebody")


def told(sentence: str, names: Mapping[int, str]) -> str:
    """A kept sentence with today's names."""
    return _TOKEN.sub(lambda found: names.get(int(found[1]), somebody()), sentence)

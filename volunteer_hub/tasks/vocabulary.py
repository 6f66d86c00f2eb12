"""The words of tasks, with labels to show."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

KINDS: dict[str, Any] = {
    "canvass": _l("Canvass"),
    "phone": _l("Phone"),
    "data_entry": _l("Data entry"),
    "host": _l("Host"),
    "drive": _l("Drive"),
    "translate": _l("Translate"),
    "train": _l("Train"),
    "other": _l("Other"),
}

# Kinds that ask for the skill of the same name in whoever takes the task.
SKILLED_KINDS = ("canvass", "phone", "data_entry", "host", "drive", "translate", "train")

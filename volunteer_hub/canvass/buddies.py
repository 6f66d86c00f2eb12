"""Buddy rules: who should not go out alone, by what the campaign has decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

SETTING = "buddy_rules"


@dataclass(frozen=True, slots=True)
class BuddyRules:
    """A campaign's rules. Until somebody chooses, first-timers and the dark ask for a pair."""

    after_dark: bool = True
    first_timers: bool = True

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> BuddyRules:
        """From the campaign's settings."""
        kept = settings.get(SETTING) or {}
        return cls(bool(kept.get("after_dark", True)), bool(kept.get("first_timers", True)))


def why_not_alone(rules: BuddyRules, *, is_dark: bool, is_first_time: bool) -> list[str]:
    """Reasons for which this person should go in a pair; empty when they may go alone."""
    reasons = []
    if rules.first_timers and is_first_time:
        reasons.append(_("first time out"))
    if rules.after_dark and is_dark:
        reasons.append(_("dark before they are back"))
    return reasons

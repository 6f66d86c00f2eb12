"""The one confirm-or-cancel loop, and its end: a yes.

A day before, everybody who has not said yes lately is asked once, by text where they agreed to texts, else
by email; whoever stays silent gets one short note more, two hours before; after a yes there is silence. An
extra personal text on top of automatic ones had no effect in a randomised trial (2021, SDAN; field.md,
“Flake”), and every message that is not needed teaches people to ignore the next.
"""

from __future__ import annotations

from datetime import datetime, timedelta

CONFIRMED_WITHIN = timedelta(days=3)
"""Before the start: an older yes is that of somebody who showed their address, not that of a day ahead."""


def has_said_yes(confirmed_at: datetime | None, starts_at: datetime) -> bool:
    """Was the yes given in the last days before the shift, so that nobody asks again?"""
    return confirmed_at is not None and confirmed_at >= starts_at - CONFIRMED_WITHIN


def is_to_confirm(confirmed_at: datetime | None, starts_at: datetime, now: datetime) -> bool:
    """Should their page ask for a yes? At once after signing up, and again in the last days."""
    return confirmed_at is None or (
        now >= starts_at - CONFIRMED_WITHIN and not has_said_yes(confirmed_at, starts_at)
    )

"""The campaign's rules about who goes out in a pair."""

from __future__ import annotations

from volunteer_hub.core import audit
from volunteer_hub.people.models import Campaign


def set_buddy_rules(campaign: Campaign, *, after_dark: bool, first_timers: bool, by: int) -> None:
    """Change them; who did is logged, for they are about people's safety."""
    rules = {"after_dark": after_dark, "first_timers": first_timers}
    campaign.settings = {**campaign.settings, "buddy_rules": rules}
    audit.record(
        "change.buddy_rules", campaign_id=campaign.id, by=by, subject=f"campaign:{campaign.id}", **rules
    )

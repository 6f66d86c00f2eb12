"""Whom the campaign tells why a shift matters."""

from __future__ import annotations

from volunteer_hub.core import audit
from volunteer_hub.people.models import Campaign

SETTING = "priority_is_public"


def tells_strangers(campaign: Campaign) -> bool:
    """May strangers read where an hour counts most? Unless told so, no: the other side reads, too."""
    return bool(campaign.settings.get(SETTING, False))


def tell_strangers(campaign: Campaign, wanted: bool, *, by: int) -> None:
    """Change it; who did is logged."""
    campaign.settings = {**campaign.settings, SETTING: wanted}
    audit.record(
        "change.priority_is_public", campaign_id=campaign.id, by=by, subject=f"campaign:{campaign.id}",
        wanted=wanted,
    )  # fmt: skip

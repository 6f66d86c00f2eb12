"""What happens in priority."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

RESCORE_AFTER_S = 5.0


@dataclass(frozen=True, slots=True)
class RescoreWanted:
    """Something changed what an hour is worth. A thousand reports in a few seconds make one rescore."""

    campaign_id: int

    @property
    def start_options(self) -> dict[str, Any]:
        return {"delay_s": RESCORE_AFTER_S, "unless_waiting": f"rescore-{self.campaign_id}"}


@dataclass(frozen=True, slots=True)
class SnapshotTaken:
    """A new dated set of scores stands."""

    snapshot_id: int

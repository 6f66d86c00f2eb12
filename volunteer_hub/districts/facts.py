"""What happened to districts, doors, voters and results. Ids only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ImportQueued:
    """A person has answered all questions of an import; it can run."""

    import_id: int

    @property
    def start_options(self) -> dict[str, Any]:
        return {"unless_waiting": f"import-{self.import_id}"}


@dataclass(frozen=True, slots=True)
class PlacesImported:
    """Districts, precincts, results, doors or voters of a campaign are new: whatever is reckoned from
    them is old.
    """

    campaign_id: int

    @property
    def start_options(self) -> dict[str, Any]:
        return {"unless_waiting": f"places-{self.campaign_id}"}

"""What happens in canvass. Ids only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class DoorReportsSaved:
    """New reports stand. The rescore follows through the progress they add."""

    campaign_id: int


@dataclass(frozen=True, slots=True)
class LogReceived:
    """Reports came in with a phone's log and wait to take effect."""

    @property
    def start_options(self) -> dict[str, Any]:
        return {"unless_waiting": "pending"}


@dataclass(frozen=True, slots=True)
class ReportFileUploaded:
    """A CSV of reports waits to be collected."""

    report_file_id: int

    @property
    def start_options(self) -> dict[str, Any]:
        return {"unless_waiting": f"report-file-{self.report_file_id}"}

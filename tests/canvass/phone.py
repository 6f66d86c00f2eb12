"""A phone of the tests: makes reports and sends them with its lease's token."""

from __future__ import annotations

import uuid
from datetime import timedelta

from tests.browsing import FreshClient
from volunteer_hub.core import clock
from volunteer_hub.demo.phone_log import PhoneLog


class Phone:
    """`phone.report(door, result)` makes one, `phone.send(report, ...)` posts them and returns receipts."""

    def __init__(self, app, token: str, turf_id: int) -> None:
        self.http = FreshClient(app, app.response_class)
        self.token, self.turf_id = token, turf_id

    def report(self, door: int, result: str | None = "not_home", *, minutes_ago: float = 10, **more) -> dict:
        at = clock.now() - timedelta(minutes=minutes_ago)
        return {
            "id": str(uuid.uuid4()),
            "turf": self.turf_id,
            "door": door,
            "at": at.isoformat(),
            "result": result,
            "answers": {},
        } | more

    def post(self, reports: list, **options):
        headers = {"Authorization": f"Bearer {self.token}", "Accept": "application/json"}
        return self.http.post("/canvass/reports", json={"reports": reports}, headers=headers, **options)

    def send(self, *reports: dict) -> list[dict]:
        answer = self.post(list(reports))
        assert answer.status_code == 200, answer.text
        return answer.json["receipts"]

    def statuses(self, *reports: dict) -> list[str]:
        return [receipt["status"] for receipt in self.send(*reports)]

    def deliver(self, log: PhoneLog, batch: dict | None = None, status: int = 200, **more) -> dict:
        """Post a batch of a log, or all of it; the answer as data."""
        body = (batch or log.batch(clock.now())) | more
        headers = {"Authorization": f"Bearer {self.token}", "Accept": "application/json"}
        answer = self.http.post("/canvass/log", json=body, headers=headers)
        assert answer.status_code == status, answer.text
        return answer.json


def log_of(phone: Phone, *results: str) -> PhoneLog:
    """A log of a report at each of the phone's first doors."""
    log = PhoneLog()
    for door, result in zip(phone.doors, results, strict=False):
        log.append(phone.report(door, result))
    return log

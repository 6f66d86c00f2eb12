"""Thousands of simulated phones in one process: `python -m volunteer_hub.bench.sync.crowd < spec > figures`.

Each phone keeps a log as real ones do (docs/sync.md), posts a batch of 20 each time it has knocked at 20
doors, on a connection of its own, and tries again with growing, shaken pauses until the server has it. Now
and then an answer is thrown away on purpose, so that its batch goes out again.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import sys
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from volunteer_hub.demo.phone_log import BATCH, PhoneLog

FIRST_PAUSE_S, LONGEST_PAUSE_S = 2.0, 300.0
PATIENCE_S = 30.0
LOST_ANSWERS = 0.01
_RETRY_AFTER = re.compile(rb"\r\nRetry-After: *(\d+)", re.IGNORECASE)
RESULTS = (("not_home", 0.64), ("canvassed", 0.26), ("refused", 0.05), ("left_literature", 0.05))


@dataclass(slots=True)
class Day:
    """What happened, in the clock of time.time(). answers: (sent at, milliseconds) of batches taken."""

    answers: list[tuple[float, float]] = field(default_factory=list)
    failures: int = 0
    lost_on_purpose: int = 0
    statuses: dict[int, int] = field(default_factory=dict)
    made: list[list[str]] = field(default_factory=list)
    unsent: int = 0
    cpu_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Plan:
    """host, port; phones: (token, turf, doors) each. A phone knocks at 20 doors in `period_s` seconds."""

    host: str
    port: int
    phones: list[tuple[str, int, list[int]]]
    period_s: float
    starts_at: float
    seconds: float
    drain_s: float
    seed: int


async def walk_all(plan: Plan) -> Day:
    """All phones at once, until the day is over and everything is delivered or the time to do so is up."""
    day = Day()
    phones = [_Phone(plan, day, number) for number in range(len(plan.phones))]
    await asyncio.gather(*(each.walk() for each in phones))
    day.made = [each.ids for each in phones]
    day.unsent = sum(len(each.log.unsent) for each in phones)
    return day


class _Phone:
    def __init__(self, plan: Plan, day: Day, number: int) -> None:
        self.plan, self.day = plan, day
        self.token, self.turf, self.doors = plan.phones[number]
        self.random = random.Random(f"{plan.seed}-{number}")
        self.log = PhoneLog()
        self.ids: list[str] = []
        self.told_s: float | None = None  # after how long we are asked to come back

    async def walk(self) -> None:
        ends_at = self.plan.starts_at + self.plan.seconds
        due_at = self.plan.starts_at + self.random.random() * self.plan.period_s
        while due_at < ends_at:
            await asyncio.sleep(max(0.0, due_at - time.time()))
            for _ in range(BATCH):
                self._knock()
            await self._deliver(ends_at + self.plan.drain_s)
            due_at += self.plan.period_s

    def _knock(self) -> None:
        made = str(uuid.UUID(int=self.random.getrandbits(128), version=4))
        result = self.random.choices([r for r, _ in RESULTS], [w for _, w in RESULTS])[0]
        answers = {"support": self.random.randint(1, 5)} if result == "canvassed" else {}
        door = self.doors[len(self.ids) % len(self.doors)]
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        self.ids.append(made)
        self.log.append(
            {"id": made, "turf": self.turf, "door": door, "at": at, "result": result, "answers": answers}
        )

    async def _deliver(self, give_up_at: float) -> None:
        pause_s = FIRST_PAUSE_S
        while (batch := self.log.batch(datetime.now(UTC))) and time.time() < give_up_at:
            if await self._post(batch):
                pause_s = FIRST_PAUSE_S
                continue
            told_s, self.told_s = self.told_s, None
            await asyncio.sleep((told_s or pause_s) * (0.5 + self.random.random()))
            pause_s = FIRST_PAUSE_S if told_s else min(2 * pause_s, LONGEST_PAUSE_S)

    async def _post(self, batch: dict[str, Any]) -> bool:
        sent_at, began = time.time(), time.perf_counter()
        try:
            status, answer = await asyncio.wait_for(self._exchange(batch), PATIENCE_S)
        except (OSError, EOFError, ValueError, TimeoutError):
            self.day.failures += 1
            return False
        self.day.statuses[status] = self.day.statuses.get(status, 0) + 1
        if status != 200:
            return False
        self.day.answers.append((sent_at, (time.perf_counter() - began) * 1000))
        if self.random.random() < LOST_ANSWERS:
            self.day.lost_on_purpose += 1
            return False
        self.log.settle(answer)
        return True

    async def _exchange(self, batch: dict[str, Any]) -> tuple[int, Any]:
        body = json.dumps(batch, separators=(",", ":")).encode()
        head = (
            f"POST /canvass/log HTTP/1.1\r\nHost: {self.plan.host}\r\nAuthorization: Bearer {self.token}\r\n"
            f"Content-Type: application/json\r\nAccept: application/json\r\nContent-Length: {len(body)}\r\n"
            "Connection: close\r\n\r\n"
        )
        reader, writer = await asyncio.open_connection(self.plan.host, self.plan.port)
        try:
            writer.write(head.encode() + body)
            await writer.drain()
            answer = await reader.read()
        finally:
            writer.close()
        top, _gap, content = answer.partition(b"\r\n\r\n")
        if not content:
            raise ConnectionError("the answer broke off")
        status, after = int(top.split(b" ", 2)[1]), _RETRY_AFTER.search(top)
        self.told_s = float(after[1]) if after and status in (429, 503) else None
        return status, json.loads(content)


def main() -> None:
    """Read the plan, walk, print what happened."""
    spec = json.load(sys.stdin)
    where = urlsplit(spec.pop("base_url"))
    plan = Plan(host=where.hostname or "127.0.0.1", port=where.port or 80, **spec)
    day = asyncio.run(walk_all(plan))
    day.cpu_s = round(time.process_time(), 2)
    json.dump({name: getattr(day, name) for name in Day.__slots__}, sys.stdout)


if __name__ == "__main__":
    main()

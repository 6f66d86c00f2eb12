"""Answers that many people watch at once: worked out by one of them, at most once in an interval.

Kept in Redis. Whoever asks while the answer is fresh gets it; of those who find it stale, one works it out
and the others get the stale one meanwhile. Without Redis everybody works it out.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from typing import Any

import redis
from flask import current_app

log = logging.getLogger(__name__)

KEEP_S = 60
WORK_S = 5.0
"""Whoever works longer than this is taken for dead, and the next one begins."""
LOOK_AGAIN_S = 0.05


def shared(name: str, make: Callable[[], Any], *, every_s: float) -> Any:
    """The JSON value under `name`, at most about `every_s` seconds old; `make()` works it out."""
    client: redis.Redis = current_app.extensions["redis"]
    try:
        return _shared(client, f"vh:shared:{name}", make, every_s)
    except redis.RedisError as error:
        log.warning("queue out of reach; working it out for one", extra={"error": type(error).__name__})
        return make()


def _shared(client: redis.Redis, key: str, make: Callable[[], Any], every_s: float) -> Any:
    give_up = time.monotonic() + WORK_S
    while True:
        found: Any = client.get(key)
        is_fresh = client.exists(f"{key}:fresh") if found is not None else 0
        if is_fresh:
            return json.loads(found)
        if client.set(f"{key}:work", 1, nx=True, px=int(WORK_S * 1000)):
            return _worked_out(client, key, make, every_s)
        if found is not None or time.monotonic() > give_up:
            return json.loads(found) if found is not None else make()
        time.sleep(LOOK_AGAIN_S)


def _worked_out(client: redis.Redis, key: str, make: Callable[[], Any], every_s: float) -> Any:
    try:
        value = make()
        client.set(key, json.dumps(value), ex=max(KEEP_S, int(2 * every_s)))
        client.set(f"{key}:fresh", 1, px=int(every_s * 1000))
        return value
    finally:
        client.delete(f"{key}:work")

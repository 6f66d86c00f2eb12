"""Answers that are dear to work out and cheap to lose: kept in Redis by what they rest on.

Put into the name whatever would make the answer another one (a version, a day, the viewer's areas); a kept
answer is then never wrong, only forgotten. Without Redis everything is worked out anew.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

import redis
from flask import current_app

log = logging.getLogger(__name__)


def kept(name: str, make: Callable[[], Any], *, for_s: int) -> Any:
    """The JSON value kept under `name`, or what `make()` returns, kept from now on for `for_s` seconds."""
    client: redis.Redis = current_app.extensions["redis"]
    key = f"vh:kept:{name}"
    try:
        found: Any = client.get(key)
        if found is not None:
            return json.loads(found)
    except redis.RedisError as error:
        log.warning("queue out of reach; working it out anew", extra={"error": str(error)})
        return make()
    value = make()
    try:
        client.set(key, json.dumps(value), ex=for_s)
    except redis.RedisError as error:
        log.warning("could not keep an answer", extra={"error": str(error)})
    return value

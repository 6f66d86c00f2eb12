"""Is it alive, and is it ready? Both answer at once, also when a part is dead: well under 50 ms as it comes.

/healthz says that this process answers. /readyz asks the database, the queue, the workers and the
migrations at the same time and waits READY_WAIT_MS for them all, so that one dead part cannot stall it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import UTC, datetime
from threading import Lock
from typing import Any

from flask import Blueprint, current_app, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy import text

from volunteer_hub.core.access import public
from volunteer_hub.core.db import db
from volunteer_hub.core.web import limiter

bp = Blueprint("health", __name__)
HEARTBEAT_S = 120
_askers = ThreadPoolExecutor(max_workers=8, thread_name_prefix="readyz")
_asked: dict[str, tuple[Future[str], float]] = {}  # with the moment of asking
_asking = Lock()


@bp.get("/healthz")
@public("says only that the program runs")
@limiter.exempt
def healthz() -> ResponseReturnValue:
    return jsonify(alive=True)


@bp.get("/readyz")
@public("says which parts answer, nothing of what they hold")
@limiter.exempt
def readyz() -> ResponseReturnValue:
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    parts: dict[str, Callable[[], str]] = {
        "database": lambda: _database(db.engine),
        "queue": lambda: _queue(app.extensions["redis_health"]),
        "worker": lambda: _worker(app.extensions["redis_health"]),
    }
    found = _ask(app, parts, within_s=app.extensions["vh_config"].ready_wait_ms / 1000)
    ready = all(value == "ok" for value in found.values())
    return jsonify(ready=ready, **found), 200 if ready else 503


def _ask(app: Any, parts: dict[str, Callable[[], str]], *, within_s: float) -> dict[str, str]:
    """Each part's answer. A part that owes one to somebody before us is not asked again, nor waited for."""

    def asked(part: Callable[[], str]) -> str:
        with app.app_context():
            try:
                return part()
            except Exception as error:
                return f"does not answer ({type(error).__name__})"

    started = time.monotonic()
    with _asking:
        for name, part in parts.items():
            if name not in _asked or _asked[name][0].done():
                _asked[name] = (_askers.submit(asked, part), started)
        futures = {name: _asked[name][0] for name in parts}
        fresh = [future for future, since in (_asked[name] for name in parts) if started - since < within_s]
    wait(fresh, timeout=within_s - (time.monotonic() - started))
    return {
        name: future.result() if future.done() else f"no answer within {within_s * 1000:.0f} ms"
        for name, future in futures.items()
    }


def _database(engine: Any) -> str:
    from volunteer_hub.migrations import head

    with engine.connect() as connection:
        at = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return "ok" if at == head() else f"migrations at {at}, program at {head()}: run “volunteer-hub migrate”"


def _queue(client: Any) -> str:
    return "ok" if client.ping() else "does not answer"


def _worker(client: Any) -> str:
    """RQ workers keep a hash rq:worker:<name> with their last heartbeat."""
    with client.pipeline(transaction=False) as asks:
        keys = client.smembers("rq:workers")
        for key in keys:
            asks.hget(key, "last_heartbeat")
        beats = [beat.decode() for beat in asks.execute() if beat] if keys else []
    ages = [(datetime.now(UTC) - _instant(beat)).total_seconds() for beat in beats]
    return "ok" if any(age < HEARTBEAT_S for age in ages) else "no worker has been heard of lately"


def _instant(text_: str) -> datetime:
    moment = datetime.fromisoformat(text_.replace("Z", "+00:00"))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

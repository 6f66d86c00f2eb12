"""/healthz says that it lives, /readyz what is missing."""

from __future__ import annotations

import threading

from tests import patience
from volunteer_hub.core import health


def test_healthz_is_alive(client):
    assert client.http.get("/healthz").json == {"alive": True}


def test_readyz_names_what_is_missing(client, app):
    app.extensions["redis_health"].delete("rq:workers")
    answer = client.http.get("/readyz")
    assert answer.status_code == 503
    assert answer.json["database"] == "ok"
    assert answer.json["queue"] == "ok"
    assert "worker" in answer.json["worker"]


def test_a_part_that_hangs_keeps_nobody_waiting_but_the_first(app, monkeypatch):
    monkeypatch.setattr(health, "_asked", {})
    goes_on = threading.Event()
    parts = {"database": lambda: str(goes_on.wait(patience.WAIT_S)), "queue": lambda: "ok"}
    first = health._ask(app, parts, within_s=0.05)
    assert first["database"] == "no answer within 50 ms"
    monkeypatch.setattr(health, "wait", lambda fresh, **_: waited.extend(fresh))
    waited = []
    assert health._ask(app, parts, within_s=0.05)["database"] == "no answer within 50 ms"
    assert health._asked["database"][0] not in waited
    goes_on.set()
    assert health._asked["database"][0].result(patience.WAIT_S) == "True"

"""/healthz says that it lives, /readyz what is missing."""

from __future__ import annotations


def test_healthz_is_alive(client):
    assert client.http.get("/healthz").json == {"alive": True}


def test_readyz_names_what_is_missing(client, app):
    app.extensions["redis_health"].delete("rq:workers")
    for _ in range(20):  # the first one also opens connections
        answer = client.http.get("/readyz")
        if answer.json["database"] == "ok":
            break
    assert answer.status_code == 503
    assert answer.json["database"] == "ok"
    assert answer.json["queue"] == "ok"
    assert "worker" in answer.json["worker"]

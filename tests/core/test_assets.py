"""Where the browser finds its files, with and without the build."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from flask import Flask

from volunteer_hub.core import assets


@pytest.fixture
def static(tmp_path: Path) -> Path:
    for place in ("css/app.css", "behaviours/index.mjs", "behaviours/once.mjs", "icons/icons.svg"):
        path = tmp_path / place
        path.parent.mkdir(exist_ok=True)
        path.write_text("x", encoding="utf-8")
    return tmp_path


def built(static: Path, names: dict[str, str]) -> None:
    (static / "dist").mkdir(exist_ok=True)
    (static / "dist" / "manifest.json").write_text(json.dumps(names), encoding="utf-8")


def test_a_built_file_is_named_by_the_manifest(static: Path) -> None:
    built(static, {"app.css": "app-1A2B3C4D.css"})
    assert assets.asset_url("app.css", static) == "/static/dist/app-1A2B3C4D.css"
    assert assets.is_bundled(static)


def test_without_a_build_the_source_stands_in(static: Path) -> None:
    assert assets.asset_url("app.css", static) == "/static/css/app.css"
    assert assets.asset_url("behaviours.js", static) == "/static/behaviours/index.mjs"
    assert assets.asset_url("once.js", static) == "/static/behaviours/once.mjs"
    assert not assets.is_bundled(static)


def test_the_maps_worker_only_exists_bundled(static: Path) -> None:
    assert assets.asset_url("map-worker.js", static) == ""


def test_an_unknown_asset_is_named(static: Path) -> None:
    with pytest.raises(LookupError, match=r"no asset “ap\.css”"):
        assets.asset_url("ap.css", static)


def test_a_new_build_is_seen_without_a_restart(static: Path) -> None:
    built(static, {"app.css": "app-OLD.css"})
    assert assets.asset_url("app.css", static).endswith("app-OLD.css")
    built(static, {"app.css": "app-NEWER.css"})
    assert assets.asset_url("app.css", static).endswith("app-NEWER.css")


@pytest.fixture
def client(static: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(assets, "STATIC", static)
    app = Flask("served", static_folder=str(static), static_url_path="/static")
    assets.set_up(app)
    built(static, {})
    (static / "dist" / "app-1.css").write_text("body{}", encoding="utf-8")
    (static / "dist" / "app-1.css.gz").write_bytes(gzip.compress(b"body{}"))
    return app.test_client()


def fetched(client, path: str, encoding: str = "identity"):
    with client.get(path, headers={"Accept-Encoding": encoding}) as answer:
        return answer.headers, answer.data


def test_a_compressed_copy_is_sent_to_who_can_read_it(client) -> None:
    headers, body = fetched(client, "/static/dist/app-1.css", "gzip")
    assert headers["Content-Encoding"] == "gzip"
    assert headers["Content-Type"].startswith("text/css")
    assert gzip.decompress(body) == b"body{}"


def test_the_plain_file_is_sent_to_everybody_else(client) -> None:
    headers, body = fetched(client, "/static/dist/app-1.css")
    assert "Content-Encoding" not in headers
    assert body == b"body{}"


def test_hashed_files_are_kept_for_a_year_and_sources_are_not(client) -> None:
    assert "immutable" in fetched(client, "/static/dist/app-1.css")[0]["Cache-Control"]
    assert "immutable" not in fetched(client, "/static/css/app.css")[0].get("Cache-Control", "")


def test_nothing_outside_the_folder_is_served(client, static: Path) -> None:
    (static.parent / "secret.gz").write_text("no", encoding="utf-8")
    assert client.get("/static/../secret").status_code == 404
    assert client.get("/static/%2e%2e/secret").status_code == 404

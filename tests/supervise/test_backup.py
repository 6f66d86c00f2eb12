"""Backups: what comes back is what was saved, all of it or nothing, and nothing is overwritten unasked."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import tempfile
import zipfile
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from tests import patience
from volunteer_hub.supervise import EmbeddedServices, ServiceError
from volunteer_hub.supervise.backup import BackupRefused, counts, plain_url, save
from volunteer_hub.supervise.restore import describe, load


def silent(step, done, total):
    """Progress nobody watches."""


@pytest.fixture
def uploads(tmp_path):
    """Two uploaded files, one in a folder."""
    folder = tmp_path / "uploads"
    (folder / "results").mkdir(parents=True)
    (folder / "results/2024 ñ.csv").write_bytes(b"precinct,votes\n001,7\n")
    (folder / "map.zip").write_bytes(bytes(range(256)) * 40)
    return folder


@pytest.fixture
def filled(app, config, make):
    """The program's own database with some people in it."""
    from volunteer_hub.core.db import db

    make.campaign()
    for _ in range(5):
        make.person()
    db.session.commit()
    db.session.remove()
    with psycopg.connect(plain_url(config.database_url)) as session:
        session.execute("CREATE TYPE mood AS ENUM ('good', 'ba''d')")
        session.execute(
            'CREATE TABLE "odd ""name" (id serial PRIMARY KEY, mood mood, note citext, raw bytea)'
        )
        session.execute(
            """INSERT INTO "odd ""name" (mood, note, raw)
               SELECT 'good', %s, %s FROM generate_series(1, 1000)""",
            ["line\nbreak\ttab \\. and \\N", b"\x00\xff"],
        )
    return config.database_url


@pytest.fixture
def empty(template_database):
    """An empty database with the extensions' trust, as a new installation has it."""
    name = f"vh_empty_{os.getpid()}"
    server = template_database.set(drivername="postgresql", database="postgres").render_as_string(
        hide_password=False
    )
    with psycopg.connect(server, autocommit=True) as session:
        session.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        session.execute(f'CREATE DATABASE "{name}"')
    yield template_database.set(database=name).render_as_string(hide_password=False)
    with psycopg.connect(server, autocommit=True) as session:
        session.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def rows(url, statement):
    with psycopg.connect(plain_url(url)) as session:
        return session.execute(statement).fetchall()


def files(folder: Path):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_what_is_restored_into_an_empty_database_is_what_was_saved(filled, empty, uploads, tmp_path):
    target, restored = tmp_path / "hub.zip", tmp_path / "elsewhere/uploads"
    before = counts(filled)
    saved = save(filled, uploads, target, tell=silent)
    loaded = load(empty, restored, target, tell=silent)
    assert counts(empty) == before == saved.tables == loaded.tables
    assert before['public.odd "name'] == 1000
    assert before["public.people"] >= 5
    statement = 'SELECT md5(string_agg(t::text, chr(10) ORDER BY id)) FROM "odd ""name" t'
    assert rows(empty, statement) == rows(filled, statement)
    assert files(restored) == files(uploads)


def test_what_was_under_way_in_the_backup_does_not_begin_again(app, config, make, empty, uploads, tmp_path):
    from volunteer_hub.canvass.services import outings
    from volunteer_hub.core import clock
    from volunteer_hub.core.db import db, transaction
    from volunteer_hub.messaging.recipient import Recipient
    from volunteer_hub.messaging.services import post_once
    from volunteer_hub.people.models import WebSession

    to = Recipient("email", "ada@example.org", "America/New_York")
    campaign_id = make.default_campaign.id
    with transaction():
        for key in ("waits", "under-way", "done"):
            post_once(campaign_id, key, "offer", to, "Saturday", "Will you come?")
    handed, walker = make.lease(), make.person()
    make.lease(hours_ago=3, hours_left=-1)
    with transaction():
        outings.go_out(
            campaign_id, walker.id, shift_id=None, lease_id=handed.lease_id,
            due_at=clock.now() + timedelta(hours=1), by=None, now=clock.now(),
        )  # fmt: skip
    states = {"under-way": "sending", "done": "sent"}
    with psycopg.connect(plain_url(config.database_url)) as session:
        for key, state in states.items():
            session.execute("UPDATE messages SET state = %s WHERE key = %s", [state, key])
    now, person = clock.now(), make.person()
    with transaction():
        db.session.add(
            WebSession(
                campaign_id=person.campaign_id, person_id=person.id, token_digest=b"1", created_at=now,
                seen_at=now, expires_at=now + timedelta(days=1), way_in="link", browser="",
            )
        )  # fmt: skip
    save(config.database_url, uploads, tmp_path / "hub.zip", tell=silent)
    load(empty, tmp_path / "new", tmp_path / "hub.zip", tell=silent)
    held = "held back: restored from a backup; it may have been sent before"
    assert rows(empty, "SELECT key, state, last_error FROM messages ORDER BY key") == [
        ("done", "sent", ""), ("under-way", "failed", held), ("waits", "failed", held)
    ]  # fmt: skip
    ended = "SELECT end_reason FROM leases WHERE returned_at <= now() AND token_sealed IS NULL ORDER BY 1"
    assert rows(empty, ended) == [("expired",), ("taken_back",)]
    assert rows(empty, "SELECT DISTINCT state FROM turfs") == [("open",)]
    assert rows(empty, "SELECT count(*) FROM outings WHERE back_at IS NULL") == [(0,)]
    assert rows(empty, "SELECT count(*) FROM web_sessions WHERE revoked_at IS NULL") == [(0,)]
    assert rows(config.database_url, "SELECT count(*) FROM web_sessions WHERE revoked_at IS NULL") == [(1,)]


def test_a_server_of_its_own_takes_the_backup(filled, uploads, tmp_path):
    save(filled, uploads, tmp_path / "hub.zip", tell=silent)
    with (
        tempfile.TemporaryDirectory(prefix="vh-") as other,
        EmbeddedServices(Path(other), for_tests=True) as services,
    ):
        load(services.database_url, tmp_path / "new", tmp_path / "hub.zip", tell=silent)
        assert counts(services.database_url) == counts(filled)


def test_progress_runs_to_its_end(filled, empty, uploads, tmp_path):
    heard = {}

    def tell(step, done, total):
        assert 0 <= done <= total
        assert done >= heard.get(step, (0, total))[0]
        heard[step] = (done, total)

    save(filled, uploads, tmp_path / "hub.zip", tell=tell)
    load(empty, tmp_path / "new", tmp_path / "hub.zip", tell=tell)
    assert all(done == total for done, total in heard.values()), heard
    assert heard["restoring tables"][1] == len(counts(filled))


def test_the_file_is_for_its_owner_only_and_nothing_else_is_left(filled, uploads, tmp_path):
    folder = tmp_path / "backups"
    folder.mkdir()
    save(filled, uploads, folder / "hub.zip", tell=silent)
    assert stat.S_IMODE((folder / "hub.zip").stat().st_mode) == 0o600
    assert [path.name for path in folder.iterdir()] == ["hub.zip"]


def test_an_existing_file_is_replaced_only_when_asked(filled, uploads, tmp_path):
    target = tmp_path / "hub.zip"
    target.write_text("precious")
    with pytest.raises(BackupRefused, match="--force"):
        save(filled, uploads, target, tell=silent)
    assert target.read_text() == "precious"
    save(filled, uploads, target, replace=True, tell=silent)
    assert describe(target).files == 2


def test_a_backup_that_fails_leaves_the_old_one(filled, uploads, tmp_path):
    target = tmp_path / "hub.zip"
    target.write_text("the old one")

    def tell(step, done, total):
        if step == "saving files":
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        save(filled, uploads, target, replace=True, tell=tell)
    assert target.read_text() == "the old one"
    assert [path.name for path in tmp_path.iterdir() if "part" in path.name] == []


def test_a_database_with_tables_is_restored_into_only_when_asked(filled, empty, uploads, tmp_path):
    save(filled, uploads, tmp_path / "hub.zip", tell=silent)
    with psycopg.connect(plain_url(empty)) as session:
        session.execute("CREATE TABLE people (x int); CREATE VIEW looks AS SELECT * FROM people")
        session.execute("CREATE TYPE mood AS ENUM ('other'); CREATE TABLE left_over (m mood)")
    with pytest.raises(BackupRefused, match=r"already holds 2 tables.*--replace"):
        load(empty, tmp_path / "new", tmp_path / "hub.zip", tell=silent)
    load(empty, tmp_path / "new", tmp_path / "hub.zip", replace=True, tell=silent)
    assert counts(empty) == counts(filled)


def test_uploads_that_were_there_are_kept_aside(filled, empty, uploads, tmp_path):
    save(filled, uploads, tmp_path / "hub.zip", tell=silent)
    there = tmp_path / "there/uploads"
    there.mkdir(parents=True)
    (there / "mine.csv").write_text("mine")
    load(empty, there, tmp_path / "hub.zip", tell=silent)
    assert files(there) == files(uploads)
    aside = next(there.parent.glob("uploads.before-*"))
    assert (aside / "mine.csv").read_text() == "mine"


def _rewritten(source: Path, target: Path, change):
    """A copy of the backup with `change(name, bytes)` applied to each member."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            for changed, content in change(name, old.read(name)):
                new.writestr(changed, content)


def _refused(empty, tmp_path, source, match, kind=BackupRefused):
    with psycopg.connect(plain_url(empty), autocommit=True) as session:
        session.execute("CREATE TABLE IF NOT EXISTS there AS SELECT 1 AS n")
    with pytest.raises(kind, match=match):
        load(empty, tmp_path / "new", source, replace=True, tell=silent)
    assert counts(empty) == {"public.there": 1}, "what was there is untouched"
    assert not (tmp_path / "new").exists()


def test_a_damaged_backup_changes_nothing(filled, empty, uploads, tmp_path):
    save(filled, uploads, tmp_path / "hub.zip", tell=silent)
    bad = tmp_path / "bad.zip"

    def flip(name, content):
        return [(name, content[:-9] + b"x" + content[-8:] if name == "database.dump" else content)]

    _rewritten(tmp_path / "hub.zip", bad, flip)
    _refused(empty, tmp_path, bad, "database.dump is not what was saved")


def test_a_backup_cut_short_changes_nothing(filled, empty, uploads, tmp_path):
    save(filled, uploads, tmp_path / "hub.zip", tell=silent)
    whole = (tmp_path / "hub.zip").read_bytes()
    (tmp_path / "short.zip").write_bytes(whole[: len(whole) // 2])
    _refused(empty, tmp_path, tmp_path / "short.zip", "cut short")


def test_a_file_of_another_kind_is_refused(empty, tmp_path):
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("hello.txt", "hello")
    _refused(empty, tmp_path, tmp_path / "other.zip", "not a backup of this program")
    (tmp_path / "text").write_text("hello")
    _refused(empty, tmp_path, tmp_path / "text", "not a backup of this program")
    _refused(empty, tmp_path, tmp_path / "nowhere.zip", "There is no file")


def test_a_member_that_climbs_out_is_refused(filled, empty, uploads, tmp_path):
    import hashlib

    save(filled, uploads, tmp_path / "hub.zip", tell=silent)

    def climb(name, content):
        if name != "manifest.json":
            return [(name, content)]
        manifest = json.loads(content)
        manifest["sha256"]["uploads/../../evil"] = hashlib.sha256(b"evil").hexdigest()
        return [("uploads/../../evil", b"evil"), (name, json.dumps(manifest))]

    _rewritten(tmp_path / "hub.zip", tmp_path / "bad.zip", climb)
    _refused(empty, tmp_path, tmp_path / "bad.zip", "does not hold what its manifest lists")


def test_rows_that_do_not_add_up_roll_everything_back(filled, empty, uploads, tmp_path):
    save(filled, uploads, tmp_path / "hub.zip", tell=silent)

    def miscount(name, content):
        if name != "manifest.json":
            return [(name, content)]
        manifest = json.loads(content)
        manifest["tables"]["public.people"] += 1
        return [(name, json.dumps(manifest))]

    _rewritten(tmp_path / "hub.zip", tmp_path / "bad.zip", miscount)
    _refused(empty, tmp_path, tmp_path / "bad.zip", "public.people has", kind=ServiceError)


def test_a_restore_that_is_interrupted_rolls_back(filled, empty, uploads, tmp_path):
    save(filled, uploads, tmp_path / "hub.zip", tell=silent)

    def tell(step, done, total):
        if step == "restoring tables" and done > total // 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load(empty, tmp_path / "new", tmp_path / "hub.zip", tell=tell)
    assert counts(empty) == {}
    assert not (tmp_path / "new").exists()


def test_a_busy_database_is_not_waited_for_forever(filled, empty, uploads, tmp_path, monkeypatch):
    from volunteer_hub.supervise import restore

    save(filled, uploads, tmp_path / "hub.zip", tell=silent)
    soon = restore._before
    monkeypatch.setattr(restore, "_before", lambda *a, **o: soon(*a, **o).replace(b"'10s'", b"'200ms'"))
    with psycopg.connect(plain_url(empty)) as other:
        other.execute("CREATE TABLE busy (n int)")
        other.commit()
        other.execute("LOCK TABLE busy")
        with pytest.raises(ServiceError, match="stop web and workers first"):
            load(empty, tmp_path / "new", tmp_path / "hub.zip", replace=True, tell=silent)


def test_the_password_is_on_no_command_line(filled, empty, uploads, tmp_path, monkeypatch):
    from sqlalchemy.engine import make_url

    started, really = [], subprocess.Popen
    monkeypatch.setattr(subprocess, "Popen", lambda args, **o: started.append(args) or really(args, **o))
    save(filled, uploads, tmp_path / "hub.zip", tell=silent)
    load(empty, tmp_path / "new", tmp_path / "hub.zip", tell=silent)
    assert {Path(args[0]).name for args in started} == {"pg_dump", "pg_restore", "psql"}
    assert make_url(filled).password not in str(started)


def test_the_commands_save_and_bring_back(filled, empty, uploads, tmp_path, services):
    def command(*words, url):
        environ = {
            **os.environ,
            "VAR_DIR": str(tmp_path),
            "DATABASE_URL": url,
            "REDIS_URL": services.redis_url,
        }
        return subprocess.run(
            [sys.executable, "-m", "volunteer_hub.cli", *words],
            env=environ,
            capture_output=True,
            text=True,
            timeout=5 * patience.WAIT_S,
        )

    saved = command("backup", str(tmp_path / "hub.zip"), url=filled)
    assert saved.returncode == 0, saved.stderr
    assert "2 files" in saved.stdout
    again = command("backup", str(tmp_path / "hub.zip"), url=filled)
    assert again.returncode == 1
    assert again.stderr.strip().endswith("add --force to replace it.")
    loaded = command("restore", str(tmp_path / "hub.zip"), url=empty)
    assert loaded.returncode == 0, loaded.stderr
    assert counts(empty) == counts(filled)

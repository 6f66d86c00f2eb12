"""DATABASE_URL and REDIS_URL: the program against a second PostgreSQL and Valkey, over TCP with passwords.

They are started here by hand, with their own programs and settings, as an administrator would.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

import psycopg
import pytest

from tests import patience
from tests.patience import wait_until
from volunteer_hub.core import jobs
from volunteer_hub.supervise import processes
from volunteer_hub.supervise.accounts import own_folder, programs_for, unprivileged
from volunteer_hub.supervise.postgres import wheel_programs
from volunteer_hub.supervise.processes import Command
from volunteer_hub.supervise.site import running_site
from volunteer_hub.supervise.valkey import wheel_server

pytestmark = pytest.mark.fault


@pytest.fixture(scope="module")
def place():
    with tempfile.TemporaryDirectory(prefix="vh-own-", ignore_cleanup_errors=True) as path:
        Path(path).chmod(0o711)
        yield Path(path)


@pytest.fixture(scope="module")
def database_server(place):
    """A PostgreSQL with a database and an owner with a password, reached over TCP only."""
    account, port = unprivileged(), processes.free_port()
    folder = own_folder(place / "pg", account)
    password_file = folder / "password"
    password_file.write_text("admin-pass")
    if account:
        os.chown(password_file, account.uid, account.gid)
    programs = programs_for(account, wheel_programs(), "test") / "bin"
    make = ("initdb", "-D", "data", "-U", "postgres", "-A", "scram-sha-256", "--pwfile=password", "--no-sync")
    make += ("-E", "UTF8")
    environ = {"LC_ALL": "C", "PATH": os.environ["PATH"]}
    processes.run(Command((str(programs / make[0]), *make[1:]), cwd=folder, env=environ, account=account))
    options = ("-D", "data", "-p", str(port), "-k", "", "-h", "127.0.0.1", "-F")
    with (folder.parent / "pg.log").open("wb") as log:
        server = processes.start(
            Command((str(programs / "postgres"), *options), cwd=folder, env=environ, account=account),
            output=log,
        )
    admin = f"postgresql://postgres:admin-pass@127.0.0.1:{port}/postgres"
    assert wait_until(lambda: _accepts(admin))
    with psycopg.connect(admin, autocommit=True) as session:
        session.execute("CREATE ROLE hub LOGIN PASSWORD 'hub-p%ss'")
        session.execute("CREATE DATABASE hub OWNER hub")
        session.execute("CREATE DATABASE ascii OWNER hub ENCODING SQL_ASCII TEMPLATE template0")
    yield f"postgres://hub:hub-p%25ss@127.0.0.1:{port}/hub"
    processes.stop(server, (2,), (10,))


def _accepts(url):
    try:
        psycopg.connect(url, connect_timeout=10).close()
    except psycopg.OperationalError:
        return False
    return True


@pytest.fixture(scope="module")
def queue_server(place):
    """A Valkey with a password."""
    port = processes.free_port()
    folder = own_folder(place / "queue", None)
    args = (wheel_server(), "--port", str(port), "--bind", "127.0.0.1", "--requirepass", "queue-pass")
    args += ("--maxmemory-policy", "noeviction", "--appendonly", "yes")
    with (folder / "log").open("wb") as log:
        server = processes.start(Command(args, cwd=folder), output=log)
    assert wait_until(lambda: processes.answers("127.0.0.1", port))
    yield f"redis://:queue-pass@127.0.0.1:{port}/3"
    processes.stop(server, (15,), (10,))


@pytest.fixture(scope="module")
def environ(place, database_server, queue_server):
    return {
        "VAR_DIR": str(place / "var"),
        "PORT": str(processes.free_port()),
        "DATABASE_URL": database_server,
        "REDIS_URL": queue_server,
        "WEB_WORKERS": "1",
        "WORKER_COUNT": "1",
    }


def volunteer_hub(environ, *words):
    return subprocess.run(
        [sys.executable, "-m", "volunteer_hub.cli", *words],
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        timeout=patience.WAIT_S,
    )


def test_the_program_runs_on_servers_it_did_not_start(environ, database_server, queue_server):
    with running_site(environ) as site:
        assert set(site.status["processes"]) <= {"mail", "worker", "web"}
        assert site.database_url == database_server.replace("postgres://", "postgresql+psycopg://")
        with psycopg.connect(database_server) as session:
            assert session.execute("SELECT count(*) FROM alembic_version").fetchone() == (1,)
        client = jobs.connect(queue_server)
        assert wait_until(lambda: client.scard("rq:workers") == 2)
        client.close()
        assert wait_until(lambda: _is_ready(site.base_url)), site.last_words()
        told = volunteer_hub(environ, "doctor")
        for line in ("PostgreSQL 18", "migrations   at 0", "valkey 9"):
            assert line in told.stdout
        assert "BAD   front end" in told.stdout or told.returncode == 0, told.stdout
    assert not (Path(environ["VAR_DIR"]) / "postgres").exists()
    assert not (Path(environ["VAR_DIR"]) / "valkey").exists()


def _is_ready(base_url):
    try:
        with urllib.request.urlopen(f"{base_url}/readyz", timeout=patience.WAIT_S) as answer:
            return json.load(answer)["ready"]
    except OSError:
        return False


def test_a_wrong_password_is_said_in_a_sentence(environ, database_server):
    wrong = {**environ, "DATABASE_URL": database_server.replace("hub-p%25ss", "guess")}
    told = volunteer_hub(wrong, "doctor")
    assert told.returncode == 1
    assert "password authentication failed" in told.stdout
    assert "Check DATABASE_URL" in told.stdout


def test_a_database_that_cannot_keep_every_name_is_refused(environ, database_server):
    told = volunteer_hub(
        {**environ, "DATABASE_URL": database_server.removesuffix("hub") + "ascii"}, "migrate"
    )
    assert told.returncode == 1
    assert "names need UTF8" in told.stderr
    assert "Traceback" not in told.stderr


def test_web_and_worker_alone_want_both_servers(environ):
    for name in ("web", "worker"):
        told = volunteer_hub({**environ, "REDIS_URL": ""}, name)
        assert told.returncode == 1
        assert "DATABASE_URL and REDIS_URL must name running servers" in told.stderr
        assert "Traceback" not in told.stderr

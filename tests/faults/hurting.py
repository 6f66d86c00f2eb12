"""Ways to hurt a running site, and to wait until it is well again."""

from __future__ import annotations

import os
import signal
import time
import urllib.error
import urllib.request
from contextlib import contextmanager, suppress

import psutil
import redis

from tests.patience import WAIT_S

PARTS = ("worker", "valkey", "postgres", "web", "mail")
READY_WAIT_S = 10  # how long /readyz of the hurt site waits for its parts


def family(site, name):
    """The processes of a part."""
    leader = psutil.Process(site.pid(name))
    return [leader, *leader.children(recursive=True)]


@contextmanager
def frozen(site, name):
    """The part neither answers nor dies, as with a dead disk."""
    stopped = family(site, name)
    for process in stopped:
        process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        for process in stopped:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGCONT)


def kill_running_jobs(site):
    """kill -9 of every process that runs a job now (the forks of RQ's workers). Returns how many."""
    killed = 0
    for worker in psutil.Process(site.pid("worker")).children():
        for child in worker.children():
            with suppress(ProcessLookupError):
                os.kill(child.pid, signal.SIGKILL)
                killed += 1
    return killed


def flush_queue(site):
    """FLUSHALL. A queue that is away just now holds nothing either way."""
    with suppress(redis.RedisError), redis.Redis.from_url(site.redis_url) as client:
        client.flushall()


def fetch(site, path, *, within_s=WAIT_S, data=None, headers=None):
    """Status, seconds and text of an answer; (0, seconds, why) if there was none."""
    request = urllib.request.Request(site.base_url + path, data=data, headers=headers or {})
    began = time.monotonic()
    try:
        with urllib.request.urlopen(request, timeout=within_s) as answer:
            status, text = answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        status, text = error.code, error.read().decode()
    except OSError as error:
        status, text = 0, str(error)
    return status, time.monotonic() - began, text


def seconds_until(holds, *, within_s=WAIT_S, or_say=lambda: ""):
    """How long until it holds; fails the test when it takes longer."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < within_s, f"not within {within_s} s {or_say()}"
        time.sleep(0.02)
    return time.monotonic() - began


def seconds_until_ready(site):
    """How long until /readyz says that all parts answer."""
    return seconds_until(lambda: fetch(site, "/readyz")[0] == 200)

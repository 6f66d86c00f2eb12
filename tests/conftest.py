"""Fixtures for all tests: a real PostgreSQL and Valkey of the project's own, a fresh database for each test.

The server starts once per test process. The migrated schema is a template database; each test that
asks for `app` gets a copy of it, so that commits really commit and nothing is left behind.
"""

from __future__ import annotations

import itertools
import os
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy.engine import make_url

from config import Config
from tests import patience

ROOT = Path(__file__).parent.parent
REAL_DATA = Path(os.environ.get("VOLUNTEER_HUB_REAL_DATA", ROOT.parent / "shared" / "data"))
_numbers = itertools.count(1)


def pytest_configure():
    """Programs that tests start are as patient as the tests; no property is judged by the clock.

    Properties draw the same examples in every run, so that a failure says something of the change at hand;
    SEEK=1 draws others each time, to look for what nobody thought of (what it finds becomes an @example).
    """
    os.environ.update(patience.ENVIRON)
    settings.register_profile(
        "steady",
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
        derandomize=not os.environ.get("SEEK"),
        database=None if not os.environ.get("SEEK") else settings.default.database,
    )
    settings.load_profile("steady")


def pytest_collection_modifyitems(items):
    """What waits most comes first (faults, browsers), so that nothing long is left over at the end."""
    items.sort(key=lambda item: not any(item.iter_markers("fault")))


@pytest.fixture(scope="session")
def services():
    """PostgreSQL and Valkey, started for this test process alone."""
    from volunteer_hub.supervise import EmbeddedServices

    with (
        tempfile.TemporaryDirectory(prefix="vh-test-", ignore_cleanup_errors=True) as folder,
        EmbeddedServices(Path(folder), for_tests=True) as running,
    ):
        yield running


@pytest.fixture(scope="session")
def template_database(services):
    """A database at the newest migration, to copy from."""
    from sqlalchemy import create_engine

    from volunteer_hub import migrations

    engine = create_engine(services.database_url)
    migrations.upgrade(engine)
    engine.dispose()
    return make_url(services.database_url)


@pytest.fixture
def database_url(template_database):
    """A fresh copy of the template database, dropped after the test."""
    name = f"vh_test_{os.getpid()}_{next(_numbers)}"
    server = template_database.set(drivername="postgresql", database="postgres")
    with psycopg.connect(server.render_as_string(hide_password=False), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template_database.database}"')
    yield template_database.set(database=name).render_as_string(hide_password=False)
    with psycopg.connect(server.render_as_string(hide_password=False), autocommit=True) as connection:
        _drop(connection, name)


def _drop(connection, name: str) -> None:
    """PostgreSQL's own autovacuum may be in the database, which only a superuser may interrupt: it is
    gone in a moment, so ask again."""
    until = time.monotonic() + patience.WAIT_S
    while True:
        try:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            return
        except psycopg.errors.InsufficientPrivilege:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


@pytest.fixture
def config(tmp_path, services, database_url):
    """A configuration for one test: its own folder, its own database, an emptied queue."""
    import redis

    client = redis.Redis.from_url(services.redis_url)
    client.flushdb()
    client.close()
    base = Config.from_environment(
        {
            "VOLUNTEER_HUB_ENV": "test",
            "VAR_DIR": str(tmp_path / "var"),
            "SECRET_KEY": "for-tests-only-" * 4,
            **patience.ENVIRON,
        }
    )
    return replace(base, database_url=database_url, redis_url=services.redis_url)


@pytest.fixture(scope="session")
def compiled_templates(tmp_path_factory):
    """Where Jinja keeps compiled templates, so that no test compiles them again."""
    from jinja2 import FileSystemBytecodeCache

    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


@pytest.fixture
def app(config, compiled_templates):
    """The application on that database, with an open context. Jobs wait until `run_jobs()`."""
    from volunteer_hub.app import create_app
    from volunteer_hub.core import jobs
    from volunteer_hub.core.db import db

    application = create_app(config)
    application.jinja_env.bytecode_cache = compiled_templates
    application.config["RATELIMIT_ENABLED"] = False
    from volunteer_hub.core.web import limiter

    limiter.enabled = False
    jobs.serve_from(application)
    with application.app_context():
        yield application
        db.session.remove()
        left = db.engine.pool.checkedout()
        db.engine.dispose()
        assert left == 0, f"{left} database connections were never given back"
    application.extensions["redis"].close()
    application.extensions["redis_health"].close()
    limiter.enabled = True


@pytest.fixture
def run_jobs(app):
    """Work through every queue in this process until all is done; returns how many jobs ran."""
    return lambda: _run_all(app)


def _run_all(app) -> int:
    from rq import Queue, SimpleWorker
    from rq.registry import ScheduledJobRegistry
    from rq.serializers import JSONSerializer
    from rq.timeouts import TimerDeathPenalty

    from volunteer_hub.core import jobs
    from volunteer_hub.core.db import db

    class QuietWorker(SimpleWorker):
        death_penalty_class = TimerDeathPenalty

        def _install_signal_handlers(self):
            return None

    client = app.extensions["redis"]
    queues = [Queue(name, connection=client, serializer=JSONSerializer) for name in jobs.QUEUES]
    ran = 0
    while True:
        for queue in queues:
            registry = ScheduledJobRegistry(queue=queue)
            for job_id in registry.get_job_ids():
                registry.remove(job_id)
                queue._enqueue_job(queue.fetch_job(job_id))
        waiting = sum(queue.count for queue in queues)
        if not waiting:
            return ran
        ran += waiting
        db.session.rollback()
        worker = QuietWorker(queues, connection=client, serializer=JSONSerializer)
        worker.work(burst=True, logging_level="ERROR")
        _fail_loudly(queues)


def _fail_loudly(queues) -> None:
    from rq.registry import FailedJobRegistry

    for queue in queues:
        for job_id in FailedJobRegistry(queue=queue).get_job_ids():
            job = queue.fetch_job(job_id)
            raise AssertionError(f"job {job.description} failed:\n{job.latest_result().exc_string}")


@pytest.fixture
def real_data():
    """The folder of public data beside the checkout; the test is skipped, saying why, where it is missing."""
    if not REAL_DATA.is_dir():
        reason = f"no public data folder at {REAL_DATA.name}; set VOLUNTEER_HUB_REAL_DATA to run this test"
        print(f"skipped: {reason}")
        pytest.skip(reason)
    return REAL_DATA


@pytest.fixture
def client(app):
    """A browser of the test: signs in, follows promises of every page (see tests/browsing.py)."""
    from tests.browsing import Browser

    return Browser(app)


@pytest.fixture
def make(app):
    """Factories: `make.campaign()`, `make.person(role="organizer")`, ... (see tests/factories)."""
    from tests.factories import Factory

    return Factory()

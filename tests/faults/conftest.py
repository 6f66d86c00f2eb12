"""A whole running program to be hurt, and this process attached to its database and queue."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from tests.faults.hurting import READY_WAIT_S, seconds_until_ready
from volunteer_hub.supervise.processes import free_port
from volunteer_hub.supervise.site import running_site


@pytest.fixture(scope="session")
def place():
    """A folder that other accounts may pass through (the embedded PostgreSQL is not root)."""
    with tempfile.TemporaryDirectory(prefix="vh-faults-", ignore_cleanup_errors=True) as path:
        Path(path).chmod(0o711)
        yield Path(path)


def environ_of(folder: Path) -> dict[str, str]:
    from volunteer_hub.bench.attached import own_servers

    few = {"WEB_WORKERS": "1", "WORKER_COUNT": "2", "LOG_FORMAT": "json"}
    waits = {"DATABASE_WAIT_S": "15", "QUEUE_WAIT_S": "2", "READY_WAIT_MS": str(READY_WAIT_S * 1000)}
    return own_servers(folder, free_port()) | few | waits


@pytest.fixture(scope="session")
def site(place):
    """`volunteer-hub run`, for all tests of this folder."""
    with running_site(environ_of(place / "site")) as running:
        yield running


@pytest.fixture
def hub(site):
    """The application in this process, on the site's database and queue."""
    from volunteer_hub.bench.attached import attached

    seconds_until_ready(site)  # the test before may have hurt it, and disks can be slow
    with attached(site) as app:
        yield app


@pytest.fixture
def make(hub):
    """Factories, committing into the site's database."""
    from tests.factories import Factory

    return Factory()

"""The application in this process, attached to the database and queue of a site that runs beside it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from config import Config

if TYPE_CHECKING:
    from flask import Flask

    from volunteer_hub.supervise.site import Site


@contextmanager
def attached(site: Site) -> Iterator[Flask]:
    """The application in its context, with the secrets of the site's folder; jobs start in its workers."""
    from volunteer_hub.app import create_app
    from volunteer_hub.core import jobs
    from volunteer_hub.core.db import db

    app = create_app(config_of(site))
    jobs.serve_from(app)
    with app.app_context():
        try:
            yield app
        finally:
            db.forget()
            db.session.remove()
            db.engine.dispose()
            app.extensions["redis"].close()
            app.extensions["redis_health"].close()


def config_of(site: Site) -> Config:
    """The configuration of a running site, with its addresses filled in."""
    environ = {
        **os.environ,
        "VAR_DIR": str(site.var_dir),
        "DATABASE_URL": "",
        "REDIS_URL": "",
        "SMTP_URL": "",
    }
    return replace(
        Config.from_environment(environ),
        database_url=site.database_url,
        redis_url=site.redis_url,
        base_url=site.base_url,
    )


def own_servers(var_dir: Path, port: int) -> dict[str, str]:
    """The environment of a site with servers of its own, whatever ours names."""
    return {
        "VAR_DIR": str(var_dir),
        "PORT": str(port),
        "BASE_URL": f"http://127.0.0.1:{port}",
        "HOST": "127.0.0.1",
        "DATABASE_URL": "",
        "REDIS_URL": "",
        "SMTP_URL": "",
        "SMS_PROVIDER": "recorder",
    }

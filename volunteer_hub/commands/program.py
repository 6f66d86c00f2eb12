"""What every command gets: `Program`, by way of `@click.pass_obj`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from config import Config

if TYPE_CHECKING:
    from flask import Flask


class Program:
    """What commands share: the configuration, and the application with its database within reach."""

    @cached_property
    def config(self) -> Config:
        """The configuration from the environment; ConfigError lists what is wrong with it."""
        return Config.from_environment(os.environ)

    @contextmanager
    def application(self, what: str = "a command") -> Iterator[Flask]:
        """The application in its context; embedded services run for as long, if nothing runs them yet.

        An embedded database is brought to this program's version first; one that was given by
        DATABASE_URL must be migrated on purpose.
        """
        from volunteer_hub import migrations
        from volunteer_hub.app import create_app
        from volunteer_hub.core import jobs, logs
        from volunteer_hub.core.db import db
        from volunteer_hub.supervise import reachable

        with reachable(self.config, what=what) as config:
            logs.set_up("WARNING", as_json=False)
            app = create_app(replace(config, base_url=self._public_address()))
            jobs.serve_from(app)
            with app.app_context():
                if self.config.database_url is None:
                    migrations.upgrade(db.engine)
                try:
                    yield app
                finally:
                    db.session.remove()
                    db.engine.dispose()

    def _public_address(self) -> str:
        """Where people reach this installation: as configured, else where its server runs at this moment.

        A second terminal rarely knows the port that the first one was given.
        """
        if any(os.environ.get(name, "").strip() for name in ("BASE_URL", "PORT")):
            return self.config.base_url
        from volunteer_hub.supervise.embedded import read_status

        running = read_status(self.config.var_dir) or {}
        return str(running.get("base_url") or self.config.base_url)

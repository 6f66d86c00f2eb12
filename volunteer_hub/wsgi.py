"""For gunicorn and other WSGI servers: `gunicorn "volunteer_hub.wsgi:make_app()"`."""

from __future__ import annotations

import gc
import os

from flask import Flask

from config import Config
from volunteer_hub.app import create_app
from volunteer_hub.core import logs


def make_app() -> Flask:
    """The application as the environment configures it, with the program's log set up."""
    config = Config.from_environment(os.environ)
    logs.set_up(config.log_level, as_json=config.log_format == "json")
    app = create_app(config)
    gc.collect()
    gc.freeze()  # what gunicorn's forks share is not looked through again by each of them
    return app

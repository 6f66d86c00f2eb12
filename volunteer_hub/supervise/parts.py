"""The processes that come after the databases: the mail catcher, the worker and the web server."""

from __future__ import annotations

import http.client
import importlib.util
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from config import Config
from volunteer_hub.supervise import processes
from volunteer_hub.supervise.kept import Part
from volunteer_hub.supervise.processes import Command, ServiceError

ROOT = Path(__file__).resolve().parents[2]
_CATCHER = "volunteer_hub.messaging.catcher"
Environ = Callable[[], Mapping[str, str]]


def all_parts(config: Config, environ: Environ) -> list[Part]:
    """Mail catcher (unless SMTP_URL names a server), worker, web: each starts when the one before answers."""
    catcher = [] if config.smtp_url else catcher_parts(config, environ)
    port = catcher_port(config) if catcher else None

    def with_mail() -> Mapping[str, str]:
        return {**environ(), "SMTP_URL": f"smtp://127.0.0.1:{port}"} if port else environ()

    return [*catcher, worker_part(with_mail), web_part(config, with_mail)]


def catcher_port(config: Config) -> int:
    """The mail catcher's remembered port."""
    folder = config.var_dir / "mail"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return processes.kept_port(folder / "port", lambda _: None)


def catcher_parts(config: Config, environ: Environ) -> list[Part]:
    """The embedded mail catcher: keeps what is sent under var/mail instead of delivering it."""
    if importlib.util.find_spec(_CATCHER) is None:
        return []
    port = catcher_port(config)
    args = (sys.executable, "-m", _CATCHER, "--port", str(port), "--folder", str(config.var_dir / "mail"))
    return [
        Part(
            "mail",
            lambda: Command(args, cwd=ROOT, env=environ()),
            lambda _: processes.answers("127.0.0.1", port),
            stop_waits_s=(5.0,),
            stops_late=True,  # workers finish the message at hand
        )
    ]


def worker_part(environ: Environ) -> Part:
    """RQ workers, and what starts sweeps and delayed jobs, behind one process. Ready when it runs."""
    args = (sys.executable, "-m", "worker")
    return Part(
        "worker", lambda: Command(args, cwd=ROOT, env=environ()), lambda _: True, stop_waits_s=(25.0,)
    )


def web_part(config: Config, environ: Environ) -> Part:
    """Gunicorn; ready when /healthz answers."""

    def check_port() -> None:
        if not processes.is_free(config.host, config.port):
            raise ServiceError(
                f"Port {config.port} is taken by another program. Stop that one, or choose another port: "
                f"PORT={config.port + 1}."
            )

    return Part(
        "web",
        lambda: Command(web_command(config), cwd=ROOT, env=environ()),
        lambda _: _is_alive(config),
        prepare=check_port,
        stop_signals=(signal.SIGTERM, signal.SIGQUIT),
        stop_waits_s=(15.0, 2.0),
    )


def web_command(config: Config) -> tuple[str, ...]:
    """Gunicorn's command line. The application is loaded before the fork: it opens no connection.

    No access log: addresses of pages hold sign-in tokens. The program's own log has the request ids.
    """
    host = f"[{config.host}]" if ":" in config.host else config.host
    options = {
        "bind": f"{host}:{config.port}",
        "workers": config.web_workers,
        "threads": config.web_threads,
        "worker-class": "gthread",
        "timeout": 120,
        "graceful-timeout": 12,
        "keep-alive": 15,
        "max-requests": 20_000,
        "max-requests-jitter": 2_000,
        "forwarded-allow-ips": "*" if config.trusted_proxies else "127.0.0.1",
        "log-level": "warning",
    }
    if Path("/dev/shm").is_dir():  # noqa: S108 - gunicorn makes its own private file there
        options["worker-tmp-dir"] = "/dev/shm"  # noqa: S108
    flags = [f"--{name}={value}" for name, value in options.items()]
    app = "volunteer_hub.wsgi:make_app()"
    return (sys.executable, "-m", "gunicorn", *flags, "--preload", "--no-control-socket", app)


def _is_alive(config: Config) -> bool:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(config.host, config.host)  # noqa: S104
    line = http.client.HTTPConnection(host, config.port, timeout=0.5)
    try:
        line.request("GET", "/healthz")
        return line.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        line.close()

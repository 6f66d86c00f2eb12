"""volunteer-hub doctor: every part looked at, with a sentence on how to mend what is wrong."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import click

from config import Config
from volunteer_hub.commands.program import Program

Verdict = Literal["good", "note", "bad"]
_LEAST_FREE_BYTES = 2 * 1024**3
_MARKS: dict[Verdict, tuple[str, str]] = {
    "good": ("ok", "green"),
    "note": ("note", "yellow"),
    "bad": ("BAD", "red"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at."""

    verdict: Verdict
    about: str
    says: str


@click.command()
@click.option(
    "--ask-twilio", is_flag=True, help="Also ask Twilio whether it knows our account (one request)."
)
@click.pass_obj
def doctor(program: Program, ask_twilio: bool) -> None:
    """Look at every part and say what to mend. Starts nothing and changes nothing.

    Exit code 1 when something is wrong, so that a monitor can run it.

    \b
    Example:
        volunteer-hub doctor
    """
    findings = list(examine(program.config, ask_twilio=ask_twilio))
    for finding in findings:
        mark, colour = _MARKS[finding.verdict]
        click.echo(f"{click.style(f'{mark:<5}', fg=colour)} {finding.about:<12} {finding.says}")
    if any(finding.verdict == "bad" for finding in findings):
        sys.exit(1)


def examine(config: Config, *, ask_twilio: bool = False) -> Iterator[Finding]:
    """Every finding, in the order in which one would mend them."""
    from volunteer_hub.supervise.embedded import read_status

    status = read_status(config.var_dir)
    urls = status.get("urls", {}) if status else {}
    yield Finding("good", "settings", f"complete ({config.environment}); `volunteer-hub config` shows them")
    yield from _folder(config)
    yield from _program(config, status)
    yield from _database(config, config.database_url or urls.get("database_url"))
    yield from _queue(config.redis_url or urls.get("redis_url"))
    yield from _mail(config)
    yield from _texts(config, ask_twilio=ask_twilio)
    yield _pages()


def _folder(config: Config) -> Iterator[Finding]:
    place = next(path for path in (config.var_dir, *config.var_dir.parents) if path.exists())
    if not os.access(place, os.W_OK | os.X_OK):
        yield Finding("bad", "folder", f"{place} cannot be written by this user; choose another VAR_DIR")
    free = shutil.disk_usage(place).free
    verdict: Verdict = "good" if free > _LEAST_FREE_BYTES else "bad"
    advice = "" if verdict == "good" else "; free some space, or move VAR_DIR to a larger disk"
    yield Finding(verdict, "disk", f"{free / 1e9:.1f} GB free under {config.var_dir}{advice}")


def _program(config: Config, status: dict[str, object] | None) -> Iterator[Finding]:
    from volunteer_hub.supervise import processes

    if status:
        yield Finding("good", "program", f"runs as process {status['pid']} at {status['base_url']}")
    elif processes.is_free(config.host, config.port):
        yield Finding("note", "program", "does not run now; start it with `volunteer-hub run`")
    else:
        taken = f"port {config.port} is taken by another program; stop it or set PORT"
        yield Finding("note", "program", f"is not run by a supervisor here, and {taken}")


def _database(config: Config, url: str | None) -> Iterator[Finding]:
    if url is None:
        yield from _embedded(config)
        return
    import psycopg

    from volunteer_hub.supervise import ServiceError
    from volunteer_hub.supervise.backup import plain_url
    from volunteer_hub.supervise.given import check_database

    try:
        check_database(url, within_s=config.database_wait_s)
    except ServiceError as why:
        yield Finding("bad", "database", str(why))
        return
    with psycopg.connect(plain_url(url), connect_timeout=config.database_wait_s, autocommit=True) as session:
        yield from _server(session)


def _embedded(config: Config) -> Iterator[Finding]:
    from volunteer_hub.supervise import ServiceError, accounts, postgres, valkey

    try:
        postgres.wheel_programs()
        account = accounts.unprivileged()
        who = f"as {account.name}, because root may not run it" if account else "as this user"
        where = accounts.place_of(account, config.var_dir / "postgres")
        yield Finding("good", "database", f"embedded PostgreSQL in {where}, starts with the program {who}")
        valkey.wheel_server()
    except (ServiceError, LookupError) as why:
        yield Finding("bad", "database", str(why))


def _server(session: object) -> Iterator[Finding]:
    import psycopg

    from volunteer_hub import migrations
    from volunteer_hub.supervise.postgres import EXTENSIONS

    assert isinstance(session, psycopg.Connection)
    number = session.info.server_version
    yield Finding("good", "database", f"PostgreSQL {number // 10000}.{number % 10000} answers")
    have = {name for (name,) in session.execute("SELECT extname FROM pg_extension").fetchall()}
    if missing := sorted(set(EXTENSIONS) - have):
        yield Finding(
            "bad", "extensions", f"missing: {', '.join(missing)}; have an owner run CREATE EXTENSION"
        )
    tables = session.execute("SELECT to_regclass('alembic_version') IS NOT NULL").fetchone()
    row = (
        session.execute("SELECT version_num FROM alembic_version").fetchone()
        if tables and tables[0]
        else None
    )
    at = row[0] if row else "nothing yet"
    verdict: Verdict = "good" if at == migrations.head() else "bad"
    advice = (
        "" if verdict == "good" else f", this program wants {migrations.head()}: run `volunteer-hub migrate`"
    )
    yield Finding(verdict, "migrations", f"at {at}{advice}")


def _queue(url: str | None) -> Iterator[Finding]:
    if url is None:
        yield Finding("good", "queue", "embedded Valkey, starts with the program")
        return
    import redis

    from volunteer_hub.core import jobs

    client = jobs.connect(url)
    try:
        client.ping()
        yield from _queue_settings(client)
    except redis.RedisError as why:
        yield Finding("bad", "queue", f"does not answer ({why}); check REDIS_URL and that the server runs")
    finally:
        client.close()


def _queue_settings(client: object) -> Iterator[Finding]:
    import redis

    assert isinstance(client, redis.Redis)
    facts = client.info()
    policy, keeps = facts.get("maxmemory_policy"), facts.get("aof_enabled")
    name = f"{facts.get('server_name', 'redis')} {facts.get('valkey_version') or facts.get('redis_version')}"
    yield Finding("good", "queue", f"{name} answers")
    if policy != "noeviction":
        yield Finding("bad", "queue", f"forgets keys when full (maxmemory-policy {policy}); set noeviction")
    if not keeps:
        yield Finding(
            "note", "queue", "keeps no append-only file; after a crash the sweeps put work back in minutes"
        )
    workers = client.scard("rq:workers")
    verdict: Verdict = "good" if workers else "bad"
    advice = "" if workers else "; start `volunteer-hub run`, or `volunteer-hub worker`"
    yield Finding(verdict, "workers", f"{workers} registered{advice}")


def _mail(config: Config) -> Iterator[Finding]:
    from volunteer_hub.supervise import processes

    server = config.smtp_server
    if server is None:
        yield Finding(
            "note", "mail", "goes to the embedded catcher and reaches nobody; set SMTP_URL to send it"
        )
    elif processes.answers(server.host, server.port, within_s=3.0):
        yield Finding("good", "mail", f"{server.host}:{server.port} answers")
    else:
        yield Finding(
            "bad", "mail", f"{server.host}:{server.port} does not answer; check SMTP_URL and the firewall"
        )


def _texts(config: Config, *, ask_twilio: bool) -> Iterator[Finding]:
    if config.sms_provider != "twilio":
        yield Finding(
            "note", "texts", "are kept in a file and reach nobody; set SMS_PROVIDER=twilio to send them"
        )
        return
    account = config.twilio_account_sid or ""
    if not (account.startswith("AC") and len(account) == 34):
        yield Finding("bad", "texts", "TWILIO_ACCOUNT_SID is not an account's id: AC and 32 characters")
    if not config.is_public_https:
        why = "Twilio brings replies and STOP to BASE_URL, which must begin with https:// and be reachable"
        yield Finding("bad", "texts", why)
    else:
        said = f"sent as {config.twilio_from}; Twilio must bring messages to {config.base_url}/texts/incoming"
        yield Finding("good", "texts", said)
    if ask_twilio:
        yield _asked_twilio(config)


def _asked_twilio(config: Config) -> Finding:
    from volunteer_hub.messaging.answers import NotNow
    from volunteer_hub.messaging.texts.twilio import Twilio

    twilio = Twilio(
        config.twilio_account_sid or "", config.twilio_auth_token or "", base_url=config.twilio_url
    )
    try:
        state = twilio.check()
    except NotNow as why:
        return Finding(
            "bad", "twilio", f"{why}; check TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and the firewall"
        )
    finally:
        twilio.close()
    if state == "active":
        return Finding("good", "twilio", "knows our account, and it is active")
    return Finding("bad", "twilio", f"says that our account is {state}; look at its console")


def _pages() -> Finding:
    from volunteer_hub.supervise.parts import ROOT

    if (ROOT / "volunteer_hub/static/dist").is_dir():
        return Finding("good", "front end", "is built")
    return Finding("bad", "front end", "is not built; run `make setup`")

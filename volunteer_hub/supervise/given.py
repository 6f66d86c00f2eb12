"""Servers of your own: is the one named by DATABASE_URL fit for this program?"""

from __future__ import annotations

import psycopg

from volunteer_hub.supervise.backup import plain_url
from volunteer_hub.supervise.processes import ServiceError

OLDEST_SERVER = 15


def check_database(url: str, *, within_s: int) -> None:
    """Raise ServiceError, with the way out, when the server does not answer, is too old or is not UTF-8."""
    try:
        with psycopg.connect(plain_url(url), connect_timeout=within_s, autocommit=True) as session:
            number, encoding = (
                session.info.server_version // 10000,
                session.info.parameter_status("server_encoding"),
            )
    except psycopg.OperationalError as why:
        first = str(why).strip().splitlines()[0]
        raise ServiceError(
            f"The database does not answer ({first}). Check DATABASE_URL and that the server runs."
        ) from None
    if number < OLDEST_SERVER:
        raise ServiceError(
            f"The database is PostgreSQL {number}; version {OLDEST_SERVER} or newer is needed."
        )
    if encoding != "UTF8":
        raise ServiceError(
            f"The database keeps text as {encoding}; names need UTF8. "
            "Create it anew: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0."
        )

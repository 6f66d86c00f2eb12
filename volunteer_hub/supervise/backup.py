"""One file with everything: the database as pg_dump writes it, the uploads, and a manifest.

The file is an ordinary zip: `manifest.json` (versions, rows per table, a SHA-256 for each member),
`database.dump` (pg_dump's custom format) and `uploads/…`. Rows are counted in the very snapshot that is
dumped, and counted again, before the commit, when it is restored.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from volunteer_hub.supervise.postgres import wheel_program
from volunteer_hub.supervise.processes import ServiceError

FORMAT = 1
DUMP, MANIFEST, UPLOADS = "database.dump", "manifest.json", "uploads"
CHUNK_BYTES = 1024 * 1024
Tell = Callable[[str, int, int], None]  # what is done now, how much of it, of how much


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup holds: when it was made, by which versions, rows per table, files."""

    made_at: str
    program: str
    server: str
    migration: str
    tables: dict[str, int]
    files: int
    size_bytes: int


class BackupRefused(ServiceError):
    """A backup or restore that would harm something, or cannot be trusted; the sentence says what to do."""


def save(database_url: str, uploads: Path, target: Path, *, replace: bool = False, tell: Tell) -> Backup:
    """Write the backup to `target`, readable by its owner only; it appears there whole or not at all.

    Raises BackupRefused when `target` exists and `replace` is not set, ServiceError when pg_dump fails.
    """
    if target.exists() and not replace:
        raise BackupRefused(f"{target} exists already. Choose another name, or add --force to replace it.")
    if not target.parent.is_dir():
        raise BackupRefused(f"The folder {target.parent} does not exist. Create it first.")
    handle, half = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent)
    try:
        with os.fdopen(handle, "w+b") as file:
            manifest = _write(file, database_url, uploads, tell)
            file.flush()
            os.fsync(file.fileno())
        Path(half).replace(target)
    except BaseException:
        Path(half).unlink(missing_ok=True)
        raise
    return described(manifest, target)


def counts(database_url: str) -> dict[str, int]:
    """Rows per table, names with their schema, as they are now."""
    with psycopg.connect(plain_url(database_url)) as session:
        return _counted(session, lambda *_: None)


def _write(file: IO[bytes], database_url: str, uploads: Path, tell: Tell) -> dict[str, Any]:
    members: dict[str, str] = {}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        with psycopg.connect(plain_url(database_url)) as session:
            session.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            session.read_only = True
            row = session.execute("SELECT pg_export_snapshot(), current_setting('server_version')").fetchone()
            assert row is not None
            tables = _counted(session, tell)
            manifest = {
                "format": FORMAT,
                "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
                "program": version("volunteer-hub"),
                "server": row[1],
                "migration": _migration(session),
                "extensions": _extensions(session),
                "tables": tables,
            }
            members[DUMP] = _dump(archive, database_url, row[0], len(tables), tell)
        members |= _add_uploads(archive, uploads, tell)
        archive.writestr(MANIFEST, json.dumps(manifest | {"sha256": members}, indent=1))
    return manifest | {"sha256": members}


def _dump(archive: zipfile.ZipFile, database_url: str, snapshot: str, tables: int, tell: Tell) -> str:
    """Stream pg_dump into the archive; its --verbose lines tell how far it is."""
    options = ["--format=custom", f"--snapshot={snapshot}", "--no-owner", "--no-privileges", "--verbose"]
    digest, done = hashlib.sha256(), 0
    with (
        tempfile.TemporaryFile() as words,
        client("pg_dump", database_url, *options, stdout=subprocess.PIPE, stderr=words) as dumping,
        archive.open(zipfile.ZipInfo(DUMP, _now()), "w", force_zip64=True) as member,
    ):
        assert dumping.stdout is not None
        while chunk := dumping.stdout.read(CHUNK_BYTES):
            digest.update(chunk)
            member.write(chunk)
            done = _dumped(words, tables)
            tell("saving tables", done, tables)
        if dumping.wait():
            raise ServiceError(f"pg_dump failed: {last_lines(words)}")
    tell("saving tables", tables, tables)
    return digest.hexdigest()


def _dumped(words: IO[bytes], tables: int) -> int:
    size = os.fstat(words.fileno()).st_size
    return min(os.pread(words.fileno(), size, 0).count(b"dumping contents of table"), tables)


def _add_uploads(archive: zipfile.ZipFile, uploads: Path, tell: Tell) -> dict[str, str]:
    found = sorted(path for path in uploads.rglob("*") if path.is_file() and not path.is_symlink())
    members = {}
    for number, path in enumerate(found, 1):
        name = f"{UPLOADS}/{path.relative_to(uploads).as_posix()}"
        digest = hashlib.sha256()
        with (
            path.open("rb") as file,
            archive.open(zipfile.ZipInfo(name, _now()), "w", force_zip64=True) as member,
        ):
            while chunk := file.read(CHUNK_BYTES):
                digest.update(chunk)
                member.write(chunk)
        members[name] = digest.hexdigest()
        tell("saving files", number, len(found))
    return members


def plain_url(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


def client(program: str, database_url: str, *options: str, **pipes: Any) -> subprocess.Popen[bytes]:
    """One of PostgreSQL's own programs, with the address in its environment: `ps` shows no password."""
    given = conninfo_to_dict(plain_url(database_url))
    address = {_variable(key): str(value) for key, value in given.items()}
    environ = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
    command = [wheel_program(program), "--no-password", *options]
    return subprocess.Popen(command, env=environ | address, **pipes)  # noqa: S603 - our own command line


def _variable(key: str) -> str:
    odd = {"dbname": "PGDATABASE", "connect_timeout": "PGCONNECT_TIMEOUT", "application_name": "PGAPPNAME"}
    return odd.get(key, f"PG{key.upper().replace('_', '')}")


def _counted(session: psycopg.Connection, tell: Tell) -> dict[str, int]:
    tables, found = tables_of(session), {}
    for number, (schema, name) in enumerate(tables, 1):
        row = session.execute(
            sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(schema, name))
        ).fetchone()
        assert row is not None
        found[f"{schema}.{name}"] = row[0]
        tell("counting rows", number, len(tables))
    return found


def tables_of(session: psycopg.Connection) -> list[tuple[str, str]]:
    """Ordinary tables outside the system's schemas and outside extensions, in order."""
    return session.execute(
        """SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
           WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
             AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
             AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
           ORDER BY 1, 2"""
    ).fetchall()


def _extensions(session: psycopg.Connection) -> list[str]:
    rows = session.execute(
        "SELECT extname FROM pg_extension WHERE extname <> 'plpgsql' ORDER BY 1"
    ).fetchall()
    return [name for (name,) in rows]


def _migration(session: psycopg.Connection) -> str:
    row = session.execute("SELECT to_regclass('public.alembic_version') IS NOT NULL").fetchone()
    if not row or not row[0]:
        return ""
    at = session.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(at[0]) if at else ""


def described(manifest: dict[str, Any], path: Path) -> Backup:
    return Backup(
        made_at=manifest["made_at"],
        program=manifest["program"],
        server=manifest["server"],
        migration=manifest["migration"],
        tables=manifest["tables"],
        files=len(manifest["sha256"]) - 1,
        size_bytes=path.stat().st_size,
    )


def last_lines(words: IO[bytes]) -> str:
    size = os.fstat(words.fileno()).st_size
    text = os.pread(words.fileno(), 4000, max(size - 4000, 0)).decode(errors="replace")
    errors = [line for line in text.splitlines() if "error" in line.lower() or "fatal" in line.lower()]
    return "\n".join((errors or text.splitlines())[-5:])


def _now() -> tuple[int, int, int, int, int, int]:
    moment = datetime.now(UTC)
    return (moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second)

"""Bringing a backup back: all of it in one transaction, or nothing. backup.py says what is in the file."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import tempfile
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any

import psycopg
from psycopg import sql

from volunteer_hub.supervise.backup import (
    CHUNK_BYTES,
    DUMP,
    FORMAT,
    MANIFEST,
    UPLOADS,
    Backup,
    BackupRefused,
    Tell,
    client,
    described,
    last_lines,
    plain_url,
    tables_of,
)
from volunteer_hub.supervise.postgres import wheel_program
from volunteer_hub.supervise.processes import ServiceError


def describe(source: Path) -> Backup:
    """Read the manifest of a backup. Raises BackupRefused when it is none of ours."""
    with _opened(source) as archive:
        return described(_manifest(archive, source), source)


def load(database_url: str, uploads: Path, source: Path, *, replace: bool = False, tell: Tell) -> Backup:
    """Bring `source` back: all of it, in one transaction, or nothing.

    The checksums are compared first and the rows of each table are counted before the commit. A
    database that holds tables is refused unless `replace`, which removes what it holds. Messages that
    waited are held back, and leases and web sessions end, in the same transaction.
    """
    with _opened(source) as archive:
        manifest = _manifest(archive, source)
        with psycopg.connect(plain_url(database_url), autocommit=True) as session:
            if not replace and (held := tables_of(session)):
                raise BackupRefused(
                    f"The database already holds {len(held)} tables. To remove them and bring the backup "
                    "back in their place, add --replace."
                )
        _verify(archive, manifest, source, tell)
        with _unpacked_uploads(archive, uploads, tell) as swap:
            _restore(archive, manifest, database_url, replace=replace, tell=tell)
            swap()
        _after(database_url)
    return described(manifest, source)


@contextmanager
def _opened(source: Path) -> Iterator[zipfile.ZipFile]:
    try:
        archive = zipfile.ZipFile(source)
    except FileNotFoundError:
        raise BackupRefused(f"There is no file {source}.") from None
    except (zipfile.BadZipFile, OSError) as why:
        raise BackupRefused(
            f"{source} is not a backup of this program, or it is cut short ({why}). Take another copy of it."
        ) from None
    with archive:
        yield archive


def _manifest(archive: zipfile.ZipFile, source: Path) -> dict[str, Any]:
    try:
        manifest = json.loads(archive.read(MANIFEST))
        known = manifest["format"], manifest["tables"], manifest["sha256"][DUMP]
    except (KeyError, ValueError, TypeError, zipfile.BadZipFile):
        raise BackupRefused(f"{source} is a zip file, but not a backup of this program.") from None
    if known[0] != FORMAT:
        raise BackupRefused(
            f"{source} has format {known[0]}; this program reads {FORMAT}. Use a newer version."
        )
    return dict(manifest)


def _verify(archive: zipfile.ZipFile, manifest: dict[str, Any], source: Path, tell: Tell) -> None:
    """Every member is there and is what was saved, and nothing else is in the file."""
    expected = manifest["sha256"]
    names = set(archive.namelist()) - {MANIFEST}
    strange = [name for name in names if name != DUMP and not _is_safe(name)]
    if names != set(expected) or strange:
        raise BackupRefused(f"{source} does not hold what its manifest lists. Take another copy of it.")
    for number, (name, wanted) in enumerate(expected.items(), 1):
        digest = hashlib.sha256()
        try:
            with archive.open(name) as member:
                while chunk := member.read(CHUNK_BYTES):
                    digest.update(chunk)
        except (zipfile.BadZipFile, OSError):
            digest = hashlib.sha256(b"unreadable")
        if digest.hexdigest() != wanted:
            raise BackupRefused(
                f"{source} is damaged: {name} is not what was saved. Take another copy of it."
            )
        tell("checking the file", number, len(expected))


def _is_safe(name: str) -> bool:
    path = PurePosixPath(name)
    return (
        path.parts[:1] == (UPLOADS,) and len(path.parts) > 1 and ".." not in path.parts and "\\" not in name
    )


def _restore(
    archive: zipfile.ZipFile, manifest: dict[str, Any], database_url: str, *, replace: bool, tell: Tell
) -> None:
    """pg_restore turns the dump into SQL; psql runs it between our BEGIN and COMMIT.

    COMMIT is sent last, after our own count of every table: whatever ends early rolls back.
    """
    reading = [wheel_program("pg_restore"), "--file=-", "--no-owner", "--no-privileges"]
    options = ["--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1", "--file=-"]
    with (
        tempfile.TemporaryFile() as words,
        tempfile.TemporaryFile() as reader_words,
        archive.open(DUMP) as dump,
        subprocess.Popen(  # noqa: S603 - our own command line
            reading, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=reader_words
        ) as reader,
        client(
            "psql", database_url, *options, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=words
        ) as writer,
    ):
        try:
            _feed(dump, reader)
            is_whole = _run_script(reader, writer, manifest, replace=replace, tell=tell)
        except BaseException:
            reader.kill()
            writer.kill()
            raise
        if writer.wait() or not is_whole:
            raise ServiceError(f"Nothing was restored. {_why(words, reader_words, is_whole=is_whole)}")


def _run_script(
    reader: subprocess.Popen[bytes],
    writer: subprocess.Popen[bytes],
    manifest: dict[str, Any],
    *,
    replace: bool,
    tell: Tell,
) -> bool:
    """Hand psql the whole script; False when the dump could not be read to its end."""
    assert reader.stdout
    assert writer.stdin
    is_whole = True
    try:
        writer.stdin.write(_before(manifest, replace=replace))
        _pass_on(reader.stdout, writer.stdin, len(manifest["tables"]), tell)
        is_whole = reader.wait() == 0
        if is_whole:
            writer.stdin.write(_counting(manifest["tables"]) + _LEFT_BEHIND.encode() + b"COMMIT;\n")
        writer.stdin.close()
    except BrokenPipeError:  # psql met an error and left; its exit code and words say why
        reader.kill()
        with suppress(BrokenPipeError):
            writer.stdin.close()
    return is_whole


def _feed(dump: IO[bytes], reader: subprocess.Popen[bytes]) -> None:
    """Give pg_restore the dump from a thread of its own, while we take its SQL."""
    assert reader.stdin
    stdin = reader.stdin

    def feed() -> None:
        with suppress(BrokenPipeError, ValueError, zipfile.BadZipFile), stdin:
            shutil.copyfileobj(dump, stdin, CHUNK_BYTES)

    threading.Thread(target=feed, name="feed-pg_restore", daemon=True).start()


def _before(manifest: dict[str, Any], *, replace: bool) -> bytes:
    """Wait for others no longer than 10 s; empty the database if asked; have the extensions."""
    have = sql.SQL("CREATE EXTENSION IF NOT EXISTS {};")
    wanted = [have.format(sql.Identifier(name)) for name in manifest["extensions"]]
    lines = [
        "BEGIN;",
        "SET lock_timeout = '10s';",
        _EMPTY_IT if replace else "",
        *(each.as_string() for each in wanted),
    ]
    return "\n".join(lines).encode() + b"\n"


# Everything of ours in the schema; what belongs to an extension stays.
_EMPTY_IT = """
DO $empty$
DECLARE thing record;
BEGIN
  FOR thing IN
    SELECT format(CASE c.relkind WHEN 'v' THEN 'DROP VIEW IF EXISTS %s CASCADE'
                  WHEN 'm' THEN 'DROP MATERIALIZED VIEW IF EXISTS %s CASCADE'
                  WHEN 'S' THEN 'DROP SEQUENCE IF EXISTS %s CASCADE'
                  ELSE 'DROP TABLE IF EXISTS %s CASCADE' END, c.oid::regclass) AS command
    FROM pg_class c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
    ORDER BY c.relkind = 'S'
  LOOP
    EXECUTE thing.command;
  END LOOP;
  FOR thing IN
    SELECT format('DROP ROUTINE IF EXISTS %s CASCADE', p.oid::regprocedure) AS command FROM pg_proc p
    WHERE p.pronamespace = 'public'::regnamespace
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
  LOOP
    EXECUTE thing.command;
  END LOOP;
  FOR thing IN
    SELECT format('DROP TYPE IF EXISTS %s CASCADE', t.oid::regtype) AS command FROM pg_type t
    WHERE t.typnamespace = 'public'::regnamespace AND t.typtype IN ('e', 'd', 'r')
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = t.oid AND d.deptype = 'e')
  LOOP
    EXECUTE thing.command;
  END LOOP;
END
$empty$;
"""


def _pass_on(source: IO[bytes], target: IO[bytes], tables: int, tell: Tell) -> None:
    """Hand the SQL over line by line, without what an older server or a plain role cannot do."""
    done, in_rows = 0, False
    for line in source:
        if in_rows:
            in_rows = line != b"\\.\n"
        elif line.startswith(b"COPY ") and line.rstrip().endswith(b"FROM stdin;"):
            in_rows, done = True, done + 1
            tell("restoring tables", min(done, tables), tables)
        elif _LEFT_OUT.match(line):
            continue
        target.write(line)


# A setting that servers before 17 do not know; extensions and the schema, which are there already.
_LEFT_OUT = re.compile(
    rb"SET transaction_timeout|(CREATE|COMMENT ON) EXTENSION |CREATE SCHEMA public;|COMMENT ON SCHEMA public "
)


def _counting(tables: dict[str, int]) -> bytes:
    """SQL that stops the transaction when a table has not the rows it had."""
    lines = ["DO $count$", "DECLARE n bigint;", "BEGIN"]
    for name, rows in tables.items():
        table = sql.Identifier(*name.split(".", 1)).as_string()
        lines.append(f"  SELECT count(*) INTO n FROM {table};")  # noqa: S608 - quoted by psycopg
        message = sql.Literal(f"{name} has % rows, not {rows}").as_string()
        lines.append(f"  IF n <> {int(rows)} THEN RAISE EXCEPTION {message}, n; END IF;")
    return ("\n".join([*lines, "END", "$count$;"]) + "\n").encode()


# A backup is the past: what was under way then has gone on since. Nothing is sent a second time, and nobody
# holds again what they gave back, or what was taken from them.
_LEFT_BEHIND = """
DO $left$
BEGIN
  IF to_regclass('public.messages') IS NOT NULL THEN
    UPDATE public.messages
    SET state = 'failed', settled_at = now(), claimed_by = NULL, claimed_at = NULL,
        last_error = 'held back: restored from a backup; it may have been sent before'
    WHERE state IN ('waiting', 'sending');
  END IF;
  IF to_regclass('public.leases') IS NOT NULL THEN
    UPDATE public.leases
    SET returned_at = least(now(), expires_at), token_sealed = NULL, return_note = 'restored from a backup',
        end_reason = CASE WHEN expires_at <= now() THEN 'expired' ELSE 'taken_back' END
    WHERE returned_at IS NULL;
    UPDATE public.turfs SET state = CASE WHEN doors_done >= doors THEN 'done' ELSE 'open' END
    WHERE state = 'leased';
  END IF;
  IF to_regclass('public.outings') IS NOT NULL THEN
    UPDATE public.outings SET back_at = greatest(out_at, least(now(), due_at)) WHERE back_at IS NULL;
    DELETE FROM public.shared_positions;
    DELETE FROM public.walk_passes;
  END IF;
  IF to_regclass('public.web_sessions') IS NOT NULL THEN
    UPDATE public.web_sessions SET revoked_at = now() WHERE revoked_at IS NULL;
  END IF;
END
$left$;
"""


def _why(words: IO[bytes], reader_words: IO[bytes], *, is_whole: bool) -> str:
    said = last_lines(words)
    if "lock timeout" in said:
        return "Others are using the database: stop web and workers first, then try again."
    return said if is_whole else f"The dump could not be read: {last_lines(reader_words)}"


def _after(database_url: str) -> None:
    with psycopg.connect(plain_url(database_url), autocommit=True) as session:
        session.execute("ANALYZE")


@contextmanager
def _unpacked_uploads(archive: zipfile.ZipFile, uploads: Path, tell: Tell) -> Iterator[Callable[[], None]]:
    """Unpack beside `uploads`; the function given puts them in place, the old ones are kept aside."""
    names = [name for name in archive.namelist() if name.startswith(f"{UPLOADS}/")]
    uploads.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=".uploads.", dir=uploads.parent))
    try:
        for number, name in enumerate(names, 1):
            path = fresh.joinpath(*PurePosixPath(name).parts[1:])
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with archive.open(name) as member, path.open("xb") as file:
                shutil.copyfileobj(member, file, CHUNK_BYTES)
            tell("unpacking files", number, len(names))
        yield lambda: _swap(fresh, uploads)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _swap(fresh: Path, uploads: Path) -> None:
    if uploads.exists() and any(uploads.iterdir()):
        uploads.rename(uploads.with_name(f"uploads.before-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}"))
    elif uploads.exists():
        uploads.rmdir()
    fresh.rename(uploads)

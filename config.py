"""One frozen configuration, read from the environment once, at the edge (web, worker, command line).

`Config.from_environment(os.environ)` either returns a whole Config or raises ConfigError with every
problem at once, each a sentence that says how to mend it. Nothing is read at import. An empty
variable counts as absent. Three services may be left out: without DATABASE_URL, REDIS_URL or
SMTP_URL the supervisor starts its own PostgreSQL, Valkey or mail catcher under `var_dir`.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from email.utils import parseaddr
from pathlib import Path
from typing import Literal, TypeVar, cast
from urllib.parse import unquote, urlsplit, urlunsplit

Environment = Literal["production", "development", "test"]
LogFormat = Literal["json", "text"]
SmsProvider = Literal["recorder", "twilio"]
Tls = Literal["none", "starttls", "tls"]
T = TypeVar("T")

SHORTEST_SECRET = 32
_MASK = "********"


class ConfigError(ValueError):
    """The environment cannot be used; `problems` holds one sentence for each thing to mend."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("The configuration has problems:\n" + "\n".join(f"  - {line}" for line in problems))


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where mail is handed over. `tls`: none, starttls (upgraded after EHLO) or tls (from the start)."""

    host: str
    port: int
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: Tls = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Everything the program may be told from outside. Units are in the names.

    database_url, redis_url, smtp_url: None means the embedded one, which the supervisor starts.
    `var_dir` holds what the program writes: secrets, embedded data, uploads, logs.
    """

    environment: Environment = "development"
    secret_key: str = field(repr=False)
    var_dir: Path
    database_url: str | None = field(default=None, repr=False)
    redis_url: str | None = field(default=None, repr=False)
    smtp_url: str | None = field(default=None, repr=False)
    mail_from: str = "Volunteer Hub <volunteer-hub@localhost>"
    sms_provider: SmsProvider = "recorder"
    twilio_account_sid: str | None = None
    twilio_auth_token: str | None = field(default=None, repr=False)
    twilio_from: str | None = None
    twilio_from_by_campaign: tuple[tuple[str, str], ...] = ()
    twilio_url: str = "https://api.twilio.com"
    texts_per_s: int | None = None
    texts_per_day: int | None = None
    base_url: str = "http://127.0.0.1:5000"
    host: str = "127.0.0.1"
    port: int = 5000
    web_workers: int = 2
    web_threads: int = 24
    worker_count: int = 2
    session_days: int = 30
    sign_in_link_min: int = 15
    base_map_url: str | None = None
    trusted_proxies: int = 0
    upload_limit_bytes: int = 2 * 1024**3
    form_limit_bytes: int = 2 * 1024**2
    database_wait_s: int = 2
    queue_wait_s: int = 1
    ready_wait_ms: int = 30
    log_format: LogFormat = "text"
    log_level: str = "INFO"

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Config:
        """Read and check every variable. Raises ConfigError naming all problems, not the first alone.

        Without SECRET_KEY one is made once and kept, readable by its owner only, in
        `var_dir`/secrets/secret_key.
        """
        given = _Given(environ)
        config = _read(given)
        _check_together(config, given)
        if given.problems:
            raise ConfigError(given.problems)
        return config

    @property
    def smtp_server(self) -> SmtpServer | None:
        """SMTP_URL taken apart, or None while the mail catcher has no address yet."""
        return parse_smtp_url(self.smtp_url) if self.smtp_url else None

    @property
    def is_public_https(self) -> bool:
        """Do people reach us by https? Then cookies are marked Secure."""
        return self.base_url.startswith("https://")

    @property
    def uploads_dir(self) -> Path:
        """Files people sent us; part of every backup."""
        return self.var_dir / "uploads"

    def masked(self) -> dict[str, str]:
        """Every setting as text, with secrets and passwords struck out: safe to print."""
        return {each.name: _masked(each.name, getattr(self, each.name)) for each in fields(self)}


def parse_smtp_url(url: str) -> SmtpServer:
    """Take smtp://user:password@host:port (add ?starttls), or smtps://…, apart.

    Ports when not given: 25, 587 with starttls, 465 for smtps. Raises ValueError with a sentence.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise ValueError("write it as smtp://user:password@host:port, smtps://… or smtp://…?starttls")
    options = {item.partition("=")[0] for item in parts.query.split("&") if item}
    if options - {"starttls"}:
        raise ValueError(f"the only option after “?” is starttls, not {', '.join(sorted(options))}")
    if parts.scheme == "smtps" and options:
        raise ValueError("smtps:// is encrypted from the start; leave ?starttls out")
    tls: Tls = "tls" if parts.scheme == "smtps" else "starttls" if options else "none"
    return SmtpServer(
        host=parts.hostname,
        port=parts.port or {"none": 25, "starttls": 587, "tls": 465}[tls],
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        tls=tls,
    )


def normal_database_url(url: str) -> str:
    """The URL as SQLAlchemy wants it: postgres:// and postgresql:// become postgresql+psycopg://."""
    scheme, mark, rest = url.partition("://")
    if not mark or scheme not in ("postgres", "postgresql", "postgresql+psycopg"):
        raise ValueError("only PostgreSQL is supported, as postgresql://user:password@host:port/database")
    if not urlsplit(f"postgresql://{rest}").path.strip("/"):
        raise ValueError("it names no database; add /NAME after the host")
    return f"postgresql+psycopg://{rest}"


def normal_redis_url(url: str) -> str:
    """The URL as redis-py wants it; valkey:// and valkeys:// are redis:// and rediss:// by another name."""
    scheme, mark, rest = url.partition("://")
    scheme = {"valkey": "redis", "valkeys": "rediss"}.get(scheme, scheme)
    if not mark or scheme not in ("redis", "rediss", "unix"):
        raise ValueError("write it as redis://:password@host:port/0, rediss://… or unix:///path/to/socket")
    return f"{scheme}://{rest}"


def masked_url(url: str) -> str:
    """The URL with its password struck out."""
    try:
        parts = urlsplit(url)
        if parts.password is None:
            return url
    except ValueError:
        return _MASK
    user, at_host = (parts.username or ""), parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{user}:{_MASK}@{at_host}"))


class _Given:
    """The environment with its problems: each reader returns a usable value and notes what is wrong."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.problems: list[str] = []

    def text(self, name: str) -> str | None:
        return self.environ.get(name, "").strip() or None

    def parsed(self, name: str, parse: Callable[[str], T]) -> T | None:
        text = self.text(name)
        if text is None:
            return None
        try:
            return parse(text)
        except ValueError as why:
            self.problems.append(f"{name} cannot be used: {why}.")
            return None

    def number(self, name: str, default: int, least: int, most: int) -> int:
        text = self.text(name)
        if text is None:
            return default
        if text.isascii() and text.isdigit() and least <= int(text) <= most:
            return int(text)
        self.problems.append(f"{name} must be a whole number from {least} to {most}, not “{text}”.")
        return default

    def choice(self, name: str, options: tuple[str, ...], default: str) -> str:
        text = self.text(name) or default
        if text in options:
            return text
        self.problems.append(f"{name} must be one of {', '.join(options)}, not “{text}”.")
        return default

    def folder(self, name: str, default: Path) -> Path:
        return Path(self.text(name) or default).expanduser().absolute()


def _read(given: _Given) -> Config:
    environment = given.choice("VOLUNTEER_HUB_ENV", ("production", "development", "test"), "development")
    is_production = environment == "production"
    var_dir = given.folder("VAR_DIR", Path(__file__).resolve().parent / "var")
    host, port = given.text("HOST") or "127.0.0.1", given.number("PORT", 5000, 1, 65535)
    return Config(
        environment=cast(Environment, environment),
        secret_key=_secret_key(given, var_dir),
        var_dir=var_dir,
        database_url=given.parsed("DATABASE_URL", normal_database_url),
        redis_url=given.parsed("REDIS_URL", normal_redis_url),
        smtp_url=given.parsed("SMTP_URL", _checked_smtp_url),
        mail_from=given.parsed("MAIL_FROM", _mail_address) or "Volunteer Hub <volunteer-hub@localhost>",
        sms_provider=cast(SmsProvider, given.choice("SMS_PROVIDER", ("recorder", "twilio"), "recorder")),
        twilio_account_sid=given.text("TWILIO_ACCOUNT_SID"),
        twilio_auth_token=given.text("TWILIO_AUTH_TOKEN"),
        twilio_from=given.parsed("TWILIO_FROM", _text_sender),
        twilio_from_by_campaign=given.parsed("TWILIO_FROM_BY_CAMPAIGN", _senders_by_campaign) or (),
        twilio_url=given.parsed("TWILIO_URL", _twilio_address) or "https://api.twilio.com",
        texts_per_s=given.number("TEXTS_PER_S", 0, 1, 1000) or None,
        texts_per_day=given.number("TEXTS_PER_DAY", 0, 1, 10_000_000) or None,
        base_url=given.parsed("BASE_URL", _web_address) or f"http://{_browsable(host)}:{port}",
        host=host,
        port=port,
        web_workers=given.number("WEB_WORKERS", 2, 1, 64),
        web_threads=given.number("WEB_THREADS", 24, 1, 128),
        worker_count=given.number("WORKER_COUNT", 2, 1, 64),
        session_days=given.number("SESSION_DAYS", 30, 1, 365),
        sign_in_link_min=given.number("SIGN_IN_LINK_MIN", 15, 5, 60),
        base_map_url=given.parsed("BASE_MAP_URL", _web_address),
        trusted_proxies=given.number("TRUSTED_PROXIES", 0, 0, 5),
        upload_limit_bytes=given.number("UPLOAD_LIMIT_MB", 2048, 1, 20_480) * 1024**2,
        form_limit_bytes=given.number("FORM_LIMIT_KB", 2048, 64, 65_536) * 1024,
        database_wait_s=given.number("DATABASE_WAIT_S", 2, 2, 600),
        queue_wait_s=given.number("QUEUE_WAIT_S", 1, 1, 600),
        ready_wait_ms=given.number("READY_WAIT_MS", 30, 10, 600_000),
        log_format=cast(
            LogFormat, given.choice("LOG_FORMAT", ("json", "text"), "json" if is_production else "text")
        ),
        log_level=given.choice("LOG_LEVEL", ("DEBUG", "INFO", "WARNING", "ERROR"), "INFO"),
    )


def _check_together(config: Config, given: _Given) -> None:
    if config.environment == "production":
        needed = {
            "BASE_URL": "the public address people open, such as https://hub.example.org",
            "SMTP_URL": "the mail server that takes our mail, such as smtp://user:password@host:587?starttls",
            "MAIL_FROM": "the sender people see, such as Campaign <hub@example.org>",
        }
        given.problems += [
            f"{name} is missing: {what}." for name, what in needed.items() if not given.text(name)
        ]
    if config.sms_provider == "twilio":
        names = ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_FROM")
        given.problems += [
            f"{name} is missing: SMS_PROVIDER=twilio needs it (or set SMS_PROVIDER=recorder)."
            for name in names
            if not given.text(name)
        ]


def _secret_key(given: _Given, var_dir: Path) -> str:
    text = given.text("SECRET_KEY")
    if text is None:
        return _kept_secret_key(given, var_dir / "secrets" / "secret_key")
    if len(text) < SHORTEST_SECRET:
        given.problems.append(
            f"SECRET_KEY is too short: use at least {SHORTEST_SECRET} characters, for example from "
            "python3 -c 'import secrets; print(secrets.token_urlsafe(48))'."
        )
    return text


def _kept_secret_key(given: _Given, path: Path) -> str:
    try:
        make_private_folder(path.parent.parent)
        return kept_secret(path)
    except OSError as why:
        given.problems.append(
            f"VAR_DIR cannot be used: {path} cannot be read or written ({why.strerror}). "
            "Choose a folder that this user owns, or set SECRET_KEY."
        )
        return ""


def make_private_folder(folder: Path) -> None:
    """Make a folder that others may pass through but not list; leave one that exists as it is."""
    if not folder.exists():
        folder.mkdir(parents=True)
        folder.chmod(0o711)


def kept_secret(path: Path) -> str:
    """The random secret kept in `path` (mode 0600, folder 0700), made now if there is none yet.

    Two processes that start at once end with the same one. Raises OSError.
    """
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.parent.chmod(0o700)
        mine = path.with_name(f"{path.name}.{secrets.token_hex(6)}")
        handle = os.open(mine, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(36))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(mine, path)
        except FileExistsError:
            pass  # another process was first; its secret is the one we read below
        finally:
            mine.unlink()
    return path.read_text().strip()


def _checked_smtp_url(url: str) -> str:
    parse_smtp_url(url)
    return url


def _mail_address(text: str) -> str:
    address = parseaddr(text)[1]
    user, at, domain = address.rpartition("@")
    if not (user and at and domain) or any(mark in text for mark in "\r\n"):
        raise ValueError("write it as Name <name@example.org>")
    return text


def _web_address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
        raise ValueError("write it as https://host or http://host:port")
    return text.rstrip("/")


def _text_sender(text: str) -> str:
    """A number we send texts from (+13055550100), a short code (55501) or a messaging service (MG…)."""
    is_service = text.startswith("MG") and len(text) == 34
    if not (
        is_service or (text.lstrip("+").isascii() and text.lstrip("+").isdigit() and 5 <= len(text) <= 16)
    ):
        raise ValueError("write a number as +13055550100, a short code, or a messaging service's id (MG…)")
    return text


def _senders_by_campaign(text: str) -> tuple[tuple[str, str], ...]:
    """“north=+13055550100 south=MG…”: campaigns by the name in their public address."""
    pairs = [each.partition("=") for each in text.replace(",", " ").split()]
    if not all(slug and mark for slug, mark, _ in pairs):
        raise ValueError("write it as CAMPAIGN=NUMBER, several with blanks between them")
    return tuple((slug, _text_sender(sender)) for slug, _, sender in pairs)


def _twilio_address(text: str) -> str:
    """Another address than Twilio's own is for tests and proxies; without https only on this machine."""
    address = _web_address(text)
    if urlsplit(address).scheme != "https" and urlsplit(address).hostname not in (
        "127.0.0.1",
        "localhost",
        "::1",
    ):
        raise ValueError("it must begin with https://")
    return address


def _browsable(host: str) -> str:
    if host in ("0.0.0.0", "::", ""):  # noqa: S104 - compared, not bound
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def _masked(name: str, value: object) -> str:
    if value is None:
        return "(not set)" if not name.endswith("_url") or name == "base_map_url" else "(embedded)"
    if name in ("secret_key", "twilio_auth_token"):
        return _MASK
    return masked_url(str(value)) if name.endswith("_url") else str(value)

"""The configuration: all problems at once, secrets kept and never shown, nothing read at import."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from config import Config, ConfigError, SmtpServer, kept_secret, masked_url, parse_smtp_url

SECRET = "not-a-real-secret-" * 3


@pytest.fixture
def read(tmp_path):
    """Read a Config from these variables alone."""
    return lambda **given: Config.from_environment(
        {"VAR_DIR": str(tmp_path / "var"), "SECRET_KEY": SECRET, **given}
    )


def test_everything_has_a_default_for_development(read):
    config = read()
    assert (config.environment, config.host, config.port) == ("development", "127.0.0.1", 5000)
    assert (config.database_url, config.redis_url, config.smtp_url) == (None, None, None)
    assert config.base_url == "http://127.0.0.1:5000"
    assert config.sign_in_link_min == 15


def test_all_problems_are_listed_at_once(read):
    with pytest.raises(ConfigError) as refused:
        read(
            VOLUNTEER_HUB_ENV="live",
            PORT="eighty",
            WEB_WORKERS="0",
            DATABASE_URL="mysql://localhost/hub",
            REDIS_URL="localhost:6379",
            SMTP_URL="mail.example.org",
            MAIL_FROM="nobody",
            SMS_PROVIDER="twilio",
            BASE_URL="hub.example.org",
            SECRET_KEY="short",
        )
    about = {line.split()[0] for line in refused.value.problems}
    assert about == {
        "VOLUNTEER_HUB_ENV", "PORT", "WEB_WORKERS", "DATABASE_URL", "REDIS_URL", "SMTP_URL", "MAIL_FROM",
        "BASE_URL", "SECRET_KEY", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_FROM",
    }  # fmt: skip
    assert "PORT must be a whole number from 1 to 65535, not “eighty”." in refused.value.problems


def test_production_wants_an_address_a_mail_server_and_a_sender(read):
    with pytest.raises(ConfigError) as refused:
        read(VOLUNTEER_HUB_ENV="production")
    assert [line.split()[0] for line in refused.value.problems] == ["BASE_URL", "SMTP_URL", "MAIL_FROM"]


def test_production_is_secure_and_logs_json(read):
    config = read(
        VOLUNTEER_HUB_ENV="production",
        BASE_URL="https://hub.example.org/",
        SMTP_URL="smtp://mail.example.org",
        MAIL_FROM="Hub <hub@example.org>",
    )
    assert config.base_url == "https://hub.example.org"
    assert config.is_public_https
    assert config.log_format == "json"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_any_name_of_postgresql_becomes_the_one_sqlalchemy_takes(read, scheme):
    config = read(DATABASE_URL=f"{scheme}://hub:pass@db.example.org:5432/hub?sslmode=require")
    assert config.database_url == "postgresql+psycopg://hub:pass@db.example.org:5432/hub?sslmode=require"


def test_a_database_url_without_a_database_is_refused(read):
    with pytest.raises(ConfigError, match="names no database"):
        read(DATABASE_URL="postgres://db.example.org")


def test_valkey_is_redis_by_another_name(read):
    assert read(REDIS_URL="valkeys://:pass@queue:6380/1").redis_url == "rediss://:pass@queue:6380/1"


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://127.0.0.1:2525", SmtpServer("127.0.0.1", 2525)),
        ("smtp://mail.example.org", SmtpServer("mail.example.org", 25)),
        ("smtp://u%40x:p%2Fq@mail:587?starttls", SmtpServer("mail", 587, "u@x", "p/q", "starttls")),
        ("smtps://u:p@mail", SmtpServer("mail", 465, "u", "p", "tls")),
    ],
)
def test_a_mail_server_is_one_address(url, server):
    assert parse_smtp_url(url) == server


@pytest.mark.parametrize("url", ["smtps://mail?starttls", "smtp://mail?tls=1", "http://mail", "smtp://"])
def test_an_unclear_mail_server_is_refused(url):
    with pytest.raises(ValueError, match="starttls"):
        parse_smtp_url(url)


def test_no_secret_shows_in_what_is_printed(read):
    config = read(
        DATABASE_URL="postgresql://hub:dbpass@db/hub",
        REDIS_URL="redis://:queuepass@queue/0",
        SMTP_URL="smtp://user:mailpass@mail",
        SMS_PROVIDER="twilio",
        TWILIO_ACCOUNT_SID="AC1",
        TWILIO_AUTH_TOKEN="texttoken",
        TWILIO_FROM="+15005550006",
    )
    for shown in (str(config.masked()), repr(config), repr(config.smtp_server)):
        assert not any(secret in shown for secret in (SECRET, "dbpass", "queuepass", "mailpass", "texttoken"))
    assert config.masked()["database_url"] == "postgresql+psycopg://hub:********@db/hub"


def test_a_refused_url_is_not_repeated_in_the_sentence(read):
    with pytest.raises(ConfigError) as refused:
        read(DATABASE_URL="mysql://hub:dbpass@db/hub", REDIS_URL="http://:queuepass@queue")
    assert "pass@" not in str(refused.value)


def test_masking_leaves_a_url_without_password_alone():
    assert masked_url("redis://127.0.0.1:6379/0") == "redis://127.0.0.1:6379/0"


def test_the_secret_key_is_made_once_and_kept_for_its_owner_only(tmp_path):
    keys = {Config.from_environment({"VAR_DIR": str(tmp_path)}).secret_key for _ in range(3)}
    assert len(keys) == 1
    assert len(keys.pop()) >= 32
    kept = tmp_path / "secrets/secret_key"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700


def test_processes_that_start_at_once_end_with_the_same_secret(tmp_path):
    with ThreadPoolExecutor(16) as crowd:
        secrets = set(crowd.map(lambda _: kept_secret(tmp_path / "secrets/x"), range(16)))
    assert len(secrets) == 1
    assert [path.name for path in (tmp_path / "secrets").iterdir()] == ["x"]


def test_a_folder_that_cannot_be_used_is_one_of_the_problems(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ConfigError, match="VAR_DIR cannot be used"):
        Config.from_environment({"VAR_DIR": str(tmp_path / "file")})


def test_a_slow_machine_may_be_waited_for_longer(read):
    config = read(DATABASE_WAIT_S="20", QUEUE_WAIT_S="10", READY_WAIT_MS="500")
    assert (config.database_wait_s, config.queue_wait_s, config.ready_wait_ms) == (20, 10, 500)

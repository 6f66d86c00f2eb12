"""The commands that make campaigns, admins, people and links."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager

import click
import pytest
from click.testing import CliRunner

from tests.browsing import Browser
from volunteer_hub.commands.program import Program
from volunteer_hub.core.audit import AuditEntry
from volunteer_hub.core.db import db
from volunteer_hub.people import cli, queries
from volunteer_hub.supervise.embedded import FolderLock, status_path


@pytest.fixture
def command(app, config):
    """Runs a command within this test's application: `command(cli.admin, "create", ...)` gives its output."""

    class Program:
        @contextmanager
        def application(self):
            yield app

    program = Program()
    program.config = config

    def run(group, *words, status=0):
        result = CliRunner().invoke(group, list(words), obj=program)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == status, result.output
        return result.output

    return run


def link_in(output: str) -> str:
    return "/sign-in/link/" + output.split("/sign-in/link/")[1].split()[0]


def test_the_first_admin_is_made_by_a_command_and_signs_in_by_its_link(app, command):
    output = command(
        cli.admin, "create", "--campaign", "Ohio 2026", "--email", "Dana@Example.org", "--name", "Dana"
    )
    assert "Made the campaign “Ohio 2026”" in output
    browser = Browser(app)
    browser.post(link_in(output))
    assert browser.get("/audit", status=302).location.startswith("/profile/second-step")
    again = command(cli.admin, "create", "--campaign", "ohio-2026", "--email", "dana@example.org")
    assert "Found the campaign" in again
    assert len(queries.campaigns()) == 1


def test_a_link_by_command_is_in_the_log(app, command, make):
    person = make.person(email="lee@example.org")
    output = command(cli.sign_in_link, "LEE@example.org", "--next", "/profile")
    assert Browser(app).post(link_in(output)).location == "/profile"
    [entry] = db.session.query(AuditEntry).all()
    assert (entry.action, entry.actor_id, entry.subject) == ("make.sign_in_link", None, f"person:{person.id}")
    assert "Nobody active has the address" in command(cli.sign_in_link, "no@example.org", status=1)


def test_people_are_added_to_the_campaign_that_is_named(command, make):
    command(cli.campaign, "create", "North", "--election-on", "2026-11-03")
    command(cli.campaign, "create", "South")
    assert "north" in command(cli.campaign, "list")
    new = ("add", "--email", "lee@example.org", "--name", "Lee", "--home", "33101", "--role", "field_lead")
    assert "There are: north, south" in command(cli.person, *new, status=1)
    command(cli.person, *new, "--campaign", "south")
    assert "There is no area called" in command(
        cli.person, *new, "--campaign", "south", "--area", "Mars", status=1
    )
    assert [each.campaign.slug for each in queries.people_with_email("lee@example.org")] == ["south"]


def test_every_command_explains_itself(command):
    for each in (cli.admin, cli.campaign, cli.person, cli.sign_in_link):
        for name in [*each.commands] if isinstance(each, click.Group) else [None]:
            assert "Example:" in command(each, *filter(None, [name]), "--help")


@pytest.fixture
def second_terminal(monkeypatch, config, tmp_path):
    """Another terminal beside a server on port 5091: it knows the folder, and no port."""
    known = {"DATABASE_URL": config.database_url, "REDIS_URL": config.redis_url, "VAR_DIR": str(tmp_path)}
    for name, value in known.items():
        monkeypatch.setenv(name, value)
    for name in ("BASE_URL", "PORT"):
        monkeypatch.delenv(name, raising=False)
    lock = FolderLock(tmp_path, "volunteer-hub run")
    lock.take()
    status_path(tmp_path).write_text(
        json.dumps({"pid": os.getpid(), "state": "running", "base_url": "http://127.0.0.1:5091"})
    )
    yield lambda group, *words: CliRunner().invoke(group, list(words), obj=Program()).output
    lock.release()


def test_links_lead_to_the_server_that_runs(second_terminal, make):
    make.person(email="lee@example.org")
    assert "http://127.0.0.1:5091/sign-in/link/" in second_terminal(cli.sign_in_link, "lee@example.org")
    made = second_terminal(cli.admin, "create", "--campaign", "Ohio", "--email", "dana@example.org")
    assert "http://127.0.0.1:5091/sign-in/link/" in made


@pytest.mark.parametrize(
    ("name", "value", "address"),
    [("BASE_URL", "https://hub.example.org", "https://hub.example.org"), ("PORT", "8000", ":8000")],
)
def test_links_lead_where_the_environment_says(second_terminal, make, monkeypatch, name, value, address):
    make.person(email="lee@example.org")
    monkeypatch.setenv(name, value)
    assert f"{address}/sign-in/link/" in second_terminal(cli.sign_in_link, "lee@example.org")

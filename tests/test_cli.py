"""The console command: quick to explain itself, and every command has an example."""

from __future__ import annotations

import os
import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from volunteer_hub.cli import COMMANDS, LazyGroup, main


def test_help_lists_every_command_without_importing_any():
    script = (
        "import sys; from click.testing import CliRunner; from volunteer_hub.cli import main\n"
        "print(CliRunner().invoke(main, ['--help']).output)\n"
        "print('loaded:', [m for m in ('flask', 'sqlalchemy', 'geopandas', 'psycopg') if m in sys.modules])\n"
    )
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert all(f"\n  {name} " in told for name in COMMANDS)
    assert "loaded: []" in told


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself_with_an_example(name):
    for words in _leaves([name], main.get_command(None, name)):
        told = CliRunner().invoke(main, [*words, "--help"])
        assert told.exit_code == 0, told.output
        assert f"volunteer-hub {' '.join(words)}" in " ".join(told.output.split()), words


def _leaves(words, command):
    if not isinstance(command, click.Group):
        return [words]
    return [leaf for name, each in command.commands.items() for leaf in _leaves([*words, name], each)]


def test_all_problems_of_the_settings_are_said_without_a_traceback(tmp_path):
    told = subprocess.run(
        [sys.executable, "-m", "volunteer_hub.cli", "config"],
        env={**os.environ, "VAR_DIR": str(tmp_path), "PORT": "x", "REDIS_URL": "y"},
        capture_output=True,
        text=True,
    )
    assert told.returncode == 1
    assert "PORT must be" in told.stderr
    assert "REDIS_URL cannot be used" in told.stderr
    assert "Traceback" not in told.stderr


def test_config_shows_no_secret(tmp_path):
    environ = {
        "VAR_DIR": str(tmp_path),
        "SECRET_KEY": "k" * 40,
        "DATABASE_URL": "postgresql://hub:dbpass@db/hub",
    }
    told = CliRunner(env=environ).invoke(main, ["config"])
    assert "postgresql+psycopg://hub:********@db/hub" in told.output
    assert "dbpass" not in told.output
    assert "kkkk" not in told.output


def test_an_unknown_command_is_a_sentence():
    told = CliRunner().invoke(main, ["fly"])
    assert told.exit_code == 2
    assert "No such command 'fly'" in told.output


def test_a_fault_of_ours_keeps_its_traceback():
    @click.command()
    def broken():
        raise ZeroDivisionError("ours")

    class Group(LazyGroup):
        def get_command(self, ctx, cmd_name):  # noqa: ARG002 - click's signature
            return broken

    told = CliRunner().invoke(Group(name="x"), ["broken"])
    assert isinstance(told.exception, ZeroDivisionError)

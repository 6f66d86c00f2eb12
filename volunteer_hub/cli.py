"""The console command `volunteer-hub`: one table of subcommands, each imported only when it runs.

A feature adds a command by writing a click command in its own cli.py and one line in COMMANDS. A command
that needs the application takes `program` with `@click.pass_obj` (commands/program.py) and opens
`program.application()`.
"""

from __future__ import annotations

import importlib
from typing import Any

import click

from config import ConfigError
from volunteer_hub.commands.program import Program

# name -> (where the click command is, its line in `volunteer-hub --help`), in the order shown.
COMMANDS: dict[str, tuple[str, str]] = {
    "run": ("volunteer_hub.commands.running:run", "Start everything and keep it alive until Ctrl-C."),
    "web": ("volunteer_hub.commands.running:web", "Only the web server (for systemd)."),
    "worker": ("volunteer_hub.commands.running:worker", "Only the background worker (for systemd)."),
    "migrate": (
        "volunteer_hub.commands.looking_after:migrate",
        "Bring the database to this program's version.",
    ),
    "backup": ("volunteer_hub.commands.looking_after:backup", "Save database and uploads into one file."),
    "restore": ("volunteer_hub.commands.looking_after:restore", "Bring a backup back."),
    "admin": ("volunteer_hub.people.cli:admin", "Make admins; the first one makes the campaign."),
    "campaign": ("volunteer_hub.people.cli:campaign", "Make and list campaigns."),
    "person": ("volunteer_hub.people.cli:person", "Add people."),
    "sign-in-link": ("volunteer_hub.people.cli:sign_in_link", "Print a link that signs somebody in once."),
    "import": (
        "volunteer_hub.districts.cli:import_group",
        "Bring districts, results, doors and voters in from files.",
    ),
    "demo": ("volunteer_hub.demo.cli:demo", "Try it with a sample campaign, or turn the wheel once."),
    "bench": ("volunteer_hub.bench.cli:bench", "Measure this machine with invented data."),
    "contest": ("volunteer_hub.priority.cli:contest", "Make and list contests."),
    "rescore": ("volunteer_hub.priority.cli:rescore", "Score where an hour is worth most, now."),
    "cut": ("volunteer_hub.turf.cli:cut", "Cut precincts into turfs, the most urgent first."),
    "recount": ("volunteer_hub.canvass.cli:recount", "Count progress afresh from the door reports."),
    "doctor": ("volunteer_hub.commands.doctor:doctor", "Look at every part and say what to mend."),
    "config": ("volunteer_hub.commands.looking_after:show_config", "Show the settings, secrets struck out."),
}


class LazyGroup(click.Group):
    """Subcommands by name; only the one that runs is imported, and its refusals become plain sentences."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """In the order of COMMANDS."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's
        """Import it now."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The list in --help, from the table alone."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Run; what a person can mend is said in a sentence, what is our fault keeps its traceback."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.Abort, click.exceptions.Exit):
            raise
        except Exception as why:
            if not _is_for_people(why):
                raise
            raise click.ClickException(str(why)) from None


def _is_for_people(why: Exception) -> bool:
    from volunteer_hub.core.refusals import Refusal
    from volunteer_hub.supervise import ServiceError

    return isinstance(why, (ConfigError, Refusal, ServiceError))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="volunteer-hub")
@click.pass_context
def main(ctx: click.Context) -> None:
    """Volunteer Hub: where an hour matters most, who goes there, and what they find.

    Settings come from the environment; `volunteer-hub config` shows them. Each command explains itself:

    \b
        volunteer-hub COMMAND --help
    """
    ctx.obj = Program()


if __name__ == "__main__":
    main(prog_name="volunteer-hub")

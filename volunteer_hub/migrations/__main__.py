"""`python -m volunteer_hub.migrations new "subject"`: draft a migration from the difference to the models.

Starts a PostgreSQL of its own in a temporary folder, brings it to the newest migration and lets Alembic
write the rest. Read the draft before you commit it. `--afresh` rewrites the first migration instead,
which is allowed until the first release only.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from alembic import command
from sqlalchemy import create_engine

from volunteer_hub import migrations
from volunteer_hub.supervise import EmbeddedServices


def main() -> None:
    """Read the command line and draft."""
    parser = argparse.ArgumentParser(prog="python -m volunteer_hub.migrations", description=__doc__)
    parser.add_argument("verb", choices=["new"])
    parser.add_argument("subject")
    parser.add_argument("--afresh", action="store_true", help="rewrite the first migration")
    given = parser.parse_args()
    if given.afresh:
        for old in (migrations.HERE / "versions").glob("*.py"):
            old.unlink()
    with (
        tempfile.TemporaryDirectory(prefix="vh-", ignore_cleanup_errors=True) as folder,
        EmbeddedServices(Path(folder), for_tests=True) as services,
    ):
        engine = create_engine(services.database_url)
        migrations.upgrade(engine)
        _draft(engine, given.subject, number=len(list((migrations.HERE / "versions").glob("*.py"))) + 1)
        engine.dispose()
    drafts = str(migrations.HERE / "versions")
    for tidy in (["check", "--fix", "--quiet"], ["format", "--quiet"]):
        subprocess.run([sys.executable, "-m", "ruff", *tidy, drafts], check=False)  # noqa: S603 - our own tool


def _draft(engine: object, subject: str, number: int) -> None:
    with engine.begin() as connection:  # type: ignore[attr-defined]
        settings = migrations._alembic(connection=connection)
        command.revision(settings, subject, autogenerate=True, rev_id=f"{number:04d}")


if __name__ == "__main__":
    main()

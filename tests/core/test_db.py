"""One command is one transaction; what follows it starts after the commit; `.commit(` stands in one place."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect

from volunteer_hub import migrations
from volunteer_hub.core import db as core_db
from volunteer_hub.core.db import NestedTransaction, announce, transaction
from volunteer_hub.people.models import Campaign

ROOT = Path(core_db.__file__).parents[2]


@dataclass(frozen=True)
class Happened:
    number: int


@pytest.fixture
def followed(app):
    facts: list[Happened] = []
    app.extensions["follow"] = facts.extend
    return facts


def _fail_after(deed):
    with transaction():
        deed()
        raise RuntimeError("no")


def test_a_fact_is_followed_after_the_commit_and_not_before(followed):
    with transaction():
        announce(Happened(1))
        assert followed == []
    assert followed == [Happened(1)]


def test_a_fact_of_a_transaction_that_fails_is_never_followed(followed):
    with pytest.raises(RuntimeError, match="no"):
        _fail_after(lambda: announce(Happened(1)))
    assert followed == []


def test_what_failed_left_nothing_behind(app, make):
    campaign = make.campaign(name="Before")
    with pytest.raises(RuntimeError, match="no"):
        _fail_after(lambda: setattr(campaign, "name", "After"))
    assert core_db.db.session.get(Campaign, campaign.id).name == "Before"


def test_a_transaction_refuses_to_nest(app):
    with pytest.raises(NestedTransaction), transaction(), transaction():
        pass


def test_announcing_outside_a_transaction_is_an_error(app):
    with pytest.raises(RuntimeError, match="outside"):
        announce(Happened(1))


def test_only_one_file_commits():
    files = [*ROOT.glob("volunteer_hub/**/*.py"), *ROOT.glob("geodata/**/*.py"), ROOT / "worker.py"]
    found = {str(path.relative_to(ROOT)) for path in files if ".commit(" in path.read_text()}
    assert found == {"volunteer_hub/core/db.py"}


def test_migrations_run_down_to_nothing_and_up_again(database_url):
    engine = create_engine(database_url)
    migrations.downgrade(engine)
    assert set(inspect(engine).get_table_names()) == {"alembic_version"}
    migrations.upgrade(engine)
    assert migrations.compare(engine) == []
    engine.dispose()

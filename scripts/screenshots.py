"""`.venv/bin/python scripts/screenshots.py`: the pictures of the README, from a fresh sample campaign."""

from __future__ import annotations

import os
import random
import sys
from pathlib import Path

import click
from sqlalchemy import select

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from tests.browser import chromium  # noqa: E402 - found beside the package, which the line above makes possible
from volunteer_hub.commands.program import Program  # noqa: E402 - likewise
from volunteer_hub.core import clock  # noqa: E402 - likewise
from volunteer_hub.core.access import Role  # noqa: E402 - likewise
from volunteer_hub.core.db import db, transaction  # noqa: E402 - likewise
from volunteer_hub.demo import cli, lap, sample  # noqa: E402 - likewise
from volunteer_hub.messaging.catcher import MailFolder  # noqa: E402 - likewise
from volunteer_hub.people import services as persons  # noqa: E402 - likewise

IMAGES = ROOT / "docs" / "images"
DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


def main() -> None:
    """Make the sample, plan, cut and lease, and photograph the pages."""
    from playwright.sync_api import sync_playwright

    program = Program()
    IMAGES.mkdir(parents=True, exist_ok=True)
    var_dir = program.config.var_dir / "screenshots"
    with cli._site(program, var_dir, fresh=True) as site, cli._application(site):
        made = sample.make(var_dir / "files", sample.Size(), cli.say)
        watch = sample.Stopwatch({}, cli.say)
        turned = lap.Lap(site.base_url, MailFolder(site.mail_folder), made, {}, watch, random.Random(0))
        lap._match(turned)
        run_path = _newest_run()
        _give_places(turned)
        walks = lap._cut_and_lease(turned)
        with sync_playwright() as playwright:
            browser = chromium.launch(playwright)
            desk = browser.new_page(viewport=DESK)
            _sign_in(desk, site.base_url, made.campaign_id, Role.ORGANIZER)
            for name, path in (
                ("priorities", "/priorities"),
                ("matching", run_path),
                ("dashboard", "/dashboard"),
            ):
                _shoot(desk, site.base_url + path, name)
            phone = browser.new_page(viewport=PHONE)
            _shoot(phone, f"{site.base_url}/walk/{walks[0].token}", "walk")
            _shoot(phone, f"{site.base_url}/c/sample/shifts", "shifts")
            browser.close()


def _newest_run() -> str:
    from volunteer_hub.matching.models import Run

    return f"/matching/runs/{db.session.scalars(select(Run.id).order_by(Run.id.desc())).first()}"


def _give_places(turned: lap.Lap) -> None:
    """A few people go somewhere, so that turf can be handed out."""
    from volunteer_hub.events import services as events
    from volunteer_hub.events.models import Shift
    from volunteer_hub.people.models import Person

    shift_id = db.session.scalars(select(Shift.id).where(Shift.campaign_id == turned.campaign_id)).first()
    people = db.session.scalars(
        select(Person.id).where(Person.campaign_id == turned.campaign_id).limit(5)
    ).all()
    for person_id in people:
        with transaction():
            events.sign_up(turned.campaign_id, person_id, shift_id, by=None, now=clock.now(), source="staff")


def _sign_in(page: object, base_url: str, campaign_id: int, role: Role) -> None:
    with transaction():
        person = sample.person_with(campaign_id, role)
        link = persons.link_for(person, by=None, asked_from="the screenshots", now=clock.now())
    page.goto(base_url + link)  # type: ignore[attr-defined]
    page.locator("main button[type=submit]").first.click()  # type: ignore[attr-defined]
    page.wait_for_load_state("networkidle")  # type: ignore[attr-defined]


def _shoot(page: object, url: str, name: str) -> None:
    page.goto(url)  # type: ignore[attr-defined]
    page.wait_for_load_state("networkidle")  # type: ignore[attr-defined]
    page.wait_for_timeout(2500)  # type: ignore[attr-defined] # software WebGL draws the map
    page.screenshot(path=str(IMAGES / f"{name}.png"))  # type: ignore[attr-defined]
    click.echo(f"docs/images/{name}.png", err=True)


if __name__ == "__main__":
    os.environ.setdefault("PORT", "5099")
    main()

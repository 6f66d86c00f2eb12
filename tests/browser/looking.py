"""Looking at a page as everybody must be able to: axe-core's findings, and nothing over the edge."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests import patience

if TYPE_CHECKING:
    from playwright.sync_api import Page

AXE = Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js"
SIZES = {"phone": {"width": 390, "height": 844}, "desk": {"width": 1440, "height": 900}}
WAIT_MS = patience.WAIT_S * 1000


def started(page: Page) -> None:
    """Wait until the behaviours of the page are at work: before, a tap does what it does without scripts."""
    page.wait_for_selector("html[data-started]", state="attached")


def drawn(page: Page, map_id: str) -> None:
    """Wait until a map shows its shapes and stands still: what is asked or clicked before finds nothing."""
    page.locator(f"#{map_id}[data-ready]").wait_for()
    page.evaluate(
        """id => new Promise((done) => {
            const { map } = document.getElementById(id);
            map.once("idle", () => done());
            map.triggerRepaint();
        })""",
        map_id,
    )


def violations(page: Page) -> list[str]:
    """What axe-core finds wrong on a page, each as its rule and where."""
    if not AXE.is_file():
        pytest.skip("axe-core is not installed: run `make setup`")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[str] = page.evaluate(
        "axe.run().then(r => r.violations.map(v => v.id + ': ' + v.nodes.map(n => n.target).join(' ')))"
    )
    return found


class Walk:
    """One person's way through the pages of a window; `look` at each, `verdict` at the end."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.seen: list[str] = []
        self.found: dict[str, list[str]] = {}

    def look(self, name: str, heading: str = "") -> None:
        """Wait until the page stands (and has this heading), then look it over."""
        title = self.page.locator("h1", has_text=heading) if heading else self.page.locator("h1")
        title.first.wait_for()
        started(self.page)
        wrong = violations(self.page)
        if not self.page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
            wrong.append("the page is wider than the window")
        self.seen.append(name)
        if wrong:
            self.found[name] = wrong

    def go(self, path: str, name: str, heading: str = "") -> None:
        """Open an address and look at its page."""
        answer = self.page.goto(path)
        assert answer is not None, f"{name}: {path} gives no answer"
        assert answer.ok, f"{name}: {path} answers {answer.status}"
        self.look(name, heading)

    def press(self, label: str, *, role: str = "button") -> None:
        """Press the first visible thing of that name."""
        self.page.get_by_role(role, name=label, exact=True).first.click()  # type: ignore[arg-type]

    def verdict(self) -> dict[str, list[str]]:
        return self.found

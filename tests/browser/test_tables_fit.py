"""Tables on a laptop and on a phone: no word is broken, and what is too wide scrolls in its own frame."""

from __future__ import annotations

import os

import pytest

from tests.browser.looking import started
from volunteer_hub.core import clock
from volunteer_hub.core.db import transaction
from volunteer_hub.priority import services

pytestmark = pytest.mark.browser
WINDOWS = {"laptop": {"width": 1280, "height": 800}, "phone": {"width": 390, "height": 844}}
# Words of a table that stand on two lines, and cells outside a frame that does not scroll.
FAULTS = """() => {
    const faults = [];
    const range = document.createRange();
    for (const table of document.querySelectorAll("table")) {
        const frame = table.closest(".table-wrap") ?? table.parentElement;
        if (!frame.checkVisibility()) continue;
        const walker = document.createTreeWalker(table, NodeFilter.SHOW_TEXT);
        for (let node = walker.nextNode(); node; node = walker.nextNode()) {
            if (node.parentElement.closest(".visually-hidden")) continue;
            for (const { index, 0: word } of node.data.matchAll(/[\\p{L}\\p{N}]+/gu)) {
                if (word.length > 24) continue;
                range.setStart(node, index);
                range.setEnd(node, index + word.length);
                const tops = new Set([...range.getClientRects()].map((each) => Math.round(each.top)));
                if (tops.size > 1) faults.push(`broken: ${word} in ${node.data.trim()}`);
            }
        }
        const scrolls = ["auto", "scroll"].includes(getComputedStyle(frame).overflowX);
        if (table.offsetWidth > frame.clientWidth + 1 && !scrolls) faults.push("clipped: " + frame.ariaLabel);
        let box = frame.parentElement;
        for (; box; box = box.parentElement) {
            const over = frame.getBoundingClientRect().right - box.getBoundingClientRect().right;
            if (over > 1) { faults.push(`over the edge of ${box.className}: ${frame.ariaLabel}`); break; }
        }
    }
    return faults;
}"""


@pytest.fixture
def pages(make, run_jobs):
    """Addresses of pages with tables, of a district with a long name and turf."""
    district = make.district(name="Precincts 2013")
    precinct = make.precinct(district)
    make.doors(600, precinct=precinct)
    make.result(district, ours=50_000, theirs=50_100, registered=150_000)
    with transaction():
        services.create_contest(
            make.default_campaign.id, name="Governor", district_kind=district.kind, ours="Ours",
            weights={"plurality": 1.0}, now=clock.now(),
        )  # fmt: skip
    run_jobs()
    return ["/priorities", f"/priorities/{district.id}", f"/districts/{district.id}", "/turf", "/matching"]


@pytest.mark.parametrize("window", WINDOWS)
def test_words_stay_whole_and_tables_in_their_frames(visit, make, pages, window):
    page = visit("desk", make.person(role="organizer"))
    page.set_viewport_size(WINDOWS[window])
    found = {}
    for address in pages:
        answer = page.goto(address)
        assert answer.ok, address
        started(page)
        page.evaluate("document.querySelectorAll('main details').forEach((each) => { each.open = true; })")
        if folder := os.environ.get("SHOTS"):
            page.screenshot(path=f"{folder}/{window}{address.replace('/', '-')}.png", full_page=True)
        found |= {address: faults} if (faults := page.evaluate(FAULTS)) else {}
    assert found == {}


def test_the_priorities_are_seen_whole_on_a_laptop(visit, make, pages):
    page = visit("desk", make.person(role="organizer"))
    page.set_viewport_size(WINDOWS["laptop"])
    page.goto(pages[0])
    started(page)
    frame = page.locator(".table-wrap").first
    assert frame.evaluate("each => each.scrollWidth <= each.clientWidth")
    assert frame.get_by_role("columnheader", name="Contact rate").is_visible()

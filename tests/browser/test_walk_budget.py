"""What the walk page may cost: bytes of the first load, and the work from a tap to the next door.

The work is the processor time of the page's own thread between the touch and the picture that answers it, on
a processor slowed six times (what the slowing adds is counted along). Other programs on the machine that
runs the tests do not count; the time by the clock is printed beside it.
"""

from __future__ import annotations

import statistics
import time

import pytest

from tests import patience
from tests.browser.doors import town
from tests.browser.looking import started

pytestmark = pytest.mark.browser
MOST_BYTES = 150_000
SLOWER = 6
MOST_MS = 50
TAPS, PAUSE_S = 12, 0.8

CLOCK = """() => {
    window.taps = [];
    new PerformanceObserver((list) => {
        for (const each of list.getEntries()) if (each.name === "click") window.taps.push(each.duration);
    }).observe({ type: "event", durationThreshold: 0 });
}"""
TOLD = ["devtools.timeline", "disabled-by-default-devtools.timeline"]
STEPS = {"EventDispatch", "UpdateLayoutTree", "Layout", "PrePaint", "Paint", "Layerize", "Commit"}


@pytest.fixture
def slow_phone(visit, make):
    """slow_phone(doors): the page of such a list on a phone, with what its first load weighed."""

    def open_list(doors: int):
        page, sizes = visit("phone"), []
        page.on("response", lambda answer: sizes.append(answer.request.sizes()["responseBodySize"]))
        page.goto(f"/walk/{make.lease(town(make, doors)).token}", wait_until="networkidle")
        page.locator("[data-walk][data-ready]").wait_for()
        page.locator("[data-walk][data-kept]").wait_for()
        started(page)
        return page, sum(sizes)

    return open_list


@pytest.mark.parametrize("doors", [60, 300, 400])
def test_the_first_load_is_light(slow_phone, doors):
    _page, weight = slow_phone(doors)
    print(f"{doors} doors: {weight:,} bytes over the wire")
    assert 0 < weight <= MOST_BYTES


@pytest.mark.parametrize("doors", [60, 300])
def test_the_next_door_is_in_sight_at_once_on_a_slow_phone(slow_phone, doors):
    page, _weight = slow_phone(doors)
    page.evaluate(CLOCK)
    work = work_of_taps(page)
    clock = sorted(page.evaluate("window.taps"))
    print(f"{doors} doors, processor {SLOWER} times slower: {statistics.median(work):.1f} ms of work a tap")
    print(f"  each: {[round(each) for each in sorted(work)]}; by the clock: {clock}")
    assert page.locator("[data-walk-position]").input_value() == str(TAPS + 1)
    assert statistics.median(work) < MOST_MS


def work_of_taps(page) -> list[float]:
    """Milliseconds of the page's own thread from each touch of “Nobody home” to the next picture.

    Between the touches nothing is asked of the page: it would be counted along.
    """
    box = page.get_by_role("button", name="Nobody home", exact=True).bounding_box()
    at = {
        "x": box["x"] + box["width"] / 2,
        "y": box["y"] + box["height"] / 2,
        "button": "left",
        "clickCount": 1,
    }
    told, events, ended = page.context.new_cdp_session(page), [], []
    told.on("Tracing.dataCollected", lambda part: events.extend(part["value"]))
    told.on("Tracing.tracingComplete", lambda _told: ended.append(True))
    told.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    told.send("Tracing.start", {"traceConfig": {"includedCategories": TOLD}})
    for _ in range(TAPS):
        for kind in ("mousePressed", "mouseReleased"):
            told.send("Input.dispatchMouseEvent", {"type": kind} | at)
        time.sleep(PAUSE_S)
    told.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    told.send("Tracing.end")
    assert patience.wait_until(lambda: page.wait_for_timeout(50) or bool(ended))
    return [_work_after(click, events) for click in events if _is_click(click)]


def _is_click(event) -> bool:
    data = event.get("args", {}).get("data") or {}
    return event["name"] == "EventDispatch" and data.get("type") == "click"


def _work_after(click, events) -> float:
    """The processor time of the outermost steps from the click to the end of the next picture."""
    own = [each for each in events if (each["pid"], each["tid"]) == (click["pid"], click["tid"])]
    steps = sorted(
        (
            each
            for each in own
            if each["name"] in STEPS and each.get("ph") == "X" and each["ts"] >= click["ts"]
        ),
        key=lambda each: each["ts"],
    )
    total, until = 0.0, 0.0
    for each in steps:
        if each["ts"] >= until:  # else it is part of the one before
            total += each.get("tdur", each["dur"]) / 1000
            until = each["ts"] + each["dur"]
        if each["name"] == "Commit":
            break
    return total

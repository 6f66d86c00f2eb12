"""An organizer edits a script with and without scripts, previews it, and a canvasser asks it at the door."""

from __future__ import annotations

import os
import re
import uuid
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests import patience
from tests.browser.looking import started, violations
from tests.canvass.test_scripts import DOCUMENT, save
from volunteer_hub.canvass import services
from volunteer_hub.canvass.models import DoorReport
from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction

pytestmark = pytest.mark.browser
ASKS_BEFORE_LEAVING = """() => {
  const leaving = new Event("beforeunload", { cancelable: true });
  window.dispatchEvent(leaving);
  return leaving.defaultPrevented;
}"""
SHOTS = os.environ.get("SHOTS")
LIKELY = {
    "key": "likely", "kind": "scale", "wording": {"en": "How likely are you to vote?"}, "low": 0, "high": 10,
    "low_label": {"en": "Surely not"}, "high_label": {"en": "Surely", "es": "Seguro"}, "our_end": "none",
}  # fmt: skip


def looked_over(page, wrong, name):
    """Axe and width; and a picture where one is asked for (SHOTS names a folder)."""
    found = violations(page)
    if not page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
        found.append("the page is wider than the window")
    if found:
        wrong[name] = found
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)


def opened(page, path):
    page.goto(path)
    started(page)


def answer_some(make):
    """Talks with answers that fit, that were not to be given, and that are missing; and one that died."""
    turf, now = make.turf(6), clock.now()
    said = [
        {"support": 1, "sign": "yes", "issues": ["rent", "schools"]}, {"support": 2, "sign": "no"},
        {"support": 5, "sign": "yes", "issues": ["rent"]}, {"issues": "-"},
    ]  # fmt: skip
    reports = [
        {
            "id": str(uuid.uuid4()),
            "door": door,
            "at": now.isoformat(),
            "result": "canvassed",
            "answers": answers,
        }
        for door, answers in zip(make.doors_of(turf), said, strict=False)
    ]
    last = {
        "id": str(uuid.uuid4()),
        "door": make.doors_of(turf)[5],
        "at": now.isoformat(),
        "result": "deceased",
    }
    path, by = make.root_of(make.default_campaign).path, make.person().id
    with transaction():
        authority = services.ByStaff(turf.campaign_id, by, [path])
        services.record([*reports, last], authority=authority, now=now)


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_every_page_of_the_script_can_be_read_by_everybody(make, visit, size):
    campaign_id = make.default_campaign.id
    save(campaign_id)
    save(campaign_id, DOCUMENT | {"name": "Summer", "questions": DOCUMENT["questions"][:3]})
    answer_some(make)
    page, wrong = visit(size, make.person(role="organizer", name="Ana Ortiz")), {}
    for name, path in (
        ("reports", "/canvass"),
        ("editor", "/canvass/script"),
        ("preview", "/canvass/script/preview?version=1"),
        ("versions", "/canvass/script/versions"),
        ("compare", "/canvass/script/versions/compare?before=1&after=2"),
        ("answers", "/canvass/answers"),
        ("results", "/canvass/results"),
        ("second-look", "/canvass/second-look"),
    ):
        opened(page, path)
        looked_over(page, wrong, f"{name}-{size}")
    assert wrong == {}


def test_the_editor_adds_a_question_with_a_condition_by_keyboard(make, visit):
    save(make.default_campaign.id)
    page, wrong = visit("desk", make.person(role="organizer")), {}
    opened(page, "/canvass/script")
    add = page.get_by_role("button", name="Add a question")
    add.focus()
    page.keyboard.press("Enter")
    wording = page.locator("#q4-wording-en")
    wording.wait_for()
    assert wording.evaluate("each => each === document.activeElement")
    page.keyboard.type("Do you need a ride?")
    page.locator("#q4-kind").select_option("yes_no")
    page.locator('[name="q4-o0-key"]').wait_for(state="detached")
    page.locator("#add-rule-4").click()
    page.locator("#q4-r0-question").select_option("issues")
    page.locator('#q4-r0-test option[value="includes"]').wait_for(state="attached")
    page.locator("#q4-r0-value").select_option("rent")
    looked_over(page, wrong, "editor-adding")
    page.get_by_role("button", name="Put into use").click()
    page.get_by_text("Version 2 is in use").wait_for()
    content = services.script_of(make.default_campaign.id).content
    (rule,) = content.questions[4].condition.rules
    assert (rule.question, rule.test, rule.value) == ("issues", "includes", "rent")
    assert wrong == {}


def test_a_draft_outlives_a_network_that_is_gone_and_a_session_that_is_over(make, visit):
    page = visit("desk", make.person(role="organizer"))
    opened(page, "/canvass/script")
    page.locator("#opening-en").fill("Hello, neighbour")
    page.context.set_offline(True)
    for name in ("Add a question", "Put into use"):
        page.get_by_role("button", name=name).click()
        expect(page.locator("[data-editor-state]")).to_contain_text("What you wrote is still here")
        assert page.locator("#opening-en").input_value() == "Hello, neighbour"
        assert page.evaluate(ASKS_BEFORE_LEAVING)
    page.context.set_offline(False)
    cookies = page.context.cookies()
    page.context.clear_cookies()
    page.get_by_role("button", name="Add a question").click()
    expect(page.locator("[data-editor-state]")).to_be_visible()
    assert page.locator("#opening-en").input_value() == "Hello, neighbour"
    page.context.add_cookies(cookies)
    page.get_by_role("button", name="Add a question").click()
    page.locator("#q1-wording-en").fill("Will you vote early?")
    page.locator("#q1-kind").select_option("yes_no")
    page.get_by_role("button", name="Put into use").click()
    page.get_by_text("Version 1 is in use").wait_for()
    assert services.script_of(make.default_campaign.id).content.opening["en"] == "Hello, neighbour"


def test_what_has_to_be_mended_is_said_in_place_and_gets_the_focus(make, visit):
    page = visit("desk", make.person(role="organizer"))
    opened(page, "/canvass/script")
    page.get_by_role("button", name="Add a question").click()
    page.locator("#q1-wording-en").wait_for()
    page.get_by_role("button", name="Put into use").click()
    page.locator(".error-summary").wait_for()
    assert page.evaluate("document.activeElement.classList.contains('error-summary')")


def test_the_editor_works_without_scripts(make, visit):
    page = visit("desk", make.person(role="organizer"), java_script_enabled=False)
    page.goto("/canvass/script")
    page.locator("#new_kind").select_option("yes_no")
    page.get_by_role("button", name="Add a question").click()
    page.locator("#q1-wording-en").fill("Will you vote early?")
    page.locator("#q1-kind").select_option("number")
    page.get_by_role("button", name="Update question 2").click()
    page.locator("#q1-max").fill("9")
    page.get_by_role("button", name="Put into use").click()
    page.get_by_text("Version 1 is in use").wait_for()
    assert services.script_of(make.default_campaign.id).content.questions[1].high == 9


def test_the_preview_branches_needs_answers_and_speaks_two_languages(make, visit):
    save(make.default_campaign.id, DOCUMENT | {"questions": [*DOCUMENT["questions"], LIKELY]})
    page, wrong = visit("phone", make.person(role="organizer")), {}
    opened(page, "/canvass/script/preview")
    sign = page.get_by_role("group", name="A yard sign?")
    assert not sign.is_visible()
    page.get_by_role("radio", name="Leaning to us").check()
    sign.get_by_role("radio", name="Yes").check()
    page.get_by_role("checkbox", name="Rent").check()
    page.get_by_role("checkbox", name="Schools").check()
    page.get_by_role("radio", name="Undecided").check()
    assert not sign.is_visible()
    page.get_by_role("group", name="How do you feel?").get_by_role("radio", name="No answer").check()
    page.get_by_role("radio", name="0 Surely not").check()
    page.keyboard.press("ArrowRight")
    looked_over(page, wrong, "preview-branched")
    page.get_by_role("button", name="Español").click()
    assert page.get_by_text("¿Qué piensa?").is_visible()
    assert not page.get_by_text("How do you feel?", exact=True).is_visible()
    page.get_by_role("button", name="Save the talk").click()
    result = page.locator("[data-preview-answers]")
    assert "sign" not in result.inner_text()
    assert "support" in result.inner_text()
    assert re.search(r"likely\s+1\b", result.inner_text())
    assert "schools, rent" in result.inner_text().lower() or "rent, schools" in result.inner_text().lower()
    page.get_by_role("button", name="Try again").click()
    page.get_by_role("button", name="Save the talk").click()
    error = page.get_by_text("This still needs an answer")
    assert error.first.is_visible()
    assert page.evaluate("document.activeElement.id") == "question-support"
    looked_over(page, wrong, "preview-needed")
    assert wrong == {}


def arrived(count):
    """The reports in the order of the phone, once so many are stored."""
    assert patience.wait_until(lambda: len(stored()) >= count)
    return stored()


def stored():
    db.session.rollback()
    return db.session.query(DoorReport).order_by(DoorReport.at).all()


def test_at_the_door_a_talk_needs_its_answer_and_nobody_home_does_not(make, visit):
    save(make.default_campaign.id)
    turf = make.turf(4)
    lease = make.lease(turf, hours_ago=0)
    page = visit("phone")
    opened(page, f"/walk/{lease.token}")
    page.locator("[data-walk][data-ready]").wait_for()
    page.get_by_role("button", name="Nobody home", exact=True).click()
    page.get_by_text("Somebody talks with me").click()
    page.get_by_role("button", name="Save the talk").click()
    assert page.evaluate("document.activeElement.id") == "question-support"
    page.get_by_role("radio", name="Strongly for us").check()
    page.get_by_role("group", name="A yard sign?").get_by_role("radio", name="Yes").check()
    page.get_by_role("checkbox", name="Schools").check()
    page.get_by_role("checkbox", name="Rent").check()
    page.get_by_role("button", name="Save the talk").click()
    kept = arrived(2)
    assert [(row.result, row.support) for row in kept] == [("not_home", None), ("canvassed", 1)]
    assert kept[1].answers | {"support": 1} == {"support": 1, "sign": "yes", "issues": ["schools", "rent"]}


def test_support_that_is_declined_at_the_door_is_no_reason_to_refuse_the_report(make, visit):
    save(make.default_campaign.id)
    lease = make.lease(make.turf(3), hours_ago=0)
    page = visit("phone")
    opened(page, f"/walk/{lease.token}")
    page.locator("[data-walk][data-ready]").wait_for()
    page.get_by_text("Somebody talks with me").click()
    for name in ("How do you feel?", "Issues?"):
        page.get_by_role("group", name=name).get_by_label("No answer").check()
    page.get_by_role("spinbutton", name="How many vote here?").fill("2")
    page.get_by_role("button", name="Save the talk").click()
    (row,) = arrived(1)
    assert (row.result, row.support, row.answers) == ("canvassed", None, {"issues": "-", "people": "2"})

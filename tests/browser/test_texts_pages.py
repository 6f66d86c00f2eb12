"""What an organizer sees of texts, on a phone and at a desk, in English and in Spanish."""

from __future__ import annotations

import os

import pytest

from tests.browser.looking import SIZES, Walk
from tests.messaging.test_text_pages import ANN, texted, wrote
from volunteer_hub.core import clock
from volunteer_hub.core.db import transaction
from volunteer_hub.messaging import services

pytestmark = pytest.mark.browser

LANDLINE = "+12025550177"
PICTURES = os.environ.get("VOLUNTEER_HUB_PICTURES")
"""A folder: what was seen is kept there, to look at."""


def picture(page, name) -> None:
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/{name}.png", full_page=True)


@pytest.mark.parametrize("size", list(SIZES))
@pytest.mark.parametrize("language", ["en", "es"])
def test_texts_are_looked_through_and_a_reply_is_answered(visit, make, size, language):
    organizer = make.person(role="organizer", language=language)
    ann = make.person(name="Ann Able", phone=ANN, text_agreed_at=clock.now())
    for number, (state, more) in enumerate(
        [
            ("sent", {"delivery": "delivered", "cost_micros": 15_800}),
            ("sent", {"delivery": "undelivered", "details": {"code": 30007}}),
            ("failed", {"details": {"code": 21614}, "number": LANDLINE}),
            ("waiting", {}),
        ]
    ):
        texted(ann.campaign_id, f"t{number}", ann.id, state=state, **more)
    wrote(ann, "Can I bring my dog? He is very kind and likes people, and he walks a long way")
    wrote(ann, "C", meant="confirm", answered_at=clock.now())
    with transaction():
        services.mark_unreachable(
            ann.campaign_id, services.digest_of("text", "+12025550177"), now=clock.now()
        )
    walk = Walk(visit(size, organizer))
    walk.go("/messages", "sending")
    walk.go("/messages/texts", "texts")
    picture(walk.page, f"texts-{size}-{language}")
    walk.go("/messages/replies", "replies")
    picture(walk.page, f"replies-{size}-{language}")
    walk.page.locator("td a[href*='/messages/replies/']").first.click()
    walk.look("one reply")
    walk.page.locator("textarea").fill("Of course!")
    picture(walk.page, f"reply-{size}-{language}")
    walk.page.locator("form button[type=submit]").last.click()
    walk.look("answered")
    picture(walk.page, f"answered-{size}-{language}")
    assert walk.verdict() == {}

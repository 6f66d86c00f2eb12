"""Which results a campaign offers on the phone. The one place that says so."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import delete

from volunteer_hub.canvass import script_queries as queries
from volunteer_hub.canvass.models import ALWAYS_OFFERED, Outcome, ResultOff
from volunteer_hub.canvass.vocabulary import RESULTS, ResultWords
from volunteer_hub.core import audit
from volunteer_hub.core.db import db


def results_of(campaign_id: int) -> dict[str, ResultWords]:
    """The results that the campaign offers, with their words, in the order of the phone."""
    off = queries.results_off(campaign_id)
    return {name: words for name, words in RESULTS.items() if name not in off}


def offer_results(campaign_id: int, offered: Collection[str], *, by: int) -> None:
    """Offer these results and no others; canvassed and not_home always stay.

    Reports that bring another result, from a phone that has not heard of it, are stored all the same.
    """
    off = [each for each in Outcome if each not in ALWAYS_OFFERED and each not in offered]
    db.session.execute(delete(ResultOff).where(ResultOff.campaign_id == campaign_id))
    db.session.add_all(ResultOff(campaign_id=campaign_id, result=each) for each in off)
    audit.record("offer.results", campaign_id=campaign_id, by=by, off=[each.value for each in off])

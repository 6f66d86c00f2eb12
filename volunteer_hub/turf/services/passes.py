"""Short links that open the walk lists in one person's hands, on a phone without an account.

A person types or scans one at the table. It lives for minutes, and only as a keyed digest; guessing among 27
to the power of 10 within that time, against the limit of requests, is hopeless. It opens the leases it was
made for and nothing else that the person holds: whoever makes it answers for those. A lease that was taken
back since is not behind it any more.
"""

from __future__ import annotations

import secrets as random
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from volunteer_hub.core import secrets
from volunteer_hub.core.access import in_campaign
from volunteer_hub.core.db import db
from volunteer_hub.people.models import Person
from volunteer_hub.turf.models import WalkPass

PASS_LIVES = timedelta(minutes=30)
LETTERS = "ACDEFGHJKLMNPQRTUVWXY345679"
"""Without look-alikes: no B and 8, I and 1, O and 0, S, Z and 2."""
LENGTH = 10


@dataclass(frozen=True, slots=True)
class Opened:
    """What a code opens: these leases of this person, as far as they still stand."""

    campaign_id: int
    person_id: int
    lease_ids: frozenset[int]


def make_pass(
    campaign_id: int, person_id: int, lease_ids: Collection[int], *, by: int | None, now: datetime
) -> str:
    """A new short code for these leases of this person. Earlier ones go on until their time is over."""
    in_campaign(Person, person_id, campaign_id)
    code = "".join(random.choice(LETTERS) for _ in range(LENGTH))
    db.session.add(
        WalkPass(
            campaign_id=campaign_id,
            person_id=person_id,
            lease_ids=sorted(lease_ids),
            code_digest=_digest(code),
            made_by=by,
            made_at=now,
            expires_at=now + PASS_LIVES,
        )
    )
    db.session.flush()
    return code


def open_pass(code: str, *, now: datetime) -> Opened | None:
    """What is behind a code as somebody typed it; None for anything that opens nothing."""
    typed = "".join(each for each in code.upper() if each.isalnum())[: LENGTH + 1]
    row = db.session.scalar(
        select(WalkPass).where(WalkPass.code_digest == _digest(typed), WalkPass.expires_at > now)
    )
    return None if row is None else Opened(row.campaign_id, row.person_id, frozenset(row.lease_ids))


def forget_passes(*, now: datetime) -> None:
    """Delete those whose time is over."""
    db.session.execute(delete(WalkPass).where(WalkPass.expires_at <= now))


def _digest(code: str) -> bytes:
    return secrets.keyed_digest("walk-pass", code)

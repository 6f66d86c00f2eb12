"""Why an answer to an offer, or a change by staff, is not possible."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from volunteer_hub.core.refusals import Conflict


class OfferGone(Conflict):
    """The offer was withdrawn, or has passed to somebody else."""

    def __init__(self) -> None:
        super().__init__(_("This offer is no longer open: it was withdrawn or has gone to somebody else."))


class AlreadyOffered(Conflict):
    """Only a proposal can be changed by hand; an offer stands in somebody's inbox."""

    def __init__(self) -> None:
        super().__init__(_("This was already offered to the volunteer. Withdraw the offer first."))

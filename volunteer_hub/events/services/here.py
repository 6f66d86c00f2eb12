"""People at the place check themselves in, with the code that hangs there.

Who was marked absent stays so: whoever runs the shift saw who was there. They are shown what the person says
(`checked_in_at` beside the mark), and take it over with one tap.
"""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import func, select

from volunteer_hub.core.db import db
from volunteer_hub.core.refusals import Refusal
from volunteer_hub.events.models import Shift, SignUp
from volunteer_hub.events.place_codes import is_open, place_code_holds
from volunteer_hub.events.services.sign_ups import check_in, locked_sign_up
from volunteer_hub.people.models import Person


class WrongCode(Refusal):
    """Not what hangs at the place."""

    def __init__(self) -> None:
        super().__init__(
            _("That is not the code of this shift. Look at the poster again, or go to the table."),
            field="code",
        )


class NotTheHour(Refusal):
    """Too early or too late to check oneself in."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "You can check yourself in from an hour before the start until an hour after it. At any "
                "other time the people at the table do it."
            ),
            field="code",
        )


def require_here(shift_id: int, starts_at: datetime, code: str, *, now: datetime) -> None:
    """Refuse without the code of the place, or outside its hours. Raises WrongCode, NotTheHour."""
    if not place_code_holds(shift_id, code):
        raise WrongCode()
    if not is_open(starts_at, now):
        raise NotTheHour()


def check_in_here(campaign_id: int, sign_up_id: int, code: str, *, now: datetime) -> SignUp:
    """The person says by their own link or session that they are here. Nobody else is noted as marking them.

    Returns their sign-up: still "no_show" if a lead has marked them absent, who is shown what they say.
    Raises WrongCode, NotTheHour, NotOnTheShift, NotFound.
    """
    query = (
        select(Shift.id, Shift.starts_at)
        .join(SignUp, SignUp.shift_id == Shift.id)
        .where(SignUp.id == sign_up_id, SignUp.campaign_id == campaign_id)
    )
    shift_id, starts_at = db.session.execute(query).one()
    require_here(shift_id, starts_at, code, now=now)
    return _arrive(campaign_id, sign_up_id, now)


def _arrive(campaign_id: int, sign_up_id: int, now: datetime) -> SignUp:
    _shift, row = locked_sign_up(campaign_id, sign_up_id)
    if row.attendance == "no_show":
        row.checked_in_at = now
    if row.attendance is not None:
        return row
    return check_in(campaign_id, sign_up_id, by=None, now=now)


def check_in_by_email(campaign_id: int, shift_id: int, email: str, *, now: datetime) -> None:
    """The same by the address they signed up with; the caller has seen the code.

    Says nothing of whether anybody was found: an address typed here must not tell who is on the list.
    """
    query = (
        select(SignUp.id)
        .join(Person, Person.id == SignUp.person_id)
        .where(
            SignUp.campaign_id == campaign_id,
            SignUp.shift_id == shift_id,
            SignUp.state == "going",
            func.coalesce(SignUp.attendance, "") != "attended",
            Person.email == email.strip(),
            Person.is_active,
        )
    )
    sign_up_id = db.session.scalar(query)
    if sign_up_id is not None:
        _arrive(campaign_id, sign_up_id, now)

"""Refusals: named errors whose sentence a person can read and act on. app.py shows them once for all."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

NO_SUCH_PAGE = _l("There is no such page, or it is not yours to see.")
NOT_YOUR_ROLE = _l("Your role does not allow this. If you think it should, ask an admin of your area.")
SIGN_IN_FIRST = _l("Please sign in first.")


class Refusal(Exception):
    """The program understood and will not do it; `sentence` says why and how to mend it."""

    status = 422

    def __init__(self, sentence: Any, *, field: str | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.field = field


class NotFound(Refusal):
    """It does not exist, or is not for this person: the answer is the same."""

    status = 404

    def __init__(self, sentence: Any = NO_SUCH_PAGE) -> None:
        super().__init__(sentence)


class Forbidden(Refusal):
    """Signed in, but the role does not reach this."""

    status = 403

    def __init__(self, sentence: Any = NOT_YOUR_ROLE) -> None:
        super().__init__(sentence)


class SignInFirst(Refusal):
    """Nobody is signed in; the browser is led to the sign-in page."""

    status = 401

    def __init__(self, sentence: Any = SIGN_IN_FIRST) -> None:
        super().__init__(sentence)


class Conflict(Refusal):
    """Somebody else was first, or the row has moved on."""

    status = 409

"""Refusals: named errors whose sentence a person can read and act on. app.py shows them once for all."""

from __future__ import annotations

from typing import Any


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

    def __init__(self, sentence: Any = "There is no such page, or it is not yours to see.") -> None:
        super().__init__(sentence)


class Forbidden(Refusal):
    """Signed in, but the role does not reach this."""

    status = 403

    def __init__(self, sentence: Any = "Your role does not allow this. Ask an admin of your area.") -> None:
        super().__init__(sentence)


class SignInFirst(Refusal):
    """Nobody is signed in; the browser is led to the sign-in page."""

    status = 401

    def __init__(self, sentence: Any = "Please sign in first.") -> None:
        super().__init__(sentence)


class Conflict(Refusal):
    """Somebody else was first, or the row has moved on."""

    status = 409

"""What a server or provider may answer instead of yes: the same names for emails and texts."""

from __future__ import annotations


class NotNow(Exception):
    """The server asks to try again later, or cannot be reached: the message keeps waiting."""


class OutOfReach(NotNow):
    """No server could be asked at all, or it is ours to mend: never a reason to give a message up."""


class Busy(OutOfReach):
    """Too many at once. `retry_after_s`: how long the server wants to be left alone; None where it is
    silent."""

    def __init__(self, why: str, retry_after_s: float | None = None) -> None:
        super().__init__(why)
        self.retry_after_s = retry_after_s


class Unanswered(NotNow):
    """The line was cut after the message had been handed over: it may have been accepted, or not."""


class Never(Exception):
    """The server refuses this message for good (an address that does not exist).

    `code`: the provider's own number for the reason, where it has one.
    """

    def __init__(self, why: str, code: int | None = None) -> None:
        super().__init__(why)
        self.code = code


class Unsubscribed(Never):
    """The provider knows that this number said STOP: so do we, from now on."""


class NumberUnreachable(Never):
    """No text can reach this number, today or later: not a number, or a landline."""

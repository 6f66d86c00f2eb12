"""Emails and phone numbers in their normal form, or a refusal that says how to mend them."""

from __future__ import annotations

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from flask_babel import lazy_gettext as _l

from volunteer_hub.core.refusals import Refusal

LONGEST_EMAIL = 254


class NotAnEmail(Refusal):
    """The text is not an email address."""

    def __init__(self) -> None:
        super().__init__(_l("Write the email address as name@example.org."), field="email")


class NotMailable(NotAnEmail):
    """An address that many mail servers cannot take: it has other letters than ASCII before the @."""

    def __init__(self) -> None:
        Refusal.__init__(
            self,
            _l("No email can be sent to an address with letters like é or ñ before the @. Write another."),
            field="email",
        )


class NotAPhone(Refusal):
    """The text is not a phone number."""

    def __init__(self) -> None:
        super().__init__(
            _l("Write the phone number with its area code, as (305) 555-0123, or with + and the country."),
            field="phone",
        )


def normal_email(text: str) -> str:
    """The address in lower case and normal form, as mail needs it: an international domain as xn--….

    Asks no name server. Raises NotAnEmail; NotMailable for an address that gets no mail from here.
    """
    text = text.strip()
    if len(text) > LONGEST_EMAIL:
        raise NotAnEmail()
    try:
        found = validate_email(text, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        raise NotAnEmail() from None
    if found.ascii_email is None:
        raise NotMailable()
    return found.ascii_email.lower()


def normal_phone(text: str | None) -> str | None:
    """The number as E.164, read as one of the United States unless it names its country; None if empty."""
    if not text or not text.strip():
        return None
    try:
        number = phonenumbers.parse(text, "US")
    except phonenumbers.NumberParseException:
        raise NotAPhone() from None
    if not (phonenumbers.is_valid_number(number) or _looks_american(number)):
        raise NotAPhone()
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _looks_american(number: phonenumbers.PhoneNumber) -> bool:
    """Of the North American plan, in an area code newer than our tables: neither part begins with 0 or 1."""
    digits = str(number.national_number)
    return number.country_code == 1 and len(digits) == 10 and digits[0] >= "2" and digits[3] >= "2"

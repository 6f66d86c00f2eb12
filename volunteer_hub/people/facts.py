"""What happens to people."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PersonJoined:
    """A person came in, by the form, a command, staff or a file."""

    person_id: int


@dataclass(frozen=True, slots=True)
class HomeMoved:
    """A person's home point changed; plans that measure distances are out of date."""

    person_id: int


@dataclass(frozen=True, slots=True)
class RolesChanged:
    """A role was granted to a person or taken from them."""

    person_id: int


@dataclass(frozen=True, slots=True)
class PersonErased:
    """A person was made anonymous: whoever keeps words about them blanks these."""

    person_id: int

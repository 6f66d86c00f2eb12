"""What happens to people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class PersonJoined:
    """A person came in, by the form, a command, staff or a file."""

    person_id: int


@dataclass(frozen=True, slots=True)
class HomeMoved:
    """A person's home point changed; plans that measure distances are out of date."""

    person_id: int


@dataclass(frozen=True, slots=True)
class VolunteerChanged:
    """When, where, how far or with what skills a person helps changed, or whether they can be reached."""

    person_id: int


@dataclass(frozen=True, slots=True)
class PeopleAdded:
    """Many people came in at once."""

    campaign_id: int


@dataclass(frozen=True, slots=True)
class RolesChanged:
    """A role was granted to a person or taken from them."""

    person_id: int


@dataclass(frozen=True, slots=True)
class PersonErased:
    """A person was made anonymous: whoever keeps words about them blanks these."""

    person_id: int


@dataclass(frozen=True, slots=True)
class PersonSetAside:
    """A person takes no part for now: what they hold goes to others."""

    person_id: int


@dataclass(frozen=True, slots=True)
class ListQueued:
    """A list of volunteers is to be checked or added."""

    list_id: int

    @property
    def start_options(self) -> dict[str, Any]:
        return {"unless_waiting": f"list-{self.list_id}"}

"""Reads of people: fixed numbers of statements, small frozen rows, always within one campaign."""

from volunteer_hub.people.queries.areas import (
    AreaRow,
    GrantRow,
    area_by_id,
    area_named,
    areas,
    campaign_by_slug,
    campaign_called,
    campaigns,
    grants,
    root_area,
)
from volunteer_hub.people.queries.listing import (
    PeopleCounts,
    PeopleFilter,
    PersonRow,
    all_people,
    counts,
    people,
)
from volunteer_hub.people.queries.log import AuditRow, audit_actions, audit_log
from volunteer_hub.people.queries.papers import PaperRow, missing, papers_of_people
from volunteer_hub.people.queries.persons import (
    WindowRow,
    availability,
    names,
    people_with_email,
    person_by_id,
    person_with_email,
    person_within,
    sessions,
    windows_of,
)
from volunteer_hub.people.queries.recipients import count_reached, recipient, recipient_by_email, recipients
from volunteer_hub.people.queries.volunteers import (
    AVERAGE_SHOW_CHANCE,
    VolunteerRow,
    volunteers_for_matching,
)

__all__ = [
    "AVERAGE_SHOW_CHANCE",
    "AreaRow",
    "AuditRow",
    "GrantRow",
    "PaperRow",
    "PeopleCounts",
    "PeopleFilter",
    "PersonRow",
    "VolunteerRow",
    "WindowRow",
    "all_people",
    "area_by_id",
    "area_named",
    "areas",
    "audit_actions",
    "audit_log",
    "availability",
    "campaign_by_slug",
    "campaign_called",
    "campaigns",
    "count_reached",
    "counts",
    "grants",
    "missing",
    "names",
    "papers_of_people",
    "people",
    "people_with_email",
    "person_by_id",
    "person_with_email",
    "person_within",
    "recipient",
    "recipient_by_email",
    "recipients",
    "root_area",
    "sessions",
    "volunteers_for_matching",
    "windows_of",
]

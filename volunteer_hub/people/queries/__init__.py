"""Reads of people: fixed numbers of statements, small frozen rows, always within one campaign."""

from volunteer_hub.people.filters import PeopleFilter
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
    PeoplePage,
    PersonRow,
    all_people,
    counts,
    how_many,
    ids_query,
    people,
    rows_of,
)
from volunteer_hub.people.queries.log import AuditRow, audit_actions, audit_log
from volunteer_hub.people.queries.narrowing import area_choices
from volunteer_hub.people.queries.papers import PaperRow, missing, papers_held, papers_of_people, said_by
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
from volunteer_hub.people.queries.segments import (
    SegmentRow,
    people_of_segment,
    segment_within,
    segments,
)
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
    "PeoplePage",
    "PersonRow",
    "SegmentRow",
    "VolunteerRow",
    "WindowRow",
    "all_people",
    "area_by_id",
    "area_choices",
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
    "how_many",
    "ids_query",
    "missing",
    "names",
    "papers_held",
    "papers_of_people",
    "people",
    "people_of_segment",
    "people_with_email",
    "person_by_id",
    "person_with_email",
    "person_within",
    "recipient",
    "recipient_by_email",
    "recipients",
    "root_area",
    "rows_of",
    "said_by",
    "segment_within",
    "segments",
    "sessions",
    "volunteers_for_matching",
    "windows_of",
]

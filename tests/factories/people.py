"""Factories for campaigns, areas and persons."""

from __future__ import annotations

import itertools

from volunteer_hub.core import clock
from volunteer_hub.core.access import Role
from volunteer_hub.core.db import db, transaction
from volunteer_hub.people.models import Area, Campaign, Person, RoleGrant

_numbers = itertools.count(1)


class PeopleFactory:
    """make.campaign, make.area, make.person."""

    _campaign: Campaign | None = None

    @property
    def default_campaign(self) -> Campaign:
        """The campaign that rows belong to when a test names none."""
        if self._campaign is None:
            self._campaign = self.campaign()
        return self._campaign

    def campaign(self, **fields) -> Campaign:
        number = next(_numbers)
        with transaction():
            campaign = Campaign(
                **{
                    "slug": f"campaign-{number}",
                    "name": f"Campaign {number}",
                    "time_zone": "America/New_York",
                    "created_at": clock.now(),
                }
                | fields
            )
            db.session.add(campaign)
            db.session.flush()
            self._add_area(campaign.id, None, "campaign", campaign.name)
        return campaign

    def root_of(self, campaign: Campaign) -> Area:
        return db.session.query(Area).filter_by(campaign_id=campaign.id, parent_id=None).one()

    def area(self, *, parent: Area | None = None, kind: str = "region", name: str | None = None) -> Area:
        parent = parent or self.root_of(self.default_campaign)
        with transaction():
            return self._add_area(parent.campaign_id, parent, kind, name or f"Area {next(_numbers)}")

    def _add_area(self, campaign_id: int, parent: Area | None, kind: str, name: str) -> Area:
        area = Area(
            campaign_id=campaign_id,
            parent_id=parent.id if parent else None,
            kind=kind,
            name=name,
            path=f"pending-{next(_numbers)}",
        )
        db.session.add(area)
        db.session.flush()
        area.path = f"{parent.path if parent else '/'}{area.id}/"
        return area

    def person(
        self, *, role: str | Role | None = None, area: Area | None = None, campaign=None, **fields
    ) -> Person:
        """A person; `role` is granted in `area` (default: the campaign's root)."""
        number = next(_numbers)
        campaign = campaign or (db.session.get(Campaign, area.campaign_id) if area else self.default_campaign)
        area = area or self.root_of(campaign)
        with transaction():
            person = Person(
                **{
                    "campaign_id": campaign.id,
                    "area_id": area.id,
                    "email": f"person{number}@example.org",
                    "name": f"Person {number}",
                    "created_at": clock.now(),
                    "email_agreed_at": clock.now(),
                }
                | fields
            )
            db.session.add(person)
            db.session.flush()
            if role and Role(role) is not Role.VOLUNTEER:
                db.session.add(
                    RoleGrant(
                        campaign_id=campaign.id,
                        person_id=person.id,
                        area_id=area.id,
                        role=Role(role),
                        granted_at=clock.now(),
                    )
                )
        return person

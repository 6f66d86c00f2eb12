"""Factories for districts, precincts, doors, voters and past results."""

from __future__ import annotations

import itertools
from datetime import date

from shapely.geometry import box

from volunteer_hub.core.db import db, transaction
from volunteer_hub.districts.models import District, Door, Precinct, Result, Voter

_numbers = itertools.count(1)


class DistrictsFactory:
    """make.district, make.precinct, make.doors, make.voter, make.result: squares near Daytona Beach."""

    def district(
        self, *, code=None, name=None, kind="county", campaign=None, area=None, **fields
    ) -> District:
        number = next(_numbers)
        campaign = campaign or self.default_campaign
        west = -81.5 + 0.02 * (number % 500)
        with transaction():
            row = District(
                campaign_id=campaign.id,
                area_id=(area or self.root_of(campaign)).id,
                kind=kind,
                code=code or f"{number:05d}",
                name=name or f"District {number}",
                latitude=29.01,
                longitude=west + 0.01,
                **fields,
            )
            row.geometry = box(west, 29.0, west + 0.02, 29.02)
            db.session.add(row)
        return row

    def precinct(self, district: District, *, code=None, name=None) -> Precinct:
        number = next(_numbers)
        with transaction():
            row = Precinct(
                campaign_id=district.campaign_id,
                district_id=district.id,
                code=code or f"{number:04d}",
                name=name or f"Precinct {number}",
                latitude=district.latitude,
                longitude=district.longitude,
            )
            row.geometry = district.geometry
            db.session.add(row)
        return row

    def voter(self, door: Door | None = None, *, campaign=None, **fields) -> Voter:
        """A voter whose address nearly fits `door` (doubtful), unless `fields` say otherwise."""
        number = next(_numbers)
        with transaction():
            row = Voter(
                **{
                    "campaign_id": door.campaign_id if door else (campaign or self.default_campaign).id,
                    "door_id": door.id if door else None,
                    "file_ref": f"V{number}",
                    "given_name": "Ana",
                    "family_name": f"Voter {number}",
                    "address_text": f"{2 * number} Mian St",
                    "match": "doubtful",
                    "match_kind": "name",
                    "match_note": "the street is spelled MAIN ST",
                    "candidates": [door.id] if door else [],
                }
                | fields
            )
            db.session.add(row)
        return row

    def doors(
        self, count: int, *, precinct: Precinct | None = None, district: District | None = None
    ) -> list[Door]:
        """`count` houses along one street of a precinct (or of a district without precincts)."""
        place = precinct or district
        with transaction():
            rows = [
                Door(
                    campaign_id=place.campaign_id,
                    district_id=precinct.district_id if precinct else district.id,
                    precinct_id=precinct.id if precinct else None,
                    number=str(2 * each + 2),
                    street=f"Main St {place.id}",
                    zip="32114",
                    city="Daytona Beach",
                    address_key=f"{2 * each + 2}|MAIN ST {place.id}||32114",
                    building_key=f"{2 * each + 2}|MAIN ST {place.id}|32114",
                    latitude=place.latitude + 0.0001 * (each % 40),
                    longitude=place.longitude + 0.0002 * (each // 40),
                    people=2,
                )
                for each in range(count)
            ]
            db.session.add_all(rows)
        return rows

    def result(
        self, place, *, ours: int, theirs: int, other: int = 0, registered=None, held_on=date(2024, 11, 5)
    ):
        """A past result of a district or precinct: sides "Ours", "Theirs" and "Other"."""
        is_precinct = isinstance(place, Precinct)
        with transaction():
            for party, votes in (("Ours", ours), ("Theirs", theirs), ("Other", other)):
                db.session.add(
                    Result(
                        campaign_id=place.campaign_id,
                        district_id=place.district_id if is_precinct else place.id,
                        precinct_id=place.id if is_precinct else None,
                        election=f"{held_on.year} general",
                        held_on=held_on,
                        office="Governor",
                        party=party,
                        candidate=f"Candidate of {party}",
                        votes=votes,
                        registered=registered,
                    )
                )

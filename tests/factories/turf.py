"""Factories for turf and leases: cut and handed out through the services, as people do it."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import literal, select

from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.districts.models import Door
from volunteer_hub.turf import services
from volunteer_hub.turf.models import Cut, Turf, TurfDoor
from volunteer_hub.turf.plan import CutParams, CutPlan, PlannedTurf, plan_cut


class TurfFactory:
    """make.turf, make.cut, make.lease, make.visits."""

    def turf(self, doors=8, *, precinct=None) -> Turf:
        """One turf of `doors` new doors in a new precinct, or of the first doors of the given one."""
        precinct = precinct or self.precinct(self.district())
        known = db.session.query(Door).filter_by(precinct_id=precinct.id).order_by(Door.id).limit(doors).all()
        rows = known or self.doors(doors, precinct=precinct)
        with transaction():
            cut = services.ask_cut(precinct.campaign_id, precinct.id, minutes=60, by=None, now=clock.now())
            services.begin_cut(cut.id, now=clock.now())
            planned = PlannedTurf(
                tuple(row.id for row in rows), 3.0 * doors, 40.0 * doors, rows[0].latitude,
                rows[0].longitude, precinct.geometry,
            )  # fmt: skip
            services.save_cut(cut.id, CutPlan((planned,), {}), now=clock.now())
        return db.session.query(Turf).filter_by(cut_id=cut.id).one()

    def cut(self, *precincts, minutes=30, **asked) -> Cut:
        """Precincts cut together into turfs, by the steps of the job."""
        first = precincts[0]
        with transaction():
            row = services.ask_cut_of(
                first.campaign_id, [each.id for each in precincts], minutes=minutes, by=None,
                now=clock.now(), **asked,
            )  # fmt: skip
            cut, doors = services.begin_cut(row.id, now=clock.now())
            plan = plan_cut(doors, minutes=cut.minutes, params=CutParams.of(cut.params))
            services.save_cut(cut.id, plan, now=clock.now())
        return cut

    def turfs_of(self, cut) -> list[Turf]:
        """The standing turfs of a cut, by number."""
        db.session.rollback()
        query = db.select(Turf).where(Turf.cut_id == cut.id, Turf.state != "retired")
        return list(db.session.scalars(query.order_by(Turf.precinct_id, Turf.number)))

    def lease(self, turf=None, person=None, *, hours_ago=2.0, hours_left=2.0, **fields) -> services.HandedOut:
        """A turf in somebody's hands since `hours_ago`, for another `hours_left`."""
        turf = turf or self.turf()
        person = person or self.person(campaign=None)
        now = clock.now()
        with transaction():
            return services.hand_out(
                turf.campaign_id,
                turf.id,
                person.id,
                by=None,
                now=now - timedelta(hours=hours_ago),
                until=now + timedelta(hours=hours_left),
                **fields,
            )

    def doors_of(self, turf) -> list[int]:
        """The ids of a turf's doors in walking order."""
        query = db.select(TurfDoor.door_id).where(TurfDoor.turf_id == turf.id).order_by(TurfDoor.position)
        return list(db.session.scalars(query))

    def visits(self, turf_id: int, door_ids, result: str = "not_home") -> None:
        """A result at each of these doors just now. Inside a transaction of whoever calls."""
        said = select(literal(result).label("result"), literal(clock.now()).label("at"))
        services.keep_visits([(turf_id, door) for door in door_ids], lambda _turf, _door: said)

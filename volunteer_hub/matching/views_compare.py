"""The page that lays two plans of an area side by side."""

from __future__ import annotations

from typing import Any

from flask.typing import ResponseReturnValue

from volunteer_hub.core import access
from volunteer_hub.core.access import Role
from volunteer_hub.core.refusals import NotFound
from volunteer_hub.matching import comparing, pages
from volunteer_hub.matching.blueprint import bp
from volunteer_hub.matching.models import Run


@bp.get("/matching/runs/<int:run_id>/compare")
@access.needs(Role.ORGANIZER)
def compare(run_id: int) -> ResponseReturnValue:
    """Two plans: figures, maps, what each shift gets and costs, who goes elsewhere."""
    campaign = pages.campaign()
    run, area = pages.run_and_area(run_id)
    others = comparing.choices(run)
    other = _other(others)
    about: dict[str, Any] = {"run": run, "area": area, "others": others}
    if other is None:
        return pages.page("matching/compare.html", before=None, after=None, **about)
    before, after = sorted((run, other), key=lambda each: each.id)
    part = "people" if pages.argument("part") == "people" else "shifts"
    number = pages.page_number()
    people_page, shifts_page = (number, 1) if part == "people" else (1, number)
    people = comparing.changed_people(after, before, pages.area_paths(), page=people_page)
    shift_ids = {shift for each in people.rows for shift in (each.then or []) + (each.now or [])}
    return pages.page(
        "matching/compare.html",
        **about,
        before=before,
        after=after,
        other=other,
        part=part,
        total=comparing.total(before, after),
        difference=comparing.difference(after, before),
        shifts=comparing.shifts(before, after, shifts_page),
        people=people,
        names=pages.shift_names(campaign, shift_ids),
    )


def _other(others: list[Run]) -> Run | None:
    """The plan named in the address, else the newest but this one; raises NotFound for another area's."""
    wanted = pages.number_argument("with")
    if wanted is None:
        return others[0] if others else None
    found = next((each for each in others if each.id == wanted), None)
    if found is None:
        raise NotFound()
    return found

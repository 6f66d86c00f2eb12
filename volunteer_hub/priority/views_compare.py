"""The page that lays two snapshots of a contest side by side."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from volunteer_hub.core import access
from volunteer_hub.core.access import Role
from volunteer_hub.core.paging import Page
from volunteer_hub.core.refusals import Refusal
from volunteer_hub.priority import comparing, queries, scale, viewing, vocabulary, wording
from volunteer_hub.priority.blueprint import bp
from volunteer_hub.priority.comparing import Move
from volunteer_hub.priority.models import Contest, Snapshot

PER_PAGE = 25
MOST_OFFERED = 400  # snapshots in the two lists to choose from
SHOWN: dict[str, Callable[[Move], bool]] = {
    "": lambda _move: True,
    "moved": lambda move: move.has_moved,
    "rose": lambda move: move.has_moved and move.direction > 0,
    "fell": lambda move: move.has_moved and move.direction < 0,
    "sure": lambda move: move.has_moved and move.is_sure,
}
SORTS: dict[str, Callable[[Move], Any]] = {
    "size": lambda move: move.size,
    "name": lambda move: move.name.casefold(),
    "before": lambda move: move.before[0] if move.before else -math.inf,
    "now": lambda move: move.now[0] if move.now else -math.inf,
    "difference": lambda move: move.difference[0] if move.difference else -math.inf,
    "rank": lambda move: move.rank_now or math.inf,
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the table shall show, from the address."""

    search: str
    show: str
    sort: str
    direction: str
    page: int

    @classmethod
    def from_request(cls) -> Wanted:
        show, sort = request.args.get("show", ""), request.args.get("sort", "size")
        sort = sort if sort in SORTS else "size"
        direction = request.args.get("direction") or ("desc" if sort == "size" else "asc")
        return cls(
            search=request.args.get("q", "").strip()[:200],
            show=show if show in SHOWN else "",
            sort=sort,
            direction="desc" if direction == "desc" else "asc",
            page=request.args.get("page", 1, type=int),
        )


@bp.get("/priorities/compare")
@access.needs(Role.ORGANIZER)
def compare() -> ResponseReturnValue:
    """Two snapshots of a contest: two maps, and the districts that moved, with why."""
    before, now = viewing.named("before"), viewing.named("now")
    contest = viewing.contest_of(now or before)
    if contest is None:
        return redirect(url_for("priority.index"))
    if before and before.contest_id != contest.id:
        raise Refusal(_("These scores are of two contests. Choose both of the same one."))
    offered = queries.snapshots(contest.id, most=MOST_OFFERED)
    if len(offered) < 2:
        return render_template("priority/compare_none.html", contest=contest, has_one=bool(offered))
    if before is None or now is None or _instant(before) > _instant(now):
        return redirect(_in_order(before, now, offered))
    return render_template("priority/compare.html", **_page(contest, before, now, offered))


def _instant(snapshot: Snapshot) -> tuple[Any, int]:
    return snapshot.taken_at, snapshot.id


def _in_order(before: Snapshot | None, now: Snapshot | None, offered: list[Snapshot]) -> str:
    """The address with both ids, the older first; what nobody chose is the newest, and the day before it."""
    if before and now:
        before, now = now, before
    else:
        now = now or offered[0]
        before = before or comparing.yesterday(now, viewing.zone()) or _next_older(now, offered)
    rest: dict[str, Any] = {
        name: value for name, value in request.args.items() if name not in ("before", "now")
    }
    return url_for("priority.compare", before=before.id, now=now.id, **rest)


def _next_older(now: Snapshot, offered: list[Snapshot]) -> Snapshot:
    """The one before; for the oldest of all, itself."""
    return next((each for each in offered if _instant(each) < _instant(now)), now)


def _page(contest: Contest, before: Snapshot, now: Snapshot, offered: list[Snapshot]) -> dict[str, Any]:
    mine, wanted = viewing.mine(), Wanted.from_request()
    found = [move for move in comparing.compared(before, now) if move.district_id in mine]
    page = _rows(found, wanted, queries.codes(contest.campaign_id, contest.district_kind))
    same_unit = before.unit == now.unit
    return {
        "contest": contest,
        "before": before,
        "now": now,
        "offered": _with(offered, before, now),
        "page": page,
        "wanted": wanted,
        "moved": sum(move.has_moved for move in found),
        "of": len(found),
        "same_unit": same_unit,
        "reach": _reach(page.rows),
        "scale": scale.common(_values(found)) if same_unit else scale.STANDING,
        "causes": vocabulary.CAUSE_WORDS,
        "caused": queries.causes_between(before, now),
        "decided": wording.decided_between(before, now),
        "doors": [queries.doors_left(each.id, viewing.paths()) for each in (before, now)],
        "units": [vocabulary.UNIT_WORDS.get(each.unit, each.unit) for each in (before, now)],
        "why_moved": wording.why,
        "shapes_url": viewing.shapes_url(contest.district_kind),
    }


def _with(offered: list[Snapshot], *chosen: Snapshot) -> list[Snapshot]:
    """Those to choose from, and the chosen ones however old they are; newest first."""
    return sorted({each.id: each for each in (*offered, *chosen)}.values(), key=_instant, reverse=True)


def _rows(found: list[Move], wanted: Wanted, codes: dict[int, str]) -> Page[Move]:
    search = wanted.search.casefold()
    rows = [
        move
        for move in found
        if SHOWN[wanted.show](move)
        and (search in move.name.casefold() or search in codes.get(move.district_id, "").casefold())
    ]
    rows.sort(key=SORTS[wanted.sort], reverse=wanted.direction == "desc")
    last = max(1, -(-len(rows) // PER_PAGE))
    number = min(max(wanted.page, 1), last)
    return Page(rows[(number - 1) * PER_PAGE : number * PER_PAGE], number, PER_PAGE, len(rows))


def _reach(rows: list[Move]) -> float:
    """How far from nothing the intervals on this page go, so that their bars share a scale."""
    ends = [abs(end) for move in rows if move.difference for end in move.difference[1:]]
    return max(ends, default=1.0) or 1.0


def _values(found: list[Move]) -> list[float]:
    return [estimate[0] for move in found for estimate in (move.before, move.now) if estimate]

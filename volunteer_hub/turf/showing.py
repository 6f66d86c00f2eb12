"""A cut as the editing page shows it: plain data for its map, and the sentences about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

import numpy as np
import shapely
from flask import url_for
from flask_babel import format_decimal, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from geodata.streets import CLOSED, Costs
from volunteer_hub.districts.streets import streets_around
from volunteer_hub.turf import queries
from volunteer_hub.turf.models import Cut
from volunteer_hub.turf.services import Edited

LINE_DETAIL = 0.00001  # degrees, about a metre: what nobody sees on a map is left out
NEAR = 0.25  # of the minutes asked for
SAME_METRES = 0.01  # a door, by which two cuts are told apart
EDITS = {
    "move": _l("Undo: doors moved"),
    "merge": _l("Undo: turfs merged"),
    "split": _l("Undo: a turf split"),
    "lock": _l("Undo: turfs locked"),
    "unlock": _l("Undo: turfs unlocked"),
    "recut": _l("Undo: the rest cut again"),
}


def state_of(cut: Cut, last_edit: str | None) -> dict[str, Any]:
    """Turfs of the cut, turfs of others beside them, and all their doors."""
    own, others = queries.turfs_of_cut(cut.id), queries.turfs_beside(cut.id)
    turfs = [_turf(row, is_own=True) for row in own] + [_turf(row, is_own=False) for row in others]
    doors = _doors([row.id for row in [*own, *others]])
    return _about(cut, last_edit, own) | {"turfs": turfs, "doors": doors}


def answer_of(cut: Cut, edited: Edited, last_edit: str | None) -> dict[str, Any]:
    """What an edit changed: turfs that went, turfs as they are now with their doors, and a sentence."""
    own = queries.turfs_of_cut(cut.id)
    changed = [row for row in own if not edited.made or row.id in edited.made]
    return _about(cut, last_edit, own) | {
        "sentence": edited.sentence,
        "retired": list(edited.retired),
        "turfs": [_turf(row, is_own=True) for row in changed],
        "doors": _doors([row.id for row in changed]),
    }


def _about(cut: Cut, last_edit: str | None, own: Sequence[Any]) -> dict[str, Any]:
    undo = EDITS.get(last_edit or "")
    return {
        "lead": lead_of(own),
        "report": report_of(cut, own),
        "version": cut.version,
        "is_waiting": cut.state in ("queued", "running"),
        "undo": str(undo) if undo else "",
    }


def _turf(row: Any, *, is_own: bool) -> dict[str, Any]:
    shape = None if row.shape is None else shapely.from_wkb(row.shape)
    line = None if row.line is None else shapely.from_wkb(row.line)
    label = None if shape is None else shape.representative_point()
    return {
        "id": row.id,
        "name": row.name,
        "number": row.number,
        "state": row.state,
        "locked": row.is_locked,
        "own": is_own,
        "free": is_own and row.state == "open" and not row.is_locked,
        "colour": row.colour,
        "doors": row.doors,
        "left": row.doors - row.doors_done,
        "minutes": round(row.minutes),
        "metres": round(row.metres),
        "holder": row.holder or "",
        "url": url_for("turf.turf", turf_id=row.id),
        "start": [round(row.start_longitude, 6), round(row.start_latitude, 6)],
        "label": None if label is None else [label.x, label.y],
        "shape": _geometry(shape),
        "line": _geometry(line),
    }


def _geometry(shape: Any) -> dict[str, Any] | None:
    if shape is None or shape.is_empty:
        return None
    return dict(shapely.geometry.mapping(shapely.set_precision(shape, 1e-6, mode="pointwise")))


def _doors(turf_ids: Sequence[int]) -> list[list[Any]]:
    """[id, turf, position, longitude, latitude, building, address, visited] of each door."""
    buildings: dict[str, int] = {}
    return [
        [
            row.id, row.turf_id, row.position, round(row.longitude, 6), round(row.latitude, 6),
            buildings.setdefault(row.building_key, row.id),
            f"{row.number} {row.street}" + (f", {row.unit}" if row.unit else ""),
            int(row.result is not None),
        ]
        for row in queries.doors_of_turfs(turf_ids)
    ]  # fmt: skip


def streets_of(campaign_id: int, shapes: Sequence[bytes]) -> dict[str, Any]:
    """What is drawn beneath turfs of these outlines: a feature for each kind of line that is there."""
    places = shapely.get_coordinates(shapely.from_wkb(list(shapes)))
    found = streets_around(campaign_id, places) if len(places) else None
    if found is None:
        return {"type": "FeatureCollection", "features": []}
    walked = found.kind != CLOSED
    is_road = walked & ~Costs().quiet()[np.where(walked, found.kind, 0)]
    lines = {
        "street": found.lines[walked & ~is_road],
        "road": found.lines[is_road],
        "barrier": np.concatenate([found.barriers, found.lines[~walked]]),
    }
    features = [_lines(kind, drawn) for kind, drawn in lines.items() if len(drawn)]
    return {"type": "FeatureCollection", "features": features}


def _lines(kind: str, lines: Any) -> dict[str, Any]:
    drawn = shapely.simplify(shapely.multilinestrings(shapely.get_parts(lines)), LINE_DETAIL)
    shape = shapely.geometry.mapping(shapely.set_precision(drawn, 1e-6, mode="pointwise"))
    return {"type": "Feature", "geometry": dict(shape), "properties": {"kind": kind}}


def progress_of(cut: Cut) -> dict[str, Any]:
    """How far a cut is, as live_progress wants it."""
    is_over = cut.state not in ("queued", "running")
    return {
        "done": 2 if is_over else int(cut.state == "running"),
        "total": 2,
        "label": _("Waiting for a free worker") if cut.state == "queued" else _("Finding routes and cutting"),
        "seconds_left": None,
        "finished": is_over,
        "failed": cut.state == "failed",
        "message": cut.message,
    }


def title_of(precincts: Sequence[Any], cut: Cut) -> str:
    """What a cut is called: its precincts, or the area drawn in them."""
    names = [row.name if row.name != row.code else row.code for row in precincts]
    listed = ", ".join(names[:2])
    if len(names) > 2:
        listed = _("%(some)s and %(more)s more", some=names[0], more=len(names) - 1)
    return _("Area drawn in %(names)s", names=listed) if cut.area is not None else listed


def lead_of(turfs: Sequence[Any]) -> str:
    """How the turfs of a cut are at present, in a sentence; nothing while there are none."""
    if not turfs:
        return ""
    doors = sum(turf.doors for turf in turfs)
    return ngettext(
        "%(doors)s in %(turfs)s turf of %(minutes)s minutes, with %(metres)s m of walking a door.",
        "%(doors)s in %(turfs)s turfs, half of them of %(minutes)s minutes or more, with %(metres)s m of "
        "walking a door.",
        len(turfs),
        doors=ngettext("%(count)s door", "%(count)s doors", doors, count=format_decimal(doors)),
        turfs=format_decimal(len(turfs)),
        minutes=_number(median(turf.minutes for turf in turfs), 0),
        metres=_number(_metres_per_door(turfs), 1),
    )


def report_of(cut: Cut, turfs: Sequence[Any]) -> list[tuple[str, str]]:
    """What is known of the quality of a cut as it is at present, as terms and descriptions."""
    report = cut.report
    if not report.get("turfs") or not turfs:
        return []
    near = sum(abs(turf.minutes / cut.minutes - 1) <= NEAR for turf in turfs) / len(turfs)
    rows = [
        (_("Minutes asked for"), _("%(minutes)s a turf", minutes=_number(cut.minutes, 0))),
        (_("Distances"), _("Along streets") if report.get("method") == "streets" else _("Straight lines")),
        (_("Walking"), _("%(metres)s m a door", metres=_number(_metres_per_door(turfs), 1))),
        (
            _("Within a quarter of the minutes asked for"),
            _("%(percent)s %% of turfs", percent=_number(100 * near, 0)),
        ),
    ]
    if report.get("gap") is not None and _is_as_cut(report, turfs):
        rows.append(
            (
                _("At most this much above the shortest possible"),
                _("%(percent)s %%", percent=_number(100 * report["gap"], 0)),
            )
        )
    return [(str(term), str(words)) for term, words in rows]


def _metres_per_door(turfs: Sequence[Any]) -> float:
    return float(sum(turf.metres for turf in turfs) / max(1, sum(turf.doors for turf in turfs)))


def _is_as_cut(report: Mapping[str, Any], turfs: Sequence[Any]) -> bool:
    """Did nobody change it since? What was proved of the cut says nothing of other turfs."""
    walked = abs(_metres_per_door(turfs) - report.get("metres_per_door", 0.0))
    return len(turfs) == report.get("turfs") and walked < SAME_METRES


def _number(value: float | None, decimals: int) -> str:
    return "–" if value is None else str(format_decimal(round(value, decimals)))


def words() -> dict[str, str]:
    """What the page's script says."""
    return {
        "picked": _("{n} doors chosen"),
        "one_picked": _("1 door chosen"),
        "open": _("Open"),
        "leased": _("Out"),
        "done": _("Visited"),
        "locked": _("Locked"),
        "to": _("Turf {name}"),
        "new": _("A new turf"),
        "choose": _("Choose a turf"),
        "unreachable": _("No answer from the server. Nothing was changed; try again."),
        "reload": _("Reload"),
        "order": _("Doors of turf {name} in walking order"),
        "choose_turf": _("Choose turf %(name)s", name="{name}"),
        "page": _("Its page and history"),
        "print": _("Print the walk list"),
    }

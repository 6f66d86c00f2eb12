"""What the style page shows: a small made-up town, people who do not exist, one form right and one wrong."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    DateField,
    EmailField,
    FileField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TelField,
    TextAreaField,
    TimeField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Email, InputRequired
from wtforms.widgets import CheckboxInput, ListWidget

from volunteer_hub.core import clock
from volunteer_hub.core.assets import STATIC

SIDE = 5
WEST, SOUTH, STEP = -76.45, 36.98, 0.02
VOTES = (
    2.4,
    1.1,
    0.4,
    0.9,
    1.6,
    3.1,
    2.2,
    0.7,
    1.3,
    0.2,
    2.8,
    1.9,
    1.0,
    0.6,
    1.5,
    0.3,
    2.0,
    2.6,
    1.2,
    0.8,
    1.7,
    0.5,
    3.4,
)


class SampleForm(FlaskForm):
    """One field of each kind."""

    name = StringField(
        "Your name", [InputRequired("Write your name.")], description="As your team calls you."
    )
    email = EmailField(
        "Email", [InputRequired("Write your email address."), Email("This is not an email address yet.")]
    )
    phone = TelField("Mobile phone", description="For a text two hours before your shift.")
    task = RadioField(
        "What would you like to do?",
        choices=[SelectChoice("canvass", "Knock on doors"), SelectChoice("phone", "Make calls")],
    )
    languages = SelectMultipleField(
        "Languages",
        choices=[
            SelectChoice("en", "English"),
            SelectChoice("es", "Spanish"),
            SelectChoice("vi", "Vietnamese"),
        ],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    area = SelectField("Area", choices=[SelectChoice("1", "Harbor East"), SelectChoice("2", "Harbor West")])
    on = DateField("Day")
    at = TimeField("From")
    list_file = FileField("List of doors", description="CSV, GeoPackage or zipped Shapefile, up to 200 MB.")
    note = TextAreaField("Anything we should know?")
    texts = BooleanField("Send me texts about my shifts", [InputRequired("Tick the box to go on.")])


def sample_context(*, areas_url: str, points_url: str, lines_url: str) -> dict[str, Any]:
    """All that templates/style/index.html needs; the addresses answer with the three functions below."""
    wrong = SampleForm(formdata=MultiDict({"wrong-email": "dana@"}), prefix="wrong", meta={"csrf": False})
    wrong.validate()
    morning = clock.now().replace(hour=14, minute=0, second=0, microsecond=0) + timedelta(days=3)
    return {
        "form": SampleForm(formdata=None),
        "wrong_form": wrong,
        "starts": morning,
        "ends": morning + timedelta(hours=3),
        "earlier": clock.now() - timedelta(minutes=12),
        "icon_names": icon_names(),
        "rows": [feature["properties"] for feature in sample_areas()["features"]][:8],
        "people": _people(),
        "map_url": areas_url,
        "points_url": points_url,
        "lines_url": lines_url,
    }


def icon_names() -> list[str]:
    """The names in the sprite."""
    return re.findall(r'id="([\w-]+)"', (STATIC / "icons" / "icons.svg").read_text(encoding="utf-8"))


def sample_areas() -> dict[str, Any]:
    """A square town of made-up precincts; the last two have no figure yet."""
    features = []
    for n in range(SIDE * SIDE):
        properties = {
            "id": n + 1,
            "name": f"Harbor {n + 1}",
            "votes_per_hour": VOTES[n] if n < len(VOTES) else None,
            "doors": 120 + 37 * n,
        }
        ring = _ring(n % SIDE, n // SIDE)
        features.append(_feature({"type": "Polygon", "coordinates": [ring]}, properties))
    return {"type": "FeatureCollection", "features": features}


def sample_points() -> dict[str, Any]:
    """Two staging locations."""
    places = [(1.6, 1.4, "Library", "brand"), (3.4, 3.2, "Union hall", "warning")]
    features = [
        _feature({"type": "Point", "coordinates": _place(x, y)}, {"label": label, "kind": kind})
        for x, y, label, kind in places
    ]
    return {"type": "FeatureCollection", "features": features}


def sample_lines() -> dict[str, Any]:
    """A walk."""
    corners = [(1.6, 1.4), (2.2, 1.4), (2.2, 2.5), (3.4, 2.5), (3.4, 3.2)]
    line = {"type": "LineString", "coordinates": [_place(x, y) for x, y in corners]}
    return {"type": "FeatureCollection", "features": [_feature(line, {"name": "Walk"})]}


def _ring(column: int, row: int) -> list[list[float]]:
    corners = [(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)]
    return [_place(column + x, row + y) for x, y in corners]


def _place(x: float, y: float) -> list[float]:
    """Grid to degrees; the grid leans a little, as real ones do."""
    return [round(WEST + STEP * (x + 0.18 * y), 6), round(SOUTH + STEP * 0.8 * (y - 0.12 * x), 6)]


def _feature(geometry: dict[str, Any], properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def _people() -> list[dict[str, Any]]:
    rows = [
        ("Ana Reyes", "Harbor East", 4, "accepted", "ok"),
        ("Dana Whitfield", "Harbor West", 12, "offered", "info"),
        ("Luis Ortega", "Harbor East", 1, "declined", "neutral"),
        ("Mei Tran Le", "Old Town", 7, "no show", "warning"),
    ]
    return [dict(zip(("name", "area", "shifts", "state", "kind"), row, strict=True)) for row in rows]

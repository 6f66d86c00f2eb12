"""A walk sheet as PDF: doors in walking order, a code for each, a code of the sheet to scan, boxes to tick.

Made by ReportLab (BSD), without a network. Its letters are DejaVu Sans, which comes with matplotlib: Latin
with all accents, Greek and Cyrillic, embedded in the file.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import segno
from flask_babel import gettext as _
from flask_babel import ngettext
from reportlab.lib.pagesizes import letter
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from volunteer_hub.canvass.fast_lines import RESULT_LETTERS
from volunteer_hub.canvass.vocabulary import RESULTS
from volunteer_hub.turf.drawing import Drawing, Stretch
from volunteer_hub.turf.queries import WalkDoor

WIDTH, HEIGHT = letter
EDGE = 40.0
ROW = 36.0
STREET = 22.0
HEAD = 118.0
QR = 92.0
MAP = (195, 104)
PLAIN, BOLD = "WalkSheet", "WalkSheet-Bold"


@dataclass(frozen=True, slots=True)
class SheetText:
    """What a sheet says besides its doors. link: where its results are typed in."""

    turf_name: str
    number: int
    minutes: int
    walker: str
    shift: str
    printed: str
    link: str


def sheet_pdf(
    text: SheetText, streets: Sequence[Stretch[WalkDoor]], codes: Sequence[str], drawing: Drawing
) -> bytes:
    """The file. codes: one for each door of the streets, in their order."""
    _fonts()
    file = BytesIO()
    canvas = Canvas(file, pagesize=letter, pageCompression=1)
    canvas.setTitle(_("Walk list %(name)s", name=text.turf_name))
    canvas.setAuthor("Volunteer Hub")
    pages = list(_pages(streets, codes))
    for number, rows in enumerate(pages, start=1):
        top = _head(canvas, text, drawing, sum(len(each.doors) for each in streets), first=number == 1)
        for row in rows:
            top = _street(canvas, row, top) if isinstance(row, Stretch) else _door(canvas, *row, top)
        _foot(canvas, text, number, len(pages))
        canvas.showPage()
    canvas.save()
    return file.getvalue()


Row = Stretch[WalkDoor] | tuple[WalkDoor, str]


def _pages(streets: Sequence[Stretch[WalkDoor]], codes: Sequence[str]) -> Iterator[list[Row]]:
    """The rows of each page; a street's name is never the last line of one."""
    rows: list[Row] = []
    left, code = _room(first=True), iter(codes)
    for street in streets:
        for at, door in enumerate(street.doors):
            height = ROW + (STREET if at == 0 or not rows else 0)
            if height > left:
                yield rows
                rows, left = [], _room(first=False)
                height = ROW + STREET
            if at == 0 or not rows:
                rows.append(street)
            rows.append((door, next(code)))
            left -= height
    yield rows


def _room(*, first: bool) -> float:
    return HEIGHT - 2 * EDGE - 36 - (HEAD if first else 26)


def _head(canvas: Canvas, text: SheetText, drawing: Drawing, doors: int, *, first: bool) -> float:
    """The top of a page; where its rows begin."""
    top = HEIGHT - EDGE
    if not first:
        canvas.setFont(BOLD, 11)
        canvas.drawString(EDGE, top - 10, _("Turf %(name)s", name=text.turf_name))
        return top - 26
    canvas.setFont(BOLD, 20)
    canvas.drawString(EDGE, top - 18, _("Turf %(name)s", name=text.turf_name))
    canvas.setFont(PLAIN, 9)
    count = ngettext("%(num)d door", "%(num)d doors", doors)
    lines = [
        _("%(doors)s, about %(minutes)s minutes", doors=count, minutes=text.minutes),
        _("Walked by: %(name)s", name=text.walker or "_" * 22),
        text.shift,
        _("Sheet %(number)s, printed %(time)s", number=text.number, time=text.printed),
    ]
    for at, line in enumerate(filter(None, lines)):
        canvas.drawString(EDGE, top - 36 - 13 * at, _fitting(line, PLAIN, 9, 232))
    _map(canvas, drawing, EDGE + 240, top)
    _qr(canvas, text.link, WIDTH - EDGE - QR, top - QR)
    canvas.setFont(PLAIN, 7)
    canvas.drawRightString(WIDTH - EDGE, top - QR - 8, _("Scan to type this sheet in"))
    return top - HEAD


def _map(canvas: Canvas, drawing: Drawing, left: float, top: float) -> None:
    """The doors joined in walking order, with the start: enough to see which way to go."""
    if not drawing.places:
        return
    scale = min(MAP[0] / drawing.width, MAP[1] / drawing.height)
    points = [(left + x * scale, top - y * scale) for x, y in drawing.places]
    canvas.setStrokeGray(0.55)
    canvas.setLineWidth(0.8)
    for (x1, y1), (x2, y2) in pairwise(points):
        canvas.line(x1, y1, x2, y2)
    canvas.setFillGray(0.2)
    for x, y in points:
        canvas.circle(x, y, 1.4, stroke=0, fill=1)
    x, y = points[0]
    canvas.setFillGray(0)
    canvas.setFont(BOLD, 7)
    canvas.circle(x, y, 3, stroke=0, fill=1)
    canvas.drawString(x + 5, y - 2, _("Start"))


def _qr(canvas: Canvas, link: str, left: float, bottom: float) -> None:
    rows = list(segno.make(link, error="m", micro=False).matrix_iter(border=2))
    size = QR / len(rows)
    canvas.setFillGray(0)
    for down, row in enumerate(rows):
        for across, is_dark in enumerate(row):
            if is_dark:
                y = bottom + QR - (down + 1) * size
                canvas.rect(left + across * size, y, size, size, stroke=0, fill=1)


def _street(canvas: Canvas, street: Stretch[WalkDoor], top: float) -> float:
    canvas.setFont(BOLD, 11)
    canvas.setFillGray(0)
    canvas.drawString(EDGE, top - 15, _fitting(street.street, BOLD, 11, WIDTH - 2 * EDGE - 150))
    if street.next:
        canvas.setFont(PLAIN, 8)
        then = _("then %(street)s", street=street.next)
        canvas.drawRightString(WIDTH - EDGE, top - 15, _fitting(then, PLAIN, 8, 145))
    return top - STREET


def _door(canvas: Canvas, door: WalkDoor, code: str, top: float) -> float:
    """Code, address, a letter for each result to ring, support, room for a note."""
    canvas.setStrokeGray(0.7)
    canvas.setLineWidth(0.5)
    canvas.line(EDGE, top, WIDTH - EDGE, top)
    canvas.setFont(BOLD, 13)
    canvas.drawString(EDGE, top - 16, code)
    canvas.setFont(BOLD, 10)
    address = f"{door.position}. {door.address}"
    canvas.drawString(EDGE + 52, top - 14, _fitting(address, BOLD, 10, 210))
    if door.is_do_not_walk:
        canvas.drawString(EDGE + 270, top - 14, _("Do not come again"))
        return top - ROW
    canvas.setFont(PLAIN, 10)
    for at, each in enumerate([*RESULT_LETTERS, "", "1", "2", "3", "4", "5"]):
        if each:
            canvas.drawCentredString(EDGE + 280 + 17 * at, top - 14, each)
    canvas.setFont(PLAIN, 7)
    canvas.drawString(EDGE + 52, top - 29, _("Note"))
    canvas.line(EDGE + 76, top - 30, WIDTH - EDGE, top - 30)
    return top - ROW


def _foot(canvas: Canvas, text: SheetText, number: int, pages: int) -> None:
    canvas.setFont(PLAIN, 7)
    canvas.setFillGray(0)
    said = [f"{key} {RESULTS[result].label}" for key, result in RESULT_LETTERS.items()]
    for up, part in ((17, said[:5]), (8, said[5:])):
        canvas.drawString(EDGE, EDGE + up, _fitting("    ".join(part), PLAIN, 7, WIDTH - 2 * EDGE))
    back = _("Ring one letter a door. After a talk ring support, 1 strongly for us to 5 strongly against.")
    back += " " + _("Hand this sheet back.")
    canvas.drawString(EDGE, EDGE - 3, _fitting(back, PLAIN, 7, WIDTH - 2 * EDGE - 90))
    place = _("%(turf)s, page %(page)s of %(pages)s", turf=text.turf_name, page=number, pages=pages)
    canvas.drawRightString(WIDTH - EDGE, EDGE - 3, place)


def _fitting(text: str, font: str, size: float, width: float) -> str:
    """The text, cut where it is too wide."""
    if pdfmetrics.stringWidth(text, font, size) <= width:
        return text
    while text and pdfmetrics.stringWidth(f"{text}…", font, size) > width:
        text = text[:-1]
    return f"{text}…"


@cache
def _fonts() -> None:
    """Make the two fonts known, once a process."""
    spec = importlib.util.find_spec("matplotlib")
    assert spec is not None
    assert spec.origin is not None
    folder = Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf"
    pdfmetrics.registerFont(TTFont(PLAIN, str(folder / "DejaVuSans.ttf")))
    pdfmetrics.registerFont(TTFont(BOLD, str(folder / "DejaVuSans-Bold.ttf")))

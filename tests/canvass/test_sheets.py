"""Printed walk sheets: codes of doors, the PDF, and typing the codes back in."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.canvass.counting import assert_recount_agrees, progress, stored
from volunteer_hub.canvass.door_codes import LETTERS, SheetCodes
from volunteer_hub.canvass.models import DoorReport
from volunteer_hub.canvass.models_sheets import PaperSheet
from volunteer_hub.core import clock
from volunteer_hub.core.audit import AuditEntry
from volunteer_hub.core.db import db

keys = st.text("abcdefgh0123", min_size=4, max_size=16)
sheets = st.builds(SheetCodes, keys, st.integers(1, 900))


@given(sheets)
def test_every_door_of_a_sheet_has_a_code_of_its_own_and_is_found_by_it(sheet):
    codes = [sheet.code(place) for place in range(sheet.count)]
    assert len(set(codes)) == sheet.count
    assert [sheet.place(code) for code in codes] == list(range(sheet.count))
    assert [sheet.place(code.lower()) for code in codes[:20]] == list(range(min(sheet.count, 20)))


@given(sheets, st.data())
def test_one_wrong_letter_or_two_swapped_is_never_another_door(sheet, data):
    code = sheet.code(data.draw(st.integers(0, sheet.count - 1)))
    at = data.draw(st.integers(0, len(code) - 1))
    other = data.draw(st.sampled_from([each for each in LETTERS if each != code[at]]))
    assert sheet.place(code[:at] + other + code[at + 1 :]) is None
    for first in range(len(code) - 1):
        swapped = code[:first] + code[first + 1] + code[first] + code[first + 2 :]
        assert swapped == code or sheet.place(swapped) is None


@given(st.text(max_size=6), sheets)
def test_anything_else_is_no_code(text, sheet):
    place = sheet.place(text)
    assert place is None or sheet.code(place) == text.upper()


@given(st.lists(keys, min_size=2, max_size=2, unique=True))
def test_codes_of_one_sheet_tell_nothing_of_another(pair):
    one, other = (SheetCodes(key, 60) for key in pair)
    same = sum(one.code(place) == other.code(place) for place in range(60))
    assert same < 10


@pytest.fixture
def shift(make):
    return make.shift(starts_at=clock.now() - timedelta(hours=4), capacity=50)


@pytest.fixture
def lead(client, make, shift):
    client.person = make.person(role="field_lead", name="Lena Lead")
    return client.sign_in(client.person)


@pytest.fixture
def sheet(lead, make, walk):
    """A printed sheet of the turf; `sheet.codes` are its doors' codes in walking order."""
    lead.post(f"/turf/{walk.id}/sheet.pdf", status=200)
    row = db.session.scalar(db.select(PaperSheet))
    row.door_ids = make.doors_of(walk)
    codes = SheetCodes(row.code_key, len(row.doors))
    row.codes = [codes.code(place) for place in range(len(row.doors))]
    row.path = f"/turf/sheets/{row.id}"
    return row


def typed(lead, sheet, lines, status=302, **more):
    page = lead.get(sheet.path).text
    form = re.search(r'name="form" value="([^"]+)"', page)[1]
    shift = re.search(r'<option value="(\d+)" selected', page)
    data = {"form": form, "shift": shift[1] if shift else "other", "lines": "\n".join(lines)} | more
    return data, lead.post(sheet.path, data, status=status)


def reports() -> dict[int, DoorReport]:
    db.session.expire_all()
    rows = db.session.scalars(
        db.select(DoorReport).where(DoorReport.undone_at.is_(None), DoorReport.result.is_not(None))
    )
    return {row.door_id: row for row in rows}


def test_the_pdf_holds_every_door_in_walking_order_with_its_code(lead, make, walk):
    answer = lead.post(f"/turf/{walk.id}/sheet.pdf", status=200)
    assert answer.mimetype == "application/pdf"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.data.startswith(b"%PDF-1.")
    assert b"DejaVuSans" in answer.data, "the font is embedded"
    row = db.session.scalar(db.select(PaperSheet))
    assert row.doors == make.doors_of(walk)
    assert [
        each.details["doors"]
        for each in db.session.scalars(db.select(AuditEntry))
        if each.action == "print.walk_list"
    ] == [8]


def test_a_long_list_goes_over_several_pages_and_spanish_letters_are_drawn(client, make):
    from volunteer_hub.districts.models import Door

    turf = make.turf(55)
    from volunteer_hub.core.db import transaction

    with transaction():
        for row in db.session.query(Door):
            row.street = "Calle Peñón de los Ángeles"
    client.sign_in(make.person(role="field_lead", language="es"))
    file = client.post(f"/turf/{turf.id}/sheet.pdf", status=200).data
    assert len(re.findall(rb"/Type /Page\b", file)) == 4
    assert len(file) < 250_000


def test_codes_and_letters_are_stored_as_reports_from_paper_once(lead, make, walk, sheet, shift):
    first, second, third, fourth = sheet.codes[:4]
    lines = [f"{first} N", f"{second.lower()} t2 wants a sign", f"{third}m", f"{fourth} 5"]
    data, _answer = typed(lead, sheet, lines)
    lead.post(sheet.path, data)
    assert stored() == 4
    found = [reports()[door] for door in sheet.door_ids[:4]]
    assert [each.result for each in found] == ["not_home", "canvassed", "moved", "canvassed"]
    assert [(each.support, each.note) for each in found[1:]] == [(2, "wants a sign"), (None, ""), (5, "")]
    assert {(each.source, each.entered_by, each.at) for each in found} == {
        ("paper", lead.person.id, shift.starts_at)
    }
    assert progress()["attempts"] == 4
    assert_recount_agrees(walk.campaign_id)


def test_an_unknown_code_gets_a_sentence_and_loses_no_other_line(lead, walk, sheet):
    good, bad = sheet.codes[0], sheet.codes[1]
    wrong = ("A" if bad[0] != "A" else "C") + bad[1:]
    lines = [f"{good} N", f"{wrong} N", f"{bad}", f"{sheet.codes[2]} Q", f"{sheet.codes[3]} N4"]
    _data, answer = typed(lead, sheet, lines, status=422)
    assert stored() == 1
    page = answer.text
    assert "4 lines are not saved yet" in page
    assert f"“{wrong}” is no code of this sheet" in page
    assert "Say what happened there" in page
    assert "is no result. Write one of N, T" in page
    assert "Support belongs to a talk" in page
    box = re.search(r"<textarea[^>]*>(.*?)</textarea>", page, re.S)[1]
    assert box.strip().splitlines() == lines[1:]


def test_what_was_typed_can_be_taken_back(lead, walk, sheet):
    typed(lead, sheet, [f"{sheet.codes[0]} R"])
    report_id = re.search(r'name="undoes" value="([^"]+)"', lead.get(sheet.path).text)[1]
    for _ in range(2):
        lead.post(f"{sheet.path}/undo", {"undoes": report_id})
    assert reports() == {}
    assert_recount_agrees(walk.campaign_id)
    lead.post(f"{sheet.path}/undo", {"undoes": "nonsense"}, status=422)


def test_a_sheet_is_understood_after_its_turf_gave_doors_back(lead, make, walk, sheet):
    from volunteer_hub.core.db import transaction
    from volunteer_hub.turf import services

    handed = make.lease(walk)
    with transaction():
        services.give_back(walk.campaign_id, handed.lease_id, sheet.door_ids[5:], now=clock.now())
    typed(lead, sheet, [f"{sheet.codes[7]} N"])
    assert list(reports()) == [sheet.door_ids[7]]


def test_another_time_must_be_one_and_nothing_is_lost_meanwhile(lead, walk, sheet):
    lines = [f"{sheet.codes[0]} N"]
    _data, answer = typed(lead, sheet, lines, status=422, shift="other", at="yesterday")
    assert "Choose the shift, or another time" in answer.text
    assert lines[0] in answer.text
    assert stored() == 0


def test_a_sheet_of_another_area_is_not_there(client, make, lead, sheet):
    stranger = make.person(role="field_lead", area=make.area())
    path = sheet.path
    client.sign_in(stranger)
    client.get(path, status=404)
    client.post(path, {"lines": "AAA N", "form": str(uuid.uuid4())}, status=404)


def test_the_code_of_the_sheet_leads_to_its_page(lead, walk, sheet):
    page = lead.get(sheet.path).text
    assert f"Type sheet {sheet.id} of turf {walk.name}" in page
    assert sheet.codes[0] in page
    assert "autofocus" in page

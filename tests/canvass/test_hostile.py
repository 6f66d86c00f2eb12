"""Hostile input to POST /canvass/reports: every piece has a clear answer and stores nothing it should not."""

from __future__ import annotations

import json

import pytest

from tests.canvass.counting import stored
from volunteer_hub.canvass.models import DoorReport
from volunteer_hub.core.db import db

DEEP = "[" * 100_000 + "]" * 100_000


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("", 422), ("null", 422), ("[]", 422), ("{}", 422), ('{"reports": 5}', 422), ('{"reports": {}}', 422),
        ("{'reports': []}", 422), ("\ufeff{}", 422), (f'{{"reports": {DEEP}}}', 422), ("\x00", 422),
        ('{"reports": []}', 200),
        (json.dumps({"reports": [{}] * 201}), 422),
        ('{"reports": ["' + "x" * 1_100_000 + '"]}', 413),
    ],
)  # fmt: skip
def test_a_body_that_is_no_batch_is_refused_whole(phone, body, status):
    headers = {"Authorization": f"Bearer {phone.token}", "Content-Type": "application/json"}
    answer = phone.http.post("/canvass/reports", data=body.encode("utf-8", "surrogatepass"), headers=headers)
    assert answer.status_code == status, answer.text
    assert "receipts" in answer.json or answer.json["error"]
    assert stored() == 0


@pytest.mark.parametrize(
    "change",
    [
        {"id": 5}, {"id": "x" * 10_000}, {"id": None}, {"door": "1 OR 1=1"}, {"door": -1}, {"door": 10**30},
        {"door": True}, {"door": "٣"}, {"turf": []}, {"at": 1e308}, {"at": "0001-01-01T00:00:00+14:00"},
        {"at": "2026-10-03T14:05:00"}, {"at": "9999-12-31T23:59:59-14:00"}, {"result": {"$gt": ""}},
        {"result": None}, {"answers": "=cmd"}, {"answers": {"a": {"b": 1}}}, {"answers": {"support": 6}},
        {"answers": {"support": True}}, {"answers": {"a": "x" * 1001}}, {"answers": {"k" * 61: 1}},
        {"answers": {str(n): 1 for n in range(31)}}, {"answers": {"a": 10**400}}, {"note": "x" * 2001},
        {"note": ["x"]}, {"undoes": "me"}, {"answers": {"a": float("nan")}}, {"answers": {"a": float("inf")}},
    ],
)  # fmt: skip
def test_a_report_with_a_senseless_field_is_refused_and_the_next_one_stored(phone, change):
    bad, good = phone.report(phone.doors[0]) | change, phone.report(phone.doors[1])
    bad_receipt, good_receipt = phone.send(bad, good)
    assert (bad_receipt["status"], good_receipt["status"]) == ("refused", "stored"), bad_receipt
    assert bad_receipt["reason"]
    assert len(bad_receipt["id"]) <= 100


@pytest.mark.parametrize("report", [None, 5, "x", [], [[]]])
def test_what_is_no_report_is_refused_in_its_place(phone, report):
    assert phone.statuses(report, phone.report(phone.doors[0])) == ["refused", "stored"]


def test_text_that_a_database_cannot_hold_is_cleaned_and_script_stays_text(phone):
    phone.send(
        phone.report(
            phone.doors[0],
            "canvassed",
            note="a\x00b\ud800c <script>alert(1)</script>",
            answers={"best\x00time": "\x00=cmd|' /C calc'!A0\udfff"},
        )
    )
    row = db.session.query(DoorReport).one()
    assert row.note == "abc <script>alert(1)</script>"
    assert row.answers == {"besttime": "=cmd|' /C calc'!A0"}


def test_an_undo_of_itself_and_of_what_was_never_made_harms_nothing(phone):
    report = phone.report(phone.doors[0])
    report["undoes"] = report["id"]
    lost = phone.report(phone.doors[1], None, undoes="00000000-0000-4000-8000-000000000000")
    assert phone.statuses(report, lost) == ["stored", "stored"]

"""The script: versions, the editor's form, files, and what the phone shows."""

from __future__ import annotations

import io
import json
from datetime import timedelta

import pytest

from tests.canvass.phone import Phone
from volunteer_hub.canvass import services
from volunteer_hub.canvass.models import Script
from volunteer_hub.canvass.scripts.checking import read
from volunteer_hub.canvass.scripts.content import as_document
from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction

DOCUMENT = {
    "format": "volunteer-hub-script",
    "version": 1,
    "name": "Spring",
    "languages": ["en", "es"],
    "opening": {"en": "Hello <b>neighbour</b>", "es": "Hola"},
    "closing": "Bye",
    "questions": [
        {"kind": "support", "wording": {"en": "How do you feel?", "es": "¿Qué piensa?"}, "required": True},
        {
            "key": "sign",
            "kind": "yes_no",
            "wording": "A yard sign?",
            "condition": {"question": "support", "test": "at_most", "value": 2},
        },
        {
            "key": "issues",
            "kind": "multiple",
            "wording": "Issues?",
            "required": True,
            "options": ["Schools", "Roads", "Rent"],
        },
        {"key": "people", "kind": "number", "wording": "How many vote here?", "min": 0, "max": 9},
    ],
}


def changed(**fields) -> dict:
    return json.loads(json.dumps(DOCUMENT)) | fields


@pytest.fixture
def organizer(client, make):
    client.sign_in(make.person(role="organizer", name="Ana Ortiz"))
    return client


def save(campaign_id, document=DOCUMENT, *, by=None):
    with transaction():
        based_on = services.script_of(campaign_id).number
        content = read(document)
        return services.save_script(campaign_id, content, based_on=based_on, by=by, now=clock.now()).number


def fields_of(document, **more) -> dict:
    """What the editor's page would send for a document."""
    found = {"do": "save", "based_on": "0", "name": document["name"], "languages": document["languages"]}
    for name in ("opening", "closing"):
        found |= {f"{name}-{code}": text for code, text in as_words(document[name]).items()}
    for number, each in enumerate(document["questions"]):
        found |= question_fields(f"q{number}-", each)
    return found | more


def question_fields(at, each) -> dict:
    found = {
        f"{at}{name}": each[name] for name in ("key", "kind", "min", "max", "low", "high") if name in each
    }
    found |= {f"{at}wording-{code}": text for code, text in as_words(each["wording"]).items()}
    if each.get("required"):
        found[f"{at}required"] = "1"
    for row, label in enumerate(each.get("options", [])):
        found |= {f"{at}o{row}-key": "", f"{at}o{row}-label-en": label}
    if "condition" in each:
        found |= {f"{at}r0-{name}": value for name, value in each["condition"].items()} | {
            f"{at}match": "all"
        }
    return found


def as_words(text) -> dict:
    return {"en": text} if isinstance(text, str) else text


def test_the_editor_saves_a_version_that_phones_show(organizer, make, phone):
    organizer.post("/canvass/script", fields_of(DOCUMENT))
    token = make.lease(make.turf(3), hours_ago=0).token
    page = organizer.get(f"/walk/{token}").text
    assert "Hello &lt;b&gt;neighbour" in page
    assert 'lang="es" data-said="es" hidden>¿Qué piensa?' in page
    assert 'lang="en" data-said="es" hidden>A yard sign?' in page  # read in the language it is in
    assert 'name="answer-issues" value="schools"' in page
    assert "Ask only if “How do you feel?” is at most 2" in page


def test_a_button_of_the_editor_changes_the_form_and_saves_nothing(organizer):
    page = organizer.post(
        "/canvass/script", fields_of(DOCUMENT, do="add-question", new_kind="scale"), status=200
    ).text
    assert "Question 5" in page
    page = organizer.post("/canvass/script", fields_of(DOCUMENT, do="up-question:1"), status=200).text
    assert page.index("A yard sign?") < page.index("How do you feel?")
    page = organizer.post("/canvass/script", fields_of(DOCUMENT, do="remove-option:2.0"), status=200).text
    assert 'value="Schools"' not in page
    assert 'value="Roads"' in page
    page = organizer.post(
        "/canvass/script", fields_of(DOCUMENT, do="add-language", new_language="fr"), status=200
    ).text
    assert 'name="opening-fr"' in page
    assert db.session.query(Script).count() == 0


@pytest.mark.parametrize(
    "deed", ["up-question:99", "remove-rule:0.7", "nonsense", "remove-question:-1", "add-rule:x"]
)
def test_an_impossible_button_changes_nothing(organizer, deed):
    page = organizer.post("/canvass/script", fields_of(DOCUMENT, do=deed), status=200).text
    assert page.count('class="card script-card"') == 4


def test_what_is_wrong_is_said_where_it_is(organizer):
    document = changed()
    document["questions"][1]["condition"] = {"question": "support", "test": "at_least", "value": 9}
    document["questions"][2]["options"] = ["Schools"]
    page = organizer.post("/canvass/script", fields_of(document), status=422).text
    assert "2 things to mend" in page
    assert "Use a number from 1 to 5." in page
    assert "Write 2 to 20 entries here." in page
    assert db.session.query(Script).count() == 0


def test_who_saves_later_is_told_of_the_other_first(organizer, make):
    save(make.default_campaign.id)
    answer = organizer.post("/canvass/script", fields_of(changed(name="Late")), status=409)
    assert "saved version 1 while you were editing" in answer.text
    organizer.post("/canvass/script", fields_of(changed(name="Late"), based_on="1"))
    assert services.script_of(make.default_campaign.id).content.name == "Late"


def test_an_organizer_of_a_part_cannot_change_what_everybody_says(client, make):
    client.sign_in(make.person(role="organizer", area=make.area()))
    assert "Put into use" not in client.get("/canvass/script").text
    client.post("/canvass/script", fields_of(DOCUMENT), status=403)
    client.post("/canvass/script/versions/0/restore", {}, status=403)
    client.post("/canvass/results", {}, status=403)


def test_a_shift_in_progress_keeps_the_version_it_started_with(app, organizer, make):
    campaign_id, shift, now = make.default_campaign.id, make.shift(), clock.now()
    with clock.standing_at(now - timedelta(hours=3)):
        save(campaign_id)
    early = make.lease(make.turf(2), hours_ago=2, shift_id=shift.id)
    with clock.standing_at(now - timedelta(hours=1)):
        save(campaign_id, changed(opening={"en": "The later words"}))
    late = make.lease(make.turf(2), hours_ago=0, shift_id=shift.id)
    other = make.lease(make.turf(2), hours_ago=0)
    said = {lease.token: organizer.get(f"/walk/{lease.token}").text for lease in (early, late, other)}
    assert "The later words" not in said[early.token]
    assert "The later words" not in said[late.token]
    assert "The later words" in said[other.token]


def test_versions_are_listed_compared_and_brought_back(organizer, make):
    campaign_id = make.default_campaign.id
    organizer.post("/canvass/script", fields_of(DOCUMENT))
    save(campaign_id, changed(name="Summer", questions=DOCUMENT["questions"][:2]))
    page = organizer.get("/canvass/script/versions").text
    assert "Ana Ortiz" in page
    page = organizer.get("/canvass/script/versions/compare?before=1&after=2").text
    assert "Summer" in page
    assert "Issues?" in page
    organizer.post("/canvass/script/versions/1/restore", {})
    card = services.script_of(campaign_id)
    assert (card.number, card.restores, card.content.name) == (3, 1, "Spring")
    assert "Nothing differs" in organizer.get("/canvass/script/versions/compare?before=1&after=3").text
    organizer.get("/canvass/script/versions/compare?before=77&after=1", status=404)
    organizer.post("/canvass/script/versions/77/restore", {}, status=404)


def test_a_script_goes_out_as_json_and_comes_back_the_same(organizer, make):
    campaign_id = make.default_campaign.id
    save(campaign_id)
    exported = organizer.get("/canvass/script/versions/1.json").get_data()
    document = json.loads(exported)
    assert document["questions"][0] | {"wording": 0} == {
        "key": "support", "kind": "support", "wording": 0, "required": True,
        "low": 1, "high": 5, "our_end": "low",
    }  # fmt: skip
    page = organizer.post(
        "/canvass/script/import", {"file": (io.BytesIO(exported), "s.json")}, status=200
    ).text
    assert "Nothing is saved yet" in page
    assert as_document(read(document)) == document
    assert db.session.query(Script).count() == 1


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "Choose a JSON file"),
        (b"{", "line 1, column 2"),
        (b"\xff\xfe", "not UTF-8"),
        (b"[1]", "must be an object"),
        (b'{"name": 1, "name": 2}', "stands twice"),
        (b'{"version": NaN}', "NaN is not a number"),
        (b"[" * 100_000, "nested too deeply"),
        (b" " * 200_001, "larger than 200 kB"),
    ],
)
def test_a_file_that_is_no_script_gets_one_sentence(organizer, data, sentence):
    upload = {"file": (io.BytesIO(data), "s.json")}
    page = organizer.post("/canvass/script/import", upload, status=422 if data else 302)
    assert sentence in (page if data else organizer.get("/canvass/script")).text
    assert db.session.query(Script).count() == 0


def test_a_draft_is_previewed_and_not_saved(organizer):
    page = organizer.post(
        "/canvass/script/preview", fields_of(changed(opening={"en": "Only a try"})), status=200
    ).text
    assert "Only a try" in page
    assert db.session.query(Script).count() == 0
    assert "Only a try" not in organizer.get("/canvass/script/preview").text


def test_a_code_that_is_off_is_not_offered_and_still_taken(organizer, make, phone):
    organizer.post("/canvass/results", {"results": ["refused", "moved"]})
    offered = set(services.results_of(make.default_campaign.id))
    assert offered == {"canvassed", "not_home", "refused", "moved"}
    assert phone.statuses(phone.report(phone.doors[0], "inaccessible")) == ["stored"]
    page = organizer.get("/canvass/results").text
    assert "In VAN: Language Barrier" in page
    organizer.post("/canvass/results", {"results": list(offered | {"nonsense", "deceased"})})
    assert "deceased" in services.results_of(make.default_campaign.id)


def test_answers_are_read_with_the_script_of_their_report(app, organizer, make):
    campaign_id = make.default_campaign.id
    save(campaign_id)
    turf = make.turf(6)
    lease = make.lease(turf, hours_ago=0)
    phone, doors = Phone(app, lease.token, turf.id), make.doors_of(turf)
    at = {"minutes_ago": 0}
    phone.send(
        phone.report(
            doors[0], "canvassed", answers={"support": 1, "sign": "yes", "issues": "rent schools"}, **at
        ),
        phone.report(doors[1], "canvassed", answers={"support": 5, "sign": "yes", "people": 2}, **at),
        phone.report(doors[2], "canvassed", answers={"issues": ["roads", "rent"], "colour": "red"}, **at),
        phone.report(doors[3], "not_home", **at),
    )
    page = organizer.get("/canvass").text
    assert "Schools, Rent" in page
    assert "was not to be asked" in page
    assert "not in the script" in page
    assert page.count("no answer came") == 1
    tallies = {each.question.key: each for each in services.tallies(campaign_id, ["/"])}
    support, issues = tallies["support"], tallies["issues"]
    assert (support.answered, support.declined, support.ours) == (2, 1, 0.5)
    assert (issues.answered, issues.missing) == (2, 1)
    assert (tallies["sign"].asked, dict(tallies["sign"].values)) == (1, {"yes": 1})
    assert [(bar.label, bar.count, bar.share) for bar in issues.bars] == [
        ("Schools", 1, 0.5), ("Roads", 1, 0.5), ("Rent", 2, 1.0)
    ]  # fmt: skip
    assert tallies["people"].mean == 2
    page = organizer.get("/canvass/answers").text
    assert "1 without an answer though it is needed" in page

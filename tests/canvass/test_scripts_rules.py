"""The rules of scripts: branching as on the phone, documents checked with the place named, keys, drafts."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from volunteer_hub.canvass.scripts import drafts
from volunteer_hub.canvass.scripts.branching import asked, check, missing
from volunteer_hub.canvass.scripts.checking import read
from volunteer_hub.canvass.scripts.content import as_document
from volunteer_hub.canvass.scripts.faults import InvalidScript
from volunteer_hub.canvass.scripts.files import read_file, write_file

CASES = json.loads((Path(__file__).parents[1] / "data" / "script-branching.json").read_text(encoding="utf-8"))

pytestmark = pytest.mark.usefixtures("app")  # sentences are said in a language


def script(*questions, **fields) -> dict:
    """A document around these questions, each completed with what its kind needs."""
    frame = {
        "format": "volunteer-hub-script",
        "version": 1,
        "name": "S",
        "languages": ["en"],
        "opening": "Hi",
    }
    return frame | {"closing": "", "questions": [completed(each) for each in questions]} | fields


def completed(question: dict) -> dict:
    found = {"wording": "Well?"} | question
    if found.get("kind") == "scale":
        found = {"low": 0, "high": 4, "low_label": "no", "high_label": "yes", "our_end": "high"} | found
    if "options" in found:
        found["options"] = [{"label": each["key"]} | each for each in found["options"]]
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_branching_agrees_with_the_cases_that_the_phone_passes(case):
    questions = read(script(*case["questions"])).questions
    assert asked(questions, case["answers"]) == case["asked"]
    assert missing(questions, case["answers"]) == case["missing"]
    assert missing(questions, case["answers"], is_talk=False) == []


IF_YES = {"all": [{"question": "a", "test": "is", "value": "yes"}]}


def test_answers_that_do_not_fit_are_told_apart():
    questions = read(
        script(
            {"key": "a", "kind": "yes_no"},
            {"key": "b", "kind": "text", "condition": IF_YES, "required": True},
        )
    ).questions
    found = check(questions, {"a": "no", "b": "words", "c": 1})
    assert (found.answers, found.unasked, found.unknown, found.missing) == ({"a": "no"}, ("b",), ("c",), ())
    assert check(questions, {"a": "yes"}).missing == ("b",)
    assert check(questions, {"a": "maybe"}).unknown == ("a",)
    assert not check(questions, {"a": "-", "b": ""}).is_doubtful


def rule(question, test="is", **value):
    return {"all": [{"question": question, "test": test, **value}]}


A = {"key": "a", "kind": "yes_no"}
S = {"key": "s", "kind": "single", "options": [{"key": "x"}, {"key": "y"}]}
N = {"key": "n", "kind": "number", "min": 0, "max": 5}
LATER = "questions[1].condition.all[0]"


@pytest.mark.parametrize(
    ("document", "place", "words"),
    [
        (script(A, {"kind": "text", "condition": rule("b")}), f"{LATER}.question", "earlier question: a"),
        (script(A, {"kind": "text", "condition": {"question": "b", "test": "is"}}),
         "questions[1].condition.question", "no such question"),
        (script(A, {"key": "t", "kind": "text", "condition": rule("t")}), f"{LATER}.question", "asked later"),
        (script({"kind": "text", "condition": rule("a")}),
         "questions[0].condition.all[0].question", "first question"),
        (script(A, {"kind": "text", "condition": rule("a", "at_least", value=1)}),
         f"{LATER}.test", "is, is_not, answered"),
        (script(A, {"kind": "text", "condition": rule("a", value="maybe")}), f"{LATER}.value", "yes, no"),
        (script(S, {"kind": "text", "condition": rule("s", value="z")}), f"{LATER}.value", "x, y"),
        (script(N, {"kind": "text", "condition": rule("n", value=6)}), f"{LATER}.value", "from 0 to 5"),
        (script(A, {"kind": "text", "condition": rule("a", "answered", value="yes")}),
         f"{LATER}.value", "no value"),
        (script(A, {"kind": "text", "condition": {"some": []}}), "questions[1].condition", "“all” or “any”"),
        (script(A, {"kind": "text", "condition": {"all": []}}), "questions[1].condition.all", "1 to 10"),
        (script({"kind": "vote"}), "questions[0].kind", "single"),
        (script({"kind": "text", "requierd": True}), "questions[0].requierd", "no such field"),
        (script({"kind": "text", "wording": " "}), "questions[0].wording.en", "Write a text"),
        (script({"kind": "text", "wording": {"fr": "Quoi?"}}), "questions[0].wording.fr", "no such language"),
        (script({"kind": "text", "wording": "x" * 501}), "questions[0].wording.en", "500 characters"),
        (script({"kind": "text", "key": "Yes!"}), "questions[0].key", "a-z"),
        (script(A, A), "questions[1].key", "Give each its own"),
        (script({"kind": "text", "key": "support"}), "questions[0].key", "belongs to"),
        (script({"kind": "support"}, {"kind": "support"}), "questions[1].kind", "once only"),
        (script({"kind": "support", "our_end": "high"}), "questions[0].our_end", "always 1"),
        (script({"kind": "scale", "our_end": None}), "questions[0].our_end", "low, high, none"),
        (script({"kind": "scale", "high": 40}), "questions[0].high", "2 to 11 steps"),
        (script({"kind": "scale", "low": 1.5}), "questions[0].low", "whole number"),
        (script({"kind": "number", "min": 3, "max": 3}), "questions[0].max", "more than the smallest"),
        (script({"kind": "single", "options": [{"key": "x"}]}), "questions[0].options", "2 to 20"),
        (script(S | {"options": [{"key": "x"}, {"key": "x"}]}), "questions[0].options[1].key", "its own"),
        (script(*[{"kind": "text"}] * 31), "questions", "0 to 30"),
        (script(languages=["en", "xx"]), "languages[1]", "as en or es"),
        (script(version=2), "version", "version 1"),
        (script(opening=7), "opening", "object with a text for each language"),
        (script(name=""), "name", "Write a text"),
        (script(S, {"kind": "text", "condition": {"all": [
            {"question": "s", "test": "is", "value": "x"}, {"question": "s", "test": "is", "value": "y"}]}}),
         "questions[1].condition", "never be asked"),
        (script(A, {"key": "b", "kind": "yes_no", "condition": IF_YES},
                {"kind": "text", "condition": {"all": [{"question": "a", "test": "is", "value": "no"},
                                                       {"question": "b", "test": "answered"}]}}),
         "questions[2].condition", "never be asked"),
        (script(N, {"kind": "text", "condition": {"all": [
            {"question": "n", "test": "at_least", "value": 4},
            {"question": "n", "test": "at_most", "value": 3}]}}),
         "questions[1].condition", "never be asked"),
    ],
)  # fmt: skip
def test_a_fault_names_its_place_and_how_to_mend_it(document, place, words):
    with pytest.raises(InvalidScript) as caught:
        read(document)
    first = caught.value.faults[0]
    assert first.place == place, str(first)
    assert words in first.sentence


def test_a_gap_between_whole_numbers_can_be_reached():
    low, high = rule("n", "at_least", value=2.25), rule("n", "at_most", value=2.75)
    between = {"all": low["all"] + high["all"]}
    read(script(N, {"kind": "text", "condition": between}))


def test_any_rule_that_can_hold_is_enough():
    either = {"any": [{"question": "s", "test": "is", "value": key} for key in "xy"]}
    assert read(script(S, {"kind": "text", "condition": either})).questions[1].condition.match == "any"


def test_the_example_of_the_page_is_a_script():
    page = (Path(__file__).parents[2] / "docs" / "scripts.md").read_text(encoding="utf-8")
    example = json.loads(re.findall(r"```json\n(.*?)```", page, re.DOTALL)[-1])
    assert as_document(read(example)) == example | {"questions": as_document(read(example))["questions"]}
    assert [each.key for each in read(example).questions] == ["support", "yard_sign", "issues", "likely"]


def test_keys_come_from_the_wording_and_stay_apart():
    content = read(script(*[{"kind": "text", "wording": "¿Qué más?"}] * 3))
    assert [each.key for each in content.questions] == ["que_mas", "que_mas_2", "que_mas_3"]


SPOKEN = st.text(min_size=1, max_size=30).map(str.strip).filter(lambda text: text and "\x00" not in text)
TEXTS = SPOKEN.filter(lambda text: text.encode("utf-8", "ignore").decode().strip() == text)
QUESTIONS = st.one_of(
    st.fixed_dictionaries({"kind": st.sampled_from(["text", "yes_no", "number"]), "wording": TEXTS}),
    st.fixed_dictionaries(
        {"kind": st.sampled_from(["single", "multiple"]), "wording": TEXTS,
         "options": st.lists(TEXTS, min_size=2, max_size=5), "required": st.booleans()}
    ),
    st.just({"kind": "scale", "wording": "?", "low": 1, "high": 7, "low_label": "a",
             "high_label": "b", "our_end": "low"}),
)  # fmt: skip


@given(st.lists(QUESTIONS, max_size=6))
def test_a_script_comes_back_from_its_file_and_from_the_editor_as_it_was(questions):
    content = read(script() | {"questions": questions})
    assert read_file(write_file(content)) == content
    assert read(drafts.document_of(drafts.draft_of(as_document(content)))) == content


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(ANY_JSON, st.sampled_from(["key", "kind", "wording", "options", "condition", "low", "required"]))
def test_no_document_breaks_the_check(value, name):
    question = {"kind": "single", "wording": "?", "options": ["x", "y"], name: value}
    for document in (value, script() | {"questions": value}, script() | {"questions": [question]}):
        assert all(each.sentence for each in faults_of(document))


def faults_of(document) -> list:
    try:
        read(document)
    except InvalidScript as error:
        return error.faults
    return []


@given(st.dictionaries(st.sampled_from(["a", "s", "n", "b", "other"]), ANY_JSON))
def test_no_answer_breaks_the_reading(answers):
    questions = read(script(A, S, N, {"key": "b", "kind": "text", "condition": IF_YES})).questions
    found = check(questions, answers)
    assert set(found.answers) <= set(asked(questions, answers))

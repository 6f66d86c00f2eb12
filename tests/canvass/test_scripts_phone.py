"""The phone's rules and the server's: the same for scripts and answers that nobody thought of."""

from __future__ import annotations

import json
import random

from tests import patience
from volunteer_hub.canvass.scripts.branching import asked, missing
from volunteer_hub.canvass.scripts.checking import load
from volunteer_hub.canvass.scripts.content import TESTS, Kind
from volunteer_hub.frontend import build, node

COMPARE = """
import { readFileSync } from "node:fs";
import { asked, missing } from "./volunteer_hub/static/behaviours/script-rules.mjs";
const cases = JSON.parse(readFileSync(process.argv.at(-1), "utf-8"));
const both = ({ questions, answers }) => [asked(questions, answers), missing(questions, answers)];
const found = cases.map(both);
process.stdout.write(JSON.stringify(found));
"""
SEED, CASES = 20261103, 400
ANY = [
    None, True, False, "", "-", " ", "yes", "no", "x", "y", "x y", "x,z", ["x"], ["y", "x"], ["z"], [],
    "words", 0, 1, 2, 3.5, -1, 7, 99, "0", " 2 ", "3.5", "-1", "1e1", "07", "２", {"x": 1},
]  # fmt: skip


def a_case(chance: random.Random) -> dict:
    questions: list[dict] = []
    for number in range(chance.randint(1, 6)):
        kind = chance.choice([each for each in Kind if each is not Kind.SUPPORT or not number])
        questions.append(a_question(chance, number, kind, questions))
    answers = {each["key"]: chance.choice(ANY) for each in questions if chance.random() < 0.8}
    return {"questions": questions, "answers": answers}


def a_question(chance: random.Random, number: int, kind: Kind, earlier: list[dict]) -> dict:
    key = "support" if kind is Kind.SUPPORT else f"q{number}"
    found = {"key": key, "kind": kind.value, "wording": "?", "required": chance.random() < 0.5}
    if kind in (Kind.SINGLE, Kind.MULTIPLE):
        found["options"] = [{"key": each, "label": each} for each in "xy"]
    if kind is Kind.SUPPORT:
        found |= {"low": 1, "high": 5, "our_end": "low"}
    if kind is Kind.SCALE:
        found |= {"low": 0, "high": 3, "our_end": "none", "low_label": "a", "high_label": "b"}
    if kind is Kind.NUMBER and chance.random() < 0.5:
        found |= {"min": -1, "max": 9}
    if earlier and chance.random() < 0.7:
        rules = [a_rule(chance, chance.choice(earlier)) for _ in range(chance.randint(1, 2))]
        found["condition"] = {chance.choice(["all", "any"]): rules}
    return found


def a_rule(chance: random.Random, question: dict) -> dict:
    kind = Kind(question["kind"])
    test = chance.choice(TESTS[kind]).value
    if test == "answered":
        return {"question": question["key"], "test": test}
    values = {Kind.SINGLE: "xy", Kind.MULTIPLE: "xy", Kind.YES_NO: ["yes", "no"]}.get(kind, [1, 2, 3])
    return {"question": question["key"], "test": test, "value": chance.choice(values)}


def test_the_phone_and_the_server_ask_the_same(app, tmp_path):
    chance = random.Random(SEED)
    cases = [a_case(chance) for _ in range(CASES)]
    file = tmp_path / "cases.json"
    file.write_text(json.dumps(cases), encoding="utf-8")
    answer = node.find_node().run(
        "--input-type=module", "-e", COMPARE, str(file), cwd=build.ROOT, timeout_s=5 * patience.WAIT_S
    )
    assert answer.returncode == 0, answer.stderr[-2000:]
    for case, found in zip(cases, json.loads(answer.stdout), strict=True):
        assert [*map(list, here(case))] == found, case
    assert sum(bool(left) for _asked, left in json.loads(answer.stdout)) > CASES / 10


def here(case: dict) -> tuple[list[str], list[str]]:
    frame = {
        "format": "volunteer-hub-script",
        "version": 1,
        "name": "S",
        "languages": ["en"],
        "opening": "Hi",
    }
    questions = load(frame | {"questions": case["questions"]}).questions
    return asked(questions, case["answers"]), missing(questions, case["answers"])

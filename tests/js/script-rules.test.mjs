import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { asked, missing } from "../../volunteer_hub/static/behaviours/script-rules.mjs";

const cases = JSON.parse(readFileSync(new URL("../data/script-branching.json", import.meta.url), "utf-8"));

for (const each of cases) {
  test(each.name, () => {
    assert.deepEqual(asked(each.questions, each.answers), each.asked);
    assert.deepEqual(missing(each.questions, each.answers), each.missing);
  });
}

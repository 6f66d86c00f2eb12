import assert from "node:assert/strict";
import { test } from "node:test";
import { delays } from "../../volunteer_hub/static/behaviours/back-off.mjs";

const middle = () => 0.5;

test("waits double up to the limit and start again after a reset", () => {
  const wait = delays(100, 500, middle);
  assert.deepEqual([wait.next(), wait.next(), wait.next(), wait.next(), wait.next()], [100, 200, 400, 500, 500]);
  wait.reset();
  assert.equal(wait.next(), 100);
});

test("where trying sooner is no use the wait is the longest at once, and the next one as before", () => {
  const wait = delays(100, 500, middle);
  assert.equal(wait.longest(), 500);
  assert.equal(wait.next(), 100);
});

test("a wait is shaken by at most a half", () => {
  for (const chance of [0, 0.25, 0.999]) {
    const once = delays(1000, 1000, () => chance).next();
    assert.ok(once >= 500 && once <= 1500, String(once));
  }
});

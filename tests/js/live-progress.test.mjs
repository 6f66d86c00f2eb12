import assert from "node:assert/strict";
import { test } from "node:test";
import { timeLeft } from "../../volunteer_hub/static/behaviours/live-progress.mjs";

const words = { moment: "a moment", seconds: "{n} s", minutes: "{n} min" };

test("time left is said roughly, and not at all when unknown", () => {
  assert.equal(timeLeft(undefined, words), "");
  assert.equal(timeLeft(null, words), "");
  assert.equal(timeLeft(3, words), "a moment");
  assert.equal(timeLeft(42, words), "40 s");
  assert.equal(timeLeft(89, words), "90 s");
  assert.equal(timeLeft(600, words), "10 min");
});

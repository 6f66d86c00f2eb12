import assert from "node:assert/strict";
import { test } from "node:test";
import { coarse } from "../../volunteer_hub/static/behaviours/where-am-i.mjs";

test("a position leaves the phone rounded to a hundredth of a degree", () => {
  assert.equal(coarse({ latitude: 25.774321, longitude: -80.193712 }), "25.77,-80.19");
  assert.equal(coarse({ latitude: 25, longitude: -80.2 }), "25.00,-80.20");
});

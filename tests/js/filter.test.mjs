import assert from "node:assert/strict";
import { test } from "node:test";
import { plain } from "../../volunteer_hub/static/behaviours/filter.mjs";

test("accents, case and spaces do not keep a name from being found", () => {
  assert.equal(plain("  José   ÁLVAREZ\n"), "jose alvarez");
});

test("letters of other scripts stay", () => {
  assert.equal(plain("Nguyễn 李"), "nguyen 李");
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { finer, shortNames, spaced } from "../../volunteer_hub/static/behaviours/turf-layers.mjs";

const same = ([x, y]) => ({ x, y });

test("a long straight border gets places to grab, and keeps its corners", () => {
  const square = [[0, 0], [210, 0], [210, 35], [0, 35]];
  const ring = finer(square, same, 70);
  assert.equal(ring.length, 3 + 1 + 3 + 1);
  for (const corner of square) assert.ok(ring.some((place) => place[0] === corner[0] && place[1] === corner[1]));
});

test("handles lie apart, and there are three at least", () => {
  const line = Array.from({ length: 20 }, (_, at) => ({ x: at * 10, y: 0 }));
  const chosen = spaced(line, 70);
  assert.deepEqual(chosen, [0, 7, 14]);
  assert.equal(spaced(line.slice(0, 4), 70).length, 3);
});

test("turfs are told apart by number, and by what their precincts' codes do not share", () => {
  const short = (...names) => [...shortNames(names).values()];
  assert.deepEqual(short("0103-01", "0103-12"), ["01", "12"]);
  assert.deepEqual(short("121010005-02", "121010007-02"), ["5-02", "7-02"]);
  assert.deepEqual(short("10-01", "100-01"), ["0-01", "00-01"], "nothing of a code is left out to the end");
  assert.deepEqual(short(), []);
});

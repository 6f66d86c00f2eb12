import assert from "node:assert/strict";
import { test } from "node:test";
import { colourOf, pickSteps, quantiles, scaleOf } from "../../volunteer_hub/static/behaviours/map-colours.mjs";

const areas = (numbers) => ({ features: numbers.map((votes) => ({ properties: { votes } })) });
const options = { value: "votes", ramp: "sequential", middle: 0, breaks: null };
const token = (name) => `<${name}>`;

/** Evaluate the expression the map gets, as the map would. */
function drawn(expression, properties) {
  if (typeof expression === "string") return expression;
  const number = properties.votes;
  const [, , known, unknown] = expression;
  if (typeof number !== "number") return unknown;
  if (typeof known === "string") return known;
  let colour = known[2];
  for (let i = 3; i < known.length; i += 2) if (number >= known[i]) colour = known[i + 1];
  return colour;
}

test("quantiles put about as many into each class and rise", () => {
  const numbers = Array.from({ length: 70 }, (_, i) => i);
  const bounds = quantiles(numbers, 7);
  assert.deepEqual(bounds, [10, 20, 30, 40, 50, 60]);
});

test("repeated numbers make fewer classes, never empty ones", () => {
  const bounds = quantiles([1, 1, 1, 1, 1, 1, 9], 7);
  assert.ok(bounds.every((bound, i) => i === 0 || bound > bounds[i - 1]));
  assert.ok(bounds.every((bound) => bound > 1));
});

test("one value, no value and no shapes draw without failing", () => {
  for (const numbers of [[5, 5, 5], [null, null], []]) {
    const scale = scaleOf(areas(numbers), options);
    assert.equal(scale.steps.length, scale.bounds.length + 1);
    assert.ok(drawn(colourOf(scale, options, token), { votes: 5 }).startsWith("<ramp-"));
  }
});

test("shapes without a number are drawn as no data", () => {
  const scale = scaleOf(areas([1, 2, 3, null]), options);
  assert.equal(drawn(colourOf(scale, options, token), { votes: null }), "<nodata>");
});

test("the lowest and the highest get the ends of the ramp", () => {
  const numbers = Array.from({ length: 40 }, (_, i) => i * 1.7);
  const expression = colourOf(scaleOf(areas(numbers), options), options, token);
  assert.equal(drawn(expression, { votes: 0 }), "<ramp-1>");
  assert.equal(drawn(expression, { votes: 39 * 1.7 }), "<ramp-7>");
});

test("a diverging scale keeps its middle in the middle, whichever side reaches further", () => {
  const diverging = { ...options, ramp: "diverging", middle: 10 };
  const expression = colourOf(scaleOf(areas([-30, 9, 12]), diverging), diverging, token);
  assert.equal(drawn(expression, { votes: 10 }), "<split-4>");
  assert.equal(drawn(expression, { votes: -30 }), "<split-1>");
  assert.equal(drawn(expression, { votes: 50 }), "<split-7>");
});

test("breaks the page gives are used as they are", () => {
  const scale = scaleOf(areas([1, 2]), { ...options, breaks: [1, 2] });
  assert.deepEqual(scale.bounds, [1, 2]);
  assert.deepEqual(scale.steps, [1, 4, 7]);
});

test("classes are spread over all seven colours", () => {
  assert.deepEqual(pickSteps(1), [4]);
  assert.deepEqual(pickSteps(2), [1, 7]);
  assert.deepEqual(pickSteps(7), [1, 2, 3, 4, 5, 6, 7]);
});

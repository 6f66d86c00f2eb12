import assert from "node:assert/strict";
import test from "node:test";

import { createCalls } from "../../volunteer_hub/static/behaviours/calls.mjs";
import { sentenceOf } from "../../volunteer_hub/static/behaviours/help.mjs";

function memory() {
  const kept = new Map();
  return { getItem: (key) => kept.get(key) ?? null, setItem: (key, text) => kept.set(key, text) };
}

const options = { key: "calls", isReceipt: (answer) => answer.received === true, stop: () => {} };
const json = (status, body) => ({ ok: status < 300, status, redirected: false, json: async () => body });
const ok = json(200, { received: true, told: true });
const call = () => ({ url: "/walk/t/help", id: "one", at: new Date().toISOString() });

function bench(answers, store = memory()) {
  const [posted, said, waits] = [[], [], []];
  const post = async (_url, each) => {
    posted.push(each);
    const answer = answers.shift();
    if (!answer) throw new TypeError("offline");
    return answer;
  };
  const calls = createCalls(store, post, { ...options, said: (name) => said.push(name), wait: (again) => waits.push(again) });
  return { calls, store, posted, said, waits };
}

test("a call is kept until it has arrived, and tried under the same id", async () => {
  const { calls, posted, said, waits } = bench([null, json(503, {}), ok]);
  await calls.add(call());
  assert.deepEqual(said, ["waiting"]);
  await waits.shift()();
  await waits.shift()();
  assert.deepEqual(posted.map(({ id }) => id), ["one", "one", "one"]);
  assert.equal(said.at(-1), "received");
  assert.equal(waits.length, 0);
});

for (const [what, answer] of [
  ["a hotel's page", { ok: true, status: 200, redirected: false, json: () => Promise.reject(new SyntaxError()) }],
  ["JSON of somebody else", json(200, { ok: true })],
  ["a redirect", { ...ok, redirected: true }],
  ["a refusal by somebody else", json(403, { message: "blocked" })],
  ["too many requests", json(429, { error: "Wait a moment." })],
]) {
  test(`${what} is no receipt of a call`, async () => {
    const { calls, said, waits } = bench([answer, ok]);
    await calls.add(call());
    assert.deepEqual(said, ["waiting"]);
    await waits.shift()();
    assert.equal(said.at(-1), "received");
  });
}

test("a phone that keeps nothing sends a call all the same, and tries until it has arrived", async () => {
  for (const broken of ["setItem", "getItem"]) {
    const store = { ...memory(), [broken]: () => { throw new DOMException("full", "QuotaExceededError"); } };
    const { calls, posted, said, waits } = bench([null, ok], store);
    await calls.add(call());
    assert.deepEqual(said, ["waiting"]);
    await waits.shift()();
    assert.deepEqual([posted.length, said.at(-1), waits.length], [2, "received", 0]);
    await calls.send();
    assert.equal(posted.length, 2);
  }
});

test("what a phone kept is sent when the page is opened again", async () => {
  const first = bench([null]);
  await first.calls.add(call());
  const posted = [];
  const again = createCalls(first.store, async (_url, each) => (posted.push(each), ok), { ...options, wait: () => assert.fail() });
  await again.send();
  await again.send();
  assert.equal(posted.length, 1);
});

test("the place goes after the call, under its id", async () => {
  const { calls, posted, said } = bench([ok, ok]);
  const one = call();
  await calls.add(one);
  await calls.place(one, { latitude: 29.2, longitude: -81 });
  assert.deepEqual(posted.map(({ latitude }) => latitude), [undefined, 29.2]);
  assert.deepEqual(said, ["received", "received"]);
});

test("a refused call is told and not tried for ever, and one of yesterday is let go", async () => {
  const refused = bench([json(409, { error: "This lease has ended." })]);
  await refused.calls.add(call());
  assert.deepEqual(refused.said, ["refused"]);
  assert.equal(refused.waits.length, 0);
  const old = bench([ok]);
  await old.calls.add({ ...call(), at: "2001-01-01T00:00:00Z" });
  assert.equal(old.posted.length, 0);
});

test("the page says that a lead was told only when one was", () => {
  const words = { waiting: "waiting", sent: "sent", sent_place: "sent with place", answered: "seen", refused: "No: {why}" };
  const said = (...given) => sentenceOf(words, ...given);
  assert.equal(said("received", call(), { told: true }), "sent");
  assert.equal(said("received", { ...call(), latitude: 29 }, { told: true }), "sent with place");
  assert.equal(said("received", call(), { told: false, words: "Call them: Bo 555" }), "Call them: Bo 555");
  assert.equal(said("received", call(), { told: true, answered: true }), "seen");
  assert.equal(said("refused", call(), { error: "too late." }), "No: too late.");
  assert.equal(said("waiting", call()), "waiting");
});

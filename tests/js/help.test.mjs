import assert from "node:assert/strict";
import test from "node:test";

import { createCalls } from "../../volunteer_hub/static/behaviours/help.mjs";

function memory() {
  const kept = new Map();
  return { getItem: (key) => kept.get(key) ?? null, setItem: (key, text) => kept.set(key, text) };
}

function bench(answers) {
  const [store, posted, said, waits] = [memory(), [], [], []];
  const post = async (_url, call) => {
    posted.push(call);
    const answer = answers.shift();
    if (!answer) throw new TypeError("offline");
    return answer;
  };
  const calls = createCalls(store, post, { said: (name) => said.push(name), wait: (again) => waits.push(again) });
  return { calls, store, posted, said, waits };
}

const ok = { ok: true, status: 200 };
const call = () => ({ url: "/walk/t/help", id: "one", at: new Date().toISOString() });

test("a call is kept until it has arrived, and tried under the same id", async () => {
  const { calls, posted, said, waits } = bench([null, { ok: false, status: 503 }, ok]);
  await calls.add(call());
  assert.deepEqual(said, ["waiting"]);
  await waits.shift()();
  await waits.shift()();
  assert.deepEqual(posted.map(({ id }) => id), ["one", "one", "one"]);
  assert.equal(said.at(-1), "sent");
  assert.equal(waits.length, 0);
});

test("what a phone kept is sent when the page is opened again", async () => {
  const first = bench([null]);
  await first.calls.add(call());
  const posted = [];
  const again = createCalls(first.store, async (_url, each) => (posted.push(each), ok), { wait: () => assert.fail() });
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
  assert.deepEqual(said, ["sent", "sent_place"]);
});

test("a refused call is not tried for ever, and one of yesterday is let go", async () => {
  const refused = bench([{ ok: false, status: 409 }]);
  await refused.calls.add(call());
  assert.equal(refused.waits.length, 0);
  const old = bench([ok]);
  await old.calls.add({ ...call(), at: "2001-01-01T00:00:00Z" });
  assert.equal(old.posted.length, 0);
});

// The outbox keeps a log that only grows; what it calls received, the server holds.
import assert from "node:assert/strict";
import { test } from "node:test";

import { createOutbox, flush, newId } from "../../volunteer_hub/static/behaviours/outbox.mjs";
import { firstHash, nextHash } from "../../volunteer_hub/static/behaviours/sync/chain.mjs";
import { memoryStore } from "../../volunteer_hub/static/behaviours/sync/memory.mjs";

const made = (count, start = 0) => Array.from({ length: count }, (_, n) => ({ id: `r${n + start}`, result: "not_home" }));
const still = { wait: () => 0, stop: () => {} };
const json = (status, body) => ({ ok: status < 300, status, redirected: false, json: async () => body });

/** A server as docs/sync.md has it: of each log a prefix, known by its hash. */
function server() {
  const logs = new Map();
  const sizes = [];
  const post = async (_token, { log, first, before, entries }) => {
    sizes.push(entries.length);
    const kept = logs.get(log) ?? { texts: [], hashes: [firstHash(log)] };
    logs.set(log, kept);
    const told = (status = 200) => json(status, { head: kept.texts.length, hash: kept.hashes.at(-1), set_aside: [] });
    if (first > kept.texts.length + 1) return told();
    let hash = before;
    for (const [row, text] of entries.entries()) {
      const seq = first + row;
      if (kept.hashes[seq - 1] !== hash) return told(409);
      hash = nextHash(hash, text);
      if (seq > kept.texts.length) {
        kept.texts.push(text);
        kept.hashes.push(hash);
      }
    }
    return told();
  };
  const ids = () => [...logs.values()].flatMap((log) => log.texts.map((text) => JSON.parse(text).id));
  return { post, sizes, logs, ids };
}

test("the hash of a log is SHA-256 over the hash before and the entry's text", () => {
  const log = "6b0c0f0e-0000-4000-8000-000000000000";
  const first = "7c5cdd224a95fc93e93203b2496f203ab6b04d4f6e07cb4991693bd2f7ea2edf";
  assert.equal(firstHash(log), first);
  assert.equal(nextHash(first, '{"note":"ñ"}'), "981eb187a35ef7ad6a4d2213d91fd48285ade77dddf5c27802a577afb9647e2c");
});

test("batches of twenty go out and what the server holds is received", async () => {
  const store = memoryStore();
  const { post, sizes, ids } = server();
  await store.keep("t", made(45));
  assert.equal(await flush(store, post), "sent");
  assert.deepEqual(sizes, [20, 20, 5]);
  assert.deepEqual(ids(), made(45).map(({ id }) => id));
  assert.deepEqual(await store.counts(), { waiting: 0, refused: 0, received: 45 });
});

for (const [what, answer] of [
  ["a redirect to the sign-in page", { ok: true, redirected: true, json: async () => ({ head: 3, hash: "x" }) }],
  ["an error", json(500, {})],
  ["a lost lease (401)", json(401, {})],
  ["too many requests", json(429, {})],
  ["JSON without a head", json(200, { ok: 1 })],
  ["a head that is no number", json(200, { head: "3", hash: "x" })],
]) {
  test(`${what} is no receipt: everything stays`, async () => {
    const store = memoryStore();
    await store.keep("t", made(3));
    assert.equal(await flush(store, async () => answer), "later");
    assert.equal((await store.counts()).waiting, 3);
  });
}

test("a page of a hotel's network instead of JSON loses nothing", async () => {
  const outbox = createOutbox(memoryStore(), async () => ({ ok: true, redirected: false, json: () => Promise.reject(new SyntaxError()) }), still);
  await outbox.add("t", made(2));
  assert.equal(await outbox.send(), "later");
  assert.equal((await outbox.counts()).waiting, 2);
});

test("an answer that is lost is asked for again, and nothing is there twice", async () => {
  const store = memoryStore();
  const { post, ids } = server();
  let lost = 2;
  const losing = async (...given) => {
    const answer = await post(...given);
    if (lost-- > 0) throw new TypeError("network");
    return answer;
  };
  const outbox = createOutbox(store, losing, still);
  await outbox.add("t", made(3));
  await outbox.send();
  await outbox.send();
  await outbox.send();
  assert.deepEqual(ids(), ["r0", "r1", "r2"]);
  assert.equal((await outbox.counts()).waiting, 0);
});

test("a server that was restored from an older backup gets the missing entries again", async () => {
  const store = memoryStore();
  const { post, logs, ids } = server();
  await store.keep("t", made(30));
  await flush(store, post);
  const [kept] = logs.values();
  kept.texts.length = 12;
  kept.hashes.length = 13;
  await store.keep("t", made(1, 30));
  assert.equal(await flush(store, post), "sent");
  assert.deepEqual(ids(), made(31).map(({ id }) => id));
});

test("a server whose copy is of another past gets everything in a new log", async () => {
  const store = memoryStore();
  const { post, logs } = server();
  await store.keep("t", made(3));
  await flush(store, post);
  const [id] = logs.keys();
  logs.set(id, { texts: ["x", "y", "z"], hashes: [firstHash(id), "aa", "bb", "cc"] });
  await store.keep("t", made(1, 3));
  assert.equal(await flush(store, post), "later");
  assert.equal(await flush(store, post), "sent");
  const fresh = [...logs.entries()].find(([each]) => each !== id)[1];
  assert.deepEqual(fresh.texts.map((text) => JSON.parse(text).id), ["r0", "r1", "r2", "r3"]);
  assert.deepEqual((await store.made("t")).map((entry) => entry.id), ["r0", "r1", "r2", "r3"]);
});

test("a batch that is too large goes out in smaller ones", async () => {
  const store = memoryStore();
  const { post, sizes } = server();
  await store.keep("t", made(20));
  const narrow = async (token, batch) => (batch.entries.length > 5 ? json(413, {}) : post(token, batch));
  assert.equal(await flush(store, narrow), "sent");
  assert.deepEqual(sizes, [5, 5, 5, 5]);
});

test("what is set aside is received, with the reason for a person to see", async () => {
  const store = memoryStore();
  const { post } = server();
  await store.keep("t", made(3));
  const answer = async (token, batch) => {
    const told = await (await post(token, batch)).json();
    return json(200, { ...told, set_aside: [{ seq: 2, reason: "another list" }] });
  };
  assert.equal(await flush(store, answer), "sent");
  assert.deepEqual(await store.counts(), { waiting: 0, refused: 1, received: 2 });
  assert.deepEqual((await store.refused()).map((row) => [row.report.id, row.reason]), [["r1", "another list"]]);
});

test("one dead link does not hold up the log of another", async () => {
  const store = memoryStore();
  const { post, ids } = server();
  await store.keep("dead", made(2));
  await store.keep("alive", made(2, 10));
  const half = async (token, batch) => (token === "dead" ? json(401, {}) : post(token, batch));
  assert.equal(await flush(store, half), "later");
  assert.deepEqual(ids(), ["r10", "r11"]);
  assert.deepEqual((await store.waiting()).map((log) => log.token), ["dead"]);
});

test("an answer to an old batch changes nothing any more", async () => {
  const store = memoryStore();
  const { post } = server();
  await store.keep("t", made(4));
  const [log] = await store.waiting();
  const first = await store.batch(log.id, 2);
  const old = await (await post("t", first)).json();
  await flush(store, post);
  await store.settle(first, old);
  assert.deepEqual(await store.counts(), { waiting: 0, refused: 0, received: 4 });
});

test("a full disk keeps knocks in memory, says so, and sends them all the same", async () => {
  const { post, ids } = server();
  const full = { ...memoryStore(), keep: () => Promise.reject(new DOMException("full", "QuotaExceededError")) };
  let offline = true;
  const outbox = createOutbox(full, async (...given) => (offline ? Promise.reject(new TypeError()) : post(...given)), still);
  await outbox.add("t", made(2));
  await outbox.send();
  assert.equal((await outbox.counts()).unsafe, 2);
  offline = false;
  await outbox.send();
  assert.deepEqual(ids(), ["r0", "r1"]);
  assert.deepEqual(await outbox.counts(), { waiting: 0, refused: 0, received: 2, unsafe: 0, isDark: false });
});

test("a disk that cannot be read any more neither doubles a knock nor stops the sending", async () => {
  const { post, ids } = server();
  const store = memoryStore();
  let isDead = false;
  const disk = Object.fromEntries(
    Object.entries(store).map(([name, ask]) => [name, async (...given) => {
      if (isDead && name !== "keep") throw new DOMException("gone", "InvalidStateError");
      return ask(...given);
    }]),
  );
  const outbox = createOutbox(disk, post, { ...still, changed: () => outbox.counts().then(() => disk.counts()) });
  isDead = true;
  await outbox.add("t", made(1)); // kept: a tap that failed would be tapped again
  assert.equal(await outbox.send(), "later");
  assert.equal((await outbox.counts()).isDark, true);
  isDead = false;
  assert.equal(await outbox.send(), "sent");
  assert.deepEqual(ids(), ["r0"]);
  isDead = true;
  assert.equal((await outbox.counts()).received, 1, "what was counted last");
});

test("a browser that keeps nothing sends out of the page's memory and says that it is unsafe", async () => {
  const { post, ids } = server();
  let offline = true;
  const outbox = createOutbox(null, async (...given) => (offline ? Promise.reject(new TypeError()) : post(...given)), still);
  assert.equal(outbox.hasDisk, false);
  await outbox.add("t", made(2));
  await outbox.send();
  assert.deepEqual([(await outbox.counts()).unsafe, outbox.isUnsafe()], [2, true]);
  assert.equal((await outbox.unsent())[0].entries.length, 2);
  offline = false;
  await outbox.send();
  assert.deepEqual(ids(), ["r0", "r1"]);
  assert.equal(outbox.isUnsafe(), false);
});

test("what a full disk did not take is handed over, too", async () => {
  const full = memoryStore();
  await full.keep("t", made(1));
  const outbox = createOutbox({ ...full, keep: () => Promise.reject(new Error("full")) }, () => Promise.reject(new TypeError()), still);
  await outbox.add("t", made(2, 5));
  const texts = (await outbox.unsent()).flatMap((log) => log.entries);
  assert.deepEqual(texts.map((text) => JSON.parse(text).id), ["r0", "r5", "r6"]);
});

test("when the server says that a list is over, what it received is forgotten and the rest still goes out", async () => {
  const { post, ids } = server();
  let isReachable = true;
  const over = async (...given) => {
    if (!isReachable) throw new TypeError();
    const answer = await post(...given);
    return json(answer.status, { ...(await answer.json()), over: true, wipe: true });
  };
  const told = [];
  const outbox = createOutbox(memoryStore(), over, { ...still, told: (token, answer) => told.push([token, answer.wipe]) });
  isReachable = false;
  await outbox.add("t", made(2));
  await outbox.send();
  await outbox.end("t");
  assert.equal((await outbox.made("t")).length, 2, "unsent entries are never forgotten");
  isReachable = true;
  await outbox.send();
  assert.deepEqual(ids(), ["r0", "r1"]);
  assert.deepEqual(await outbox.made("t"), []);
  assert.deepEqual(told, [["t", true]]);
});

test("received logs of lists that have ended go, other than of those that are kept", async () => {
  const { post } = server();
  const until = { old: "2026-01-01T00:00:00Z", kept: "2026-01-01T00:00:00Z", open: "2026-01-03T00:00:00Z", unsent: null };
  const store = memoryStore();
  for (const token of Object.keys(until)) await store.keep(token, made(1));
  const answering = async (token, batch) =>
    until[token] ? json(200, { ...(await (await post(token, batch)).json()), until: until[token] }) : Promise.reject(new TypeError());
  const outbox = createOutbox(store, answering, still);
  await outbox.send();
  await outbox.forgetDone(new Set(["kept"]), Date.parse("2026-01-02T00:00:00Z"));
  const left = await Promise.all(Object.keys(until).map((token) => outbox.made(token)));
  assert.deepEqual(left.map((entries) => entries.length), [0, 1, 1, 1]);
});

test("a refusal's sentence is told, and the phone asks again only after the longest wait", async () => {
  const { post } = server();
  const waits = [];
  let refusal = json(422, { error: "Too many of these." });
  const outbox = createOutbox(memoryStore(), async (...given) => refusal ?? post(...given), {
    stop: () => {}, wait: (_again, ms) => waits.push(ms),
  });
  await outbox.add("t", made(1));
  assert.equal(await outbox.send(), "refused");
  assert.equal(outbox.refusal(), "Too many of these.");
  assert.ok(waits.every((ms) => ms >= 150_000), String(waits));
  refusal = json(429, { error: "Wait a moment." });
  assert.equal(await outbox.send(), "later");
  refusal = null;
  assert.equal(await outbox.send(), "sent");
  assert.equal(outbox.refusal(), null);
});

test("what was received stays until its list is over, and is never sent again", async () => {
  const { post, sizes } = server();
  const outbox = createOutbox(memoryStore(), post, still);
  await outbox.add("t", made(2));
  await outbox.send();
  assert.deepEqual((await outbox.made("t")).map((entry) => entry.id), ["r0", "r1"]);
  await outbox.send();
  assert.deepEqual(sizes, [2]);
  await outbox.end("t");
  assert.deepEqual(await outbox.made("t"), []);
});

test("what is added while a batch is on its way goes out after it", async () => {
  const { post } = server();
  let release;
  const gate = new Promise((resolve) => (release = resolve));
  const outbox = createOutbox(memoryStore(), async (...given) => (await gate, post(...given)), still);
  await outbox.add("t", made(1));
  await outbox.add("t", made(1, 5));
  release();
  await outbox.send();
  assert.equal((await outbox.counts()).waiting, 0);
});

test("what is unsent can be taken out, ready for another way to the server", async () => {
  const store = memoryStore();
  const { post, ids } = server();
  await store.keep("t", made(25));
  const [log] = await store.waiting();
  await store.settle(await store.batch(log.id, 20), await (await post("t", await store.batch(log.id, 20))).json());
  const [part] = await store.unsent();
  assert.deepEqual([part.token, part.first, part.entries.length], ["t", 21, 5]);
  await post("t", part);
  assert.equal(ids().length, 25);
});

test("ids are version 4 UUIDs also where randomUUID is missing", () => {
  const poor = { getRandomValues: (bytes) => bytes.fill(255) };
  assert.equal(newId(poor), "ffffffff-ffff-4fff-bfff-ffffffffffff");
  assert.match(newId(), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test("a server with too much to do says when to come back, and the pauses do not grow", async () => {
  const waits = [];
  const busy = async () => ({ ...json(503, {}), headers: new Headers({ "Retry-After": "4" }) });
  const outbox = createOutbox(memoryStore(), busy, { wait: (_send, ms) => waits.push(ms), stop: () => {} });
  await outbox.add("t", made(1));
  for (let tries = 0; tries < 8; tries += 1) assert.equal(await outbox.send(), "later");
  assert.ok(waits.every((ms) => ms >= 2000 && ms <= 6000), String(waits));
  assert.deepEqual(await outbox.counts(), { waiting: 1, refused: 0, received: 0, unsafe: 0, isDark: false });
});

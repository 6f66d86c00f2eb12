// The outbox keeps a report until the server's receipt names it.
import assert from "node:assert/strict";
import { test } from "node:test";

import { createOutbox, flush, newId } from "../../volunteer_hub/static/behaviours/outbox.mjs";

/** The store's promises without a browser: rows in the order they were kept. */
function memory() {
  let rows = [];
  const waiting = () => rows.filter((row) => row.reason === null && !row.receivedAt);
  return {
    async keep(token, reports) {
      for (const report of reports) rows.push({ id: report.id, token, report, reason: null });
    },
    tokens: async () => [...new Set(waiting().map((row) => row.token))],
    batch: async (token, most) => waiting().filter((row) => row.token === token).slice(0, most).map((row) => row.report),
    async receive(id) {
      rows.find((row) => row.id === id).receivedAt = "now";
    },
    made: async (token) => rows.filter((row) => row.token === token && row.reason === null).map((row) => row.report),
    async forget(token) {
      rows = rows.filter((row) => row.token !== token || !row.receivedAt);
    },
    async setAside(id, reason) {
      rows.find((row) => row.id === id).reason = reason;
    },
    counts: async () => ({
      waiting: waiting().length,
      refused: rows.filter((row) => row.reason !== null).length,
      received: rows.filter((row) => row.receivedAt).length,
    }),
    refused: async () => rows.filter((row) => row.reason !== null),
  };
}

const made = (count, start = 0) => Array.from({ length: count }, (_, n) => ({ id: `r${n + start}`, result: "not_home" }));
const receipts = (reports, status = "stored") => ({
  ok: true,
  redirected: false,
  json: async () => ({ receipts: reports.map(({ id }) => ({ id, status, reason: "why" })) }),
});
const still = { wait: () => 0, stop: () => {} };

test("batches of twenty go out and what is receipted leaves the phone", async () => {
  const store = memory();
  await store.keep("t", made(45));
  const sizes = [];
  const state = await flush(store, async (_token, reports) => {
    sizes.push(reports.length);
    return receipts(reports);
  });
  assert.equal(state, "sent");
  assert.deepEqual(sizes, [20, 20, 5]);
  assert.deepEqual(await store.counts(), { waiting: 0, refused: 0, received: 45 });
});

for (const [what, answer] of [
  ["a redirect to the sign-in page", { ok: true, redirected: true, json: async () => ({}) }],
  ["an error", { ok: false, status: 500, json: async () => ({}) }],
  ["a lost lease (401)", { ok: false, status: 401, json: async () => ({}) }],
  ["JSON without receipts", { ok: true, redirected: false, json: async () => ({ ok: 1 }) }],
  ["receipts for other reports", { ok: true, redirected: false, json: async () => ({ receipts: [{ id: "x", status: "stored" }] }) }],
  ["an unknown status", { ok: true, redirected: false, json: async () => ({ receipts: [{ id: "r0", status: "fine" }] }) }],
]) {
  test(`${what} is no receipt: everything stays`, async () => {
    const store = memory();
    await store.keep("t", made(3));
    assert.equal(await flush(store, async () => answer), "later");
    assert.equal((await store.counts()).waiting, 3);
  });
}

test("a page of a hotel's network instead of JSON loses nothing", async () => {
  const store = memory();
  await store.keep("t", made(2));
  const outbox = createOutbox(store, async () => ({ ok: true, redirected: false, json: () => Promise.reject(new SyntaxError()) }), still);
  assert.equal(await outbox.send(), "later");
  assert.equal((await outbox.counts()).waiting, 2);
});

test("a refused report is set aside with its reason and never sent again", async () => {
  const store = memory();
  await store.keep("t", made(1));
  let posts = 0;
  const post = async (_token, reports) => (posts++, receipts(reports, "refused"));
  await flush(store, post);
  await flush(store, post);
  assert.equal(posts, 1);
  assert.deepEqual((await store.refused()).map((row) => row.reason), ["why"]);
});

test("one dead link does not hold up the reports of another", async () => {
  const store = memory();
  await store.keep("dead", made(2));
  await store.keep("alive", made(2, 10));
  const state = await flush(store, async (token, reports) => (token === "dead" ? { ok: false } : receipts(reports)));
  assert.equal(state, "later");
  assert.deepEqual(await store.tokens(), ["dead"]);
});

/** A server that cannot read the batches `bad` is in. */
const chokingOn = (bad, status, alone = status) => {
  const sizes = [];
  const post = async (_token, reports) => {
    sizes.push(reports.length);
    if (!reports.some((report) => report.id === bad)) return receipts(reports);
    return {
      ok: false,
      redirected: false,
      status: reports.length === 1 ? alone : status,
      json: async () => ({ error: "the note is no text" }),
    };
  };
  return { post, sizes };
};

for (const status of [400, 413, 422]) {
  test(`one report that the server cannot read (${status}) is set aside and the others go on`, async () => {
    const store = memory();
    await store.keep("t", made(45));
    const { post, sizes } = chokingOn("r3", status);
    assert.equal(await flush(store, post), "sent");
    assert.deepEqual(sizes, [20, ...Array(20).fill(1), 20, 5]);
    assert.deepEqual(await store.counts(), { waiting: 0, refused: 1, received: 44 });
    assert.deepEqual((await store.refused()).map((row) => [row.id, row.reason]), [["r3", "the note is no text"]]);
  });
}

test("a refusal without words is set aside with its number", async () => {
  const store = memory();
  await store.keep("t", made(1));
  await flush(store, async () => ({ ok: false, status: 413, json: () => Promise.reject(new SyntaxError()) }));
  assert.deepEqual((await store.refused()).map((row) => row.reason), ["HTTP 413"]);
});

test("a second 500 sends one by one; the report that causes it stays and holds up no other", async () => {
  const store = memory();
  await store.keep("t", made(45));
  const { post } = chokingOn("r0", 500);
  const outbox = createOutbox(store, post, still);
  await outbox.send();
  assert.equal((await outbox.counts()).waiting, 45);
  assert.equal(await outbox.send(), "later");
  assert.deepEqual(await outbox.counts(), { waiting: 1, refused: 0, received: 44 });
  assert.deepEqual((await store.batch("t", 9)).map((report) => report.id), ["r0"]);
});

test("a server that fails over everything is not asked for every report", async () => {
  const store = memory();
  await store.keep("t", made(60));
  let posts = 0;
  const outbox = createOutbox(store, async () => (posts++, { ok: false, status: 500 }), still);
  await outbox.send();
  await outbox.send();
  assert.equal(posts, 22);
  assert.equal((await outbox.counts()).waiting, 60);
});

for (const status of [401, 403, 408, 429]) {
  test(`${status} while sending one by one sets nothing aside`, async () => {
    const store = memory();
    await store.keep("t", made(3));
    assert.equal(await flush(store, chokingOn("r0", 400, status).post), "later");
    assert.deepEqual(await store.counts(), { waiting: 3, refused: 0, received: 0 });
  });
}

test("an answer that is lost is asked for again with the same ids", async () => {
  const store = memory();
  const seen = [];
  let lost = true;
  const outbox = createOutbox(
    store,
    async (_token, reports) => {
      seen.push(reports.map((report) => report.id).join());
      if (lost) {
        lost = false;
        throw new TypeError("network");
      }
      return receipts(reports, "known");
    },
    still,
  );
  await outbox.add("t", made(2));
  await outbox.send();
  await outbox.send();
  assert.deepEqual(seen.slice(0, 2), ["r0,r1", "r0,r1"]);
  assert.equal((await outbox.counts()).waiting, 0);
});

test("what was received stays until its list is over, and is never sent again", async () => {
  const store = memory();
  const outbox = createOutbox(store, async (_token, reports) => receipts(reports), still);
  await outbox.add("t", made(2));
  await outbox.send();
  assert.deepEqual((await outbox.made("t")).map((report) => report.id), ["r0", "r1"]);
  assert.deepEqual(await store.tokens(), []);
  await outbox.forget("t");
  assert.deepEqual(await outbox.made("t"), []);
});

test("what is added while a batch is on its way goes out after it", async () => {
  const store = memory();
  let release;
  const gate = new Promise((resolve) => (release = resolve));
  const outbox = createOutbox(store, async (_token, reports) => (await gate, receipts(reports)), still);
  await outbox.add("t", made(1));
  await outbox.add("t", made(1, 5));
  release();
  await outbox.send();
  assert.equal((await outbox.counts()).waiting, 0);
});

test("ids are version 4 UUIDs also where randomUUID is missing", () => {
  const poor = { getRandomValues: (bytes) => bytes.fill(255) };
  assert.equal(newId(poor), "ffffffff-ffff-4fff-bfff-ffffffffffff");
  assert.match(newId(), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

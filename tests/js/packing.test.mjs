// What is unsent, for another way to the server.
import assert from "node:assert/strict";
import { test } from "node:test";
import { inflateRawSync } from "node:zlib";

import { firstHash, nextHash } from "../../volunteer_hub/static/behaviours/sync/chain.mjs";
import { codesOf, documentOf } from "../../volunteer_hub/static/behaviours/sync/packing.mjs";

const LOG = "6b0c0f0e-0000-4000-8000-000000000000";
const texts = Array.from({ length: 11 }, (_, n) => JSON.stringify({ id: `r${n}`, note: "ñ".repeat(40 * (n % 3)) + Math.random() }));
const hashAfter = (before, list) => list.reduce((hash, text) => nextHash(hash, text), before);
const log = { token: "t", log: LOG, first: 1, before: firstHash(LOG), entries: texts };
const unpacked = (code) => JSON.parse(inflateRawSync(Buffer.from(code.slice(4), "base64url")).toString());

test("a file holds all logs as they are", () => {
  assert.deepEqual(JSON.parse(documentOf([log])).logs, [log]);
});

test("codes hold every entry once, in order, each code chained to the one before", async () => {
  const codes = await codesOf([log], hashAfter, 400);
  assert.ok(codes.length > 1);
  const parts = codes.map((code) => unpacked(code).logs[0]);
  assert.deepEqual(parts.flatMap((part) => part.entries), texts);
  let before = log.before;
  let first = 1;
  for (const part of parts) {
    assert.deepEqual([part.first, part.before, part.token, part.log], [first, before, "t", LOG]);
    before = hashAfter(before, part.entries);
    first += part.entries.length;
  }
});

test("an entry larger than a code makes a code of its own", async () => {
  const one = { ...log, entries: [JSON.stringify({ note: Array.from({ length: 300 }, () => Math.random()).join() })] };
  assert.equal((await codesOf([one], hashAfter, 400)).length, 1);
});

/* Passkeys: bytes travel as base64url, there and back. */
import assert from "node:assert/strict";
import test from "node:test";

import { bytes, creationOptions, plain, renewed, requestOptions, text } from "../../volunteer_hub/static/behaviours/passkey.mjs";

test("bytes survive as base64url without padding", () => {
  for (const length of [0, 1, 2, 3, 64]) {
    const raw = Uint8Array.from({ length }, (_, at) => (at * 251 + 190) % 256);
    assert.match(text(raw.buffer), /^[A-Za-z0-9_-]*$/);
    assert.deepEqual([...bytes(text(raw.buffer))], [...raw]);
  }
});

test("options become what the browser wants", () => {
  const made = creationOptions({
    challenge: "AQID",
    user: { id: "_w", name: "a@example.org" },
    excludeCredentials: [{ id: "BA", type: "public-key" }],
    rp: { id: "localhost" },
  });
  assert.deepEqual([...made.challenge], [1, 2, 3]);
  assert.deepEqual([...made.user.id], [255]);
  assert.deepEqual([...made.excludeCredentials[0].id], [4]);
  assert.deepEqual(requestOptions({ challenge: "AQID" }).allowCredentials, []);
});

test("a credential becomes plain JSON without what is missing", () => {
  const raw = (...list) => Uint8Array.from(list).buffer;
  const said = plain({
    id: "BA",
    rawId: raw(4),
    type: "public-key",
    response: { clientDataJSON: raw(1), authenticatorData: raw(2), signature: raw(3), userHandle: null },
  });
  assert.deepEqual(said, {
    id: "BA",
    rawId: "BA",
    type: "public-key",
    response: { clientDataJSON: "AQ", authenticatorData: "Ag", signature: "Aw" },
  });
});

const until = (signal) =>
  new Promise((_answer, refuse) => signal.addEventListener("abort", () => refuse(new Error("aborted"))));

test("a quiet offer is made anew before its challenge is too old, until somebody answers", async () => {
  const turns = [];
  const found = await renewed((turn) => {
    turns.push(turn);
    return turns.length < 3 ? until(turn.signal) : Promise.resolve("a passkey");
  }, 5);
  assert.equal(found, "a passkey");
  assert.deepEqual(turns.map((turn) => turn.signal.aborted), [true, true, false]);
});

test("an offer that somebody else ends is not made again", async () => {
  let turns = 0;
  const offered = renewed((turn) => {
    turns += 1;
    setTimeout(() => turn.abort(), 1);
    return until(turn.signal);
  }, 10_000);
  await assert.rejects(offered, /aborted/);
  assert.equal(turns, 1);
});

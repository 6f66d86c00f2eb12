/* What a log is, apart from where it is kept: pure steps from rows to rows.
   A log is { id, token, last, hash, received, until }: `last` entries, the running hash after them, how many of them
   the server is known to hold, and when it said that the list ends. An entry is { log, seq, id, text, hash, reason }: its text never changes; `hash` is the
   running hash after it; `reason` says why the server set it aside. */
import { newId } from "../ids.mjs";
import { firstHash, nextHash } from "./chain.mjs";

/** A log without entries. */
export function newLog(token, id = newId()) {
  return { id, token, last: 0, hash: firstHash(id), received: 0 };
}

/** The log with these texts behind it, and their entries. */
export function appended(log, written) {
  const entries = [];
  let { last, hash } = log;
  for (const { id, text } of written) {
    hash = nextHash(hash, text);
    last += 1;
    entries.push({ log: log.id, seq: last, id, text, hash, reason: null });
  }
  return { log: { ...log, last, hash }, entries };
}

/** An entry as it is written down. */
export const written = (entry) => ({ id: entry.id, text: JSON.stringify(entry) });

/** What the server's answer to a batch means: { received } (from now on), "parted" (the two logs differ), or
    "stale" (the answer to an old batch, after a newer one was settled). `hashAt(seq)` is ours, null if unknown. */
export function meaning(log, batch, answer, hashAt) {
  if (batch.first !== log.received + 1) return "stale";
  const { head, hash } = answer;
  if (!Number.isInteger(head) || head < 0 || typeof hash !== "string") return "stale";
  return head <= log.last && hashAt(head) === hash ? { received: head } : "parted";
}

/** The log after such an answer that says { received }. */
export function settled(log, told, answer) {
  return { ...log, received: told.received, until: answer.until ?? log.until };
}

/** May the log leave the phone? The server holds all of it, its list has ended, and it is not among the `kept` tokens. */
export function isDone(log, kept, now) {
  return log.received === log.last && Date.parse(log.until) < now && !kept.has(log.token);
}

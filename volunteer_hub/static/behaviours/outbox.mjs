/* The phone keeps, then sends, and calls an entry received only when told (docs/sync.md).
   Entries go into a log that only grows; batches follow one another in its order, and the server's answer says how far
   its copy has come. A redirect, an error or a page instead of an answer is none: the log stays as it is. Where the
   disk is full, entries are kept in memory as long as the page is open, and the page says so. What an answer says of
   its list is heeded: it runs on until later, or it is over and leaves the phone (what is unsent stays until it went). */
import { delays } from "./back-off.mjs";
import { memoryStore } from "./sync/memory.mjs";
import { showState } from "./sync/showing.mjs";
import { openStore } from "./sync/store.mjs";
import { forgetDone, forgetList, keepListUntil } from "./walk/kept.mjs";

export { newId } from "./ids.mjs";
export { openStore, showState };

const BATCH = 20;
const FIRST_MS = 2000;
const MOST_MS = 5 * 60 * 1000;
const TOO_LARGE = 413;
const BUSY = new Set([429, 503]);
const MOST_ASKED_S = 60;
const FOR_NOW = new Set([408, 425, 429]);

/** Send what waits in a store, log by log and batch by batch. `post(token, batch)` gives a fetch Response or throws.
    Returns "sent" when nothing waits any more, "refused" when the server will not have the rest as it is, else "later".
    `tell(token, answer)` hears every answer, `complain(token, sentence)` every refusal. */
export async function flush(store, post, tell = () => {}, complain = () => {}) {
  const left = [];
  for (const log of await store.waiting()) left.push(await flushLog(store, log, post, tell, complain));
  if (left.includes("later")) return "later";
  if (left.includes("refused")) return "refused";
  return (await store.waiting()).length ? "later" : "sent";
}

async function flushLog(store, log, post, tell, complain) {
  let most = BATCH;
  for (;;) {
    const batch = await store.batch(log.id, most);
    if (!batch) return "sent";
    const response = await post(log.token, { ...batch, sent_at: new Date().toISOString() });
    if (response.status === TOO_LARGE && most > 1) {
      most = Math.ceil(most / 4);
      continue;
    }
    const { answer, why } = await heard(response);
    if (why) complain(log.token, why);
    if (!answer) return why && !FOR_NOW.has(response.status) ? "refused" : "later";
    tell(log.token, answer);
    await store.settle(batch, answer);
    const now = (await store.waiting()).find((each) => each.id === log.id);
    if (now?.received === log.received) return "later"; // no step
    log = now ?? log;
  }
}

/** What came back: { answer }, the server's word (200, or 409 when its copy is of another log); { why }, its refusal
    in a sentence; or neither, as from a hotel's page. */
async function heard(response) {
  const isAnswer = response.ok || response.status === 409;
  if (response.redirected || !(isAnswer || (response.status >= 400 && response.status < 500))) return {};
  const body = isAnswer ? await response.json() : await response.json().catch(() => null);
  if (isAnswer && Number.isInteger(body?.head) && typeof body.hash === "string") return { answer: body };
  return !response.ok && typeof body?.error === "string" ? { why: body.error } : {};
}

/** An outbox over a store: `add` keeps entries and tries to send; it tries again by itself. `disk` is null where the
    browser keeps nothing: then all of it is in memory. */
export function createOutbox(disk, post, options = {}) {
  const { changed = () => {}, told = () => {}, wait = setTimeout, stop = clearTimeout, memory = memoryStore() } = options;
  const stores = disk ? [disk, memory] : [memory];
  const pause = delays(FIRST_MS, MOST_MS);
  const lastCounts = new Map();
  const refusals = new Map(); // token -> why the server does not take the rest
  const ended = new Set(); // tokens of lists that are over: what is received of them is forgotten
  let isUnsafe = false;
  let askedS = 0; // a server with too much to do says when to come back
  let running = null;
  let queued = null;
  let timer = null;

  const show = async () => {
    try {
      await changed();
    } catch {
      // the page may not say how things stand; what is kept is sent all the same
    }
  };

  function hear(token, answer) {
    refusals.delete(token);
    if (answer.over) ended.add(token);
    told(token, answer);
  }

  async function posted(token, batch) {
    const response = await post(token, batch);
    if (BUSY.has(response.status)) askedS = Math.min(Number(response.headers?.get("Retry-After")) || 0, MOST_ASKED_S);
    return response;
  }

  async function once() {
    const states = [];
    askedS = 0;
    for (const store of stores) {
      try {
        states.push(await flush(store, posted, hear, (token, why) => refusals.set(token, why)));
      } catch {
        states.push("later"); // offline: nothing is lost, it stays in the store
      }
    }
    isUnsafe = (await memory.waiting()).length > 0;
    await show();
    await Promise.allSettled([...ended].map(forget));
    return ["later", "refused"].find((state) => states.includes(state)) ?? "sent";
  }

  /** Resolves after a run that began now or later: whoever asks during a run has one more, together. */
  function send() {
    if (queued) return queued;
    if (!running) return begin();
    queued = running.then(() => {
      queued = null;
      return begin();
    });
    return queued;
  }

  async function begin() {
    stop(timer);
    running = alone(once).catch(() => "later");
    const state = await running;
    running = null;
    if (state !== "later") pause.reset();
    if (state !== "sent") timer = wait(send, state === "refused" ? pause.longest() : askedS ? pause.asked(askedS) : pause.next());
    return state;
  }

  async function keep(token, entries) {
    if (disk) {
      try {
        return await disk.keep(token, entries);
      } catch {
        // full, or gone: the page's memory holds them
      }
    }
    isUnsafe = true;
    return memory.keep(token, entries);
  }

  /** What a store counts; what it counted last where it cannot be read, and nothing where it never could. */
  async function countsOf(store) {
    try {
      lastCounts.set(store, await store.counts());
    } catch {
      // the disk is out of reach
    }
    return lastCounts.get(store);
  }

  const forget = (token) => Promise.all(stores.map((store) => store.forget(token)));
  const gathered = async (ask) => (await Promise.allSettled(stores.map(ask))).flatMap(({ value }) => value ?? []);
  return {
    send,
    hasDisk: Boolean(disk),
    async add(token, entries) {
      await keep(token, entries);
      await show();
      send();
    },
    /** isDark: the disk was never read, so that nobody knows what waits on it. */
    async counts() {
      const [unsafe, kept] = await Promise.all([memory, disk].map((store) => store && countsOf(store)));
      const sum = (name) => (kept?.[name] ?? 0) + unsafe[name];
      const counts = { waiting: sum("waiting"), refused: sum("refused"), received: sum("received"), unsafe: unsafe.waiting };
      return { ...counts, isDark: Boolean(disk) && !kept };
    },
    isUnsafe: () => isUnsafe,
    /** Why the server does not take what waits, in its words; null when it gave no reason. */
    refusal: () => refusals.values().next().value ?? null,
    refused: () => gathered((store) => store.refused()),
    made: (token) => gathered((store) => store.made(token)),
    unsent: () => gathered((store) => store.unsent()),
    /** A list is over: forget what was received of it, now and whenever more is. */
    end(token) {
      ended.add(token);
      return send();
    },
    /** Forget what was received of lists that have ended, other than these tokens. */
    forgetDone: (kept, now = Date.now()) => Promise.allSettled(stores.map((store) => store.forgetDone(kept, now))),
  };
}

/** One tab at a time sends; a browser without locks sends twice at worst, and the server takes it once. */
async function alone(work) {
  const { locks } = globalThis.navigator ?? {};
  return locks ? locks.request("volunteer-hub-outbox", work) : work();
}

/** POST one batch with the walk list's own token; no cookie is sent along. */
export function postBatch(token, batch) {
  return fetch("/canvass/log", {
    method: "POST",
    credentials: "omit",
    headers: { "Content-Type": "application/json", Accept: "application/json", Authorization: `Bearer ${token}` },
    body: JSON.stringify(batch),
    signal: AbortSignal.timeout?.(30_000),
  });
}

let ofThisPage = null;

/** The outbox of this page, one for all its parts: what no disk keeps is in its memory alone. Null before it is open. */
export const pageOutbox = () => ofThisPage;

/** Open the page's outbox; in memory where the browser keeps nothing. `told(token, answer)` hears what was heeded. */
export async function openOutbox({ changed, told = () => {} }) {
  const disk = await openStore().catch(() => null);
  const heed = (token, answer) => {
    if (answer.over) forgetList(token);
    else keepListUntil(token, answer.until);
    told(token, answer);
  };
  ofThisPage = createOutbox(disk, postBatch, { changed, told: heed });
  return ofThisPage;
}

/** Keep trying when the network or the page comes back; ask before a page closes that alone holds something. */
export function listen(outbox) {
  window.addEventListener("online", () => outbox.send());
  document.addEventListener("visibilitychange", () => document.hidden || outbox.send());
  window.addEventListener("beforeunload", (event) => outbox.isUnsafe() && event.preventDefault());
}

/** A page without a walk list: deliver what the phone still keeps, and forget the lists that are over. */
export async function start(element) {
  const words = JSON.parse(element.dataset.words);
  const outbox = await openOutbox({ changed: () => showState(element, outbox, words) });
  listen(outbox);
  const { over } = element.dataset;
  await (over ? outbox.end(over) : outbox.send());
  await forgetDone(outbox);
}

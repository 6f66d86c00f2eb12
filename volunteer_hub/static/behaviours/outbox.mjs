/* The phone keeps, then sends, and calls an entry received only when told (docs/sync.md).
   Entries go into a log that only grows; batches follow one another in its order, and the server's answer says how far
   its copy has come. A redirect, an error or a page instead of an answer is none: the log stays as it is. Where the
   disk is full, entries are kept in memory as long as the page is open, and the page says so. */
import { delays } from "./back-off.mjs";
import { memoryStore } from "./sync/memory.mjs";
import { openStore } from "./sync/store.mjs";

export { newId } from "./ids.mjs";
export { openStore };

const BATCH = 20;
const FIRST_MS = 2000;
const MOST_MS = 5 * 60 * 1000;
const TOO_LARGE = 413;

/** Send what waits in a store, log by log and batch by batch. `post(token, batch)` gives a fetch Response or throws.
    Returns "sent" when nothing waits any more, else "later". `tell` hears every answer. */
export async function flush(store, post, tell = () => {}) {
  let left = false;
  for (const log of await store.waiting()) if (!(await flushLog(store, log, post, tell))) left = true;
  return left || (await store.waiting()).length ? "later" : "sent";
}

async function flushLog(store, log, post, tell) {
  let most = BATCH;
  for (;;) {
    const batch = await store.batch(log.id, most);
    if (!batch) return true;
    const response = await post(log.token, { ...batch, sent_at: new Date().toISOString() });
    if (response.status === TOO_LARGE && most > 1) {
      most = Math.ceil(most / 4);
      continue;
    }
    const answer = await answerOf(response);
    if (!answer) return false;
    tell(log.token, answer);
    await store.settle(batch, answer);
    const now = (await store.waiting()).find((each) => each.id === log.id);
    if (now?.received === log.received) return false; // no step: later
    log = now ?? log;
  }
}

/** The server's word: 200, or 409 when its copy is of another log. Anything else is no answer. */
async function answerOf(response) {
  if (response.redirected || !(response.ok || response.status === 409)) return null;
  const answer = await response.json();
  return Number.isInteger(answer?.head) && typeof answer.hash === "string" ? answer : null;
}

/** An outbox over a store: `add` keeps entries and tries to send; it tries again by itself. */
export function createOutbox(disk, post, options = {}) {
  const { changed = () => {}, told = () => {}, wait = setTimeout, stop = clearTimeout, memory = memoryStore() } = options;
  const stores = [disk, memory];
  const pause = delays(FIRST_MS, MOST_MS);
  let running = null;
  let timer = null;
  let again = false;

  async function once() {
    const states = [];
    for (const store of stores) {
      try {
        states.push(await flush(store, post, told));
      } catch {
        states.push("later"); // offline: nothing is lost, it stays in the store
      }
    }
    await changed();
    return states.includes("later") ? "later" : "sent";
  }

  async function send() {
    if (running) {
      again = true;
      return running;
    }
    stop(timer);
    running = alone(once);
    const state = await running;
    running = null;
    if (state === "sent") pause.reset();
    if (again) {
      again = false;
      return send();
    }
    if (state !== "sent") timer = wait(send, pause.next());
    return state;
  }

  const gathered = async (ask) => (await Promise.all(stores.map(ask))).flat();
  return {
    send,
    async add(token, entries) {
      await disk.keep(token, entries).catch(() => memory.keep(token, entries));
      await changed();
      send();
    },
    async counts() {
      const [kept, unsafe] = await Promise.all(stores.map((store) => store.counts()));
      const sum = (name) => kept[name] + unsafe[name];
      return { waiting: sum("waiting"), refused: sum("refused"), received: sum("received"), unsafe: unsafe.waiting };
    },
    refused: () => gathered((store) => store.refused()),
    made: (token) => gathered((store) => store.made(token)),
    unsent: () => gathered((store) => store.unsent()),
    /** Forget what was received of a list that is over. */
    forget: (token) => Promise.all(stores.map((store) => store.forget(token))),
  };
}

/** One tab at a time sends; a browser without locks sends twice at worst, and the server takes it once. */
function alone(work) {
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

/** Say how things stand in an element with [data-saved-state]: never "sent" before the receipt. */
export async function showState(element, outbox, words) {
  const { waiting, refused, received, unsafe } = await outbox.counts();
  const line = element.querySelector("[data-saved-state]");
  line.dataset.state = unsafe ? "unsafe" : waiting ? "waiting" : "sent";
  const numbers = { "{count}": unsafe || waiting, "{saved}": waiting + received, "{received}": received };
  const sentence = unsafe && words.unsafe ? words.unsafe : waiting ? words.waiting : words.all_sent;
  const text = sentence.replace(/\{(count|saved|received)\}/g, (name) => numbers[name]);
  const said = line.querySelector("[data-saved-words]");
  if (said.textContent !== text) said.textContent = text;
  const way = element.querySelector("[data-export]");
  if (way) way.hidden = !waiting;
  await showRefused(element.querySelector("[data-refused]"), outbox, refused, words);
}

async function showRefused(box, outbox, count, words) {
  box.hidden = !count;
  if (!count) return;
  const title = document.createElement("p");
  title.textContent = words.refused.replace("{count}", count);
  const list = document.createElement("ul");
  for (const row of await outbox.refused()) {
    const line = document.createElement("li");
    line.textContent = [words.results[row.report.result] ?? words.undone, when(row.report.at), row.reason].join(" · ");
    list.append(line);
  }
  box.replaceChildren(title, list);
}

function when(at) {
  const locale = document.documentElement.dataset.locale || "en";
  return new Date(at).toLocaleString(locale, { dateStyle: "medium", timeStyle: "short" });
}

/** Keep trying when the network or the page comes back. */
export function listen(outbox) {
  window.addEventListener("online", () => outbox.send());
  document.addEventListener("visibilitychange", () => document.hidden || outbox.send());
}

/** A page without a walk list: deliver what the phone still keeps, and forget the list that is over. */
export async function start(element) {
  const words = JSON.parse(element.dataset.words);
  const outbox = createOutbox(await openStore(), postBatch, { changed: () => showState(element, outbox, words) });
  listen(outbox);
  await outbox.send();
  if (element.dataset.over) await outbox.forget(element.dataset.over);
}

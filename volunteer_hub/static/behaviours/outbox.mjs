/* The phone keeps, then sends, and calls a report received only when told.
   A report is stored under its own id before anything is sent; the server's receipt marks it as received, and it
   stays until its walk list is over, so that a list opened without a network knows it. Refused ones are set aside with the reason, for a person to see. A redirect, an error or a page
   instead of receipts is no receipt: the report stays. A batch that the server cannot read, or fails over twice,
   goes out report by report, so that one bad report holds up no other. */
import { delays } from "./back-off.mjs";

const BATCH = 20;
const FIRST_MS = 2000;
const MOST_MS = 5 * 60 * 1000;
const BAD_BATCH = new Set([400, 413, 422]);
const NOT_NOW = new Set([401, 403, 408, 429]); // a lease that ended, a tired server: nothing is wrong with the report

/** Send what waits, batch by batch and link by link. `post(token, reports)` gives a fetch Response or throws.
    `troubled` remembers from flush to flush which reports the server failed over with a 500.
    Returns "sent" when nothing waits any more, else "later". */
export async function flush(store, post, troubled = new Set()) {
  let later = false;
  for (const token of await store.tokens()) {
    if (!(await flushOne(store, token, post, troubled))) later = true;
  }
  return later ? "later" : "sent";
}

async function flushOne(store, token, post, troubled) {
  const stuck = new Set();
  for (;;) {
    const rows = await store.batch(token, BATCH + stuck.size);
    const batch = rows.filter((report) => !stuck.has(report.id)).slice(0, BATCH);
    if (!batch.length) return !stuck.size;
    const answer = await post(token, batch);
    const receipts = await receiptsOf(answer);
    if (receipts) {
      if (!(await settle(store, batch, receipts))) return false;
    } else if (!isAboutOne(answer, batch, troubled)) {
      return false;
    } else if (!(await oneByOne(store, token, batch, post, { troubled, stuck, answer }))) {
      return false;
    }
  }
}

/** Whether a single report may spoil the whole batch: the server cannot read it, or fails a second time. */
function isAboutOne({ status }, batch, troubled) {
  if (BAD_BATCH.has(status)) return true;
  const again = status === 500 && troubled.has(batch[0].id);
  if (status === 500) batch.forEach((report) => troubled.add(report.id));
  return again;
}

/** Send the reports of a batch by themselves; set aside what the server can never take. False when it is of no
    use to go on: it took none of them, or wants none now. */
async function oneByOne(store, token, batch, post, { troubled, stuck, answer }) {
  let left = 0;
  for (const report of batch) {
    const alone = batch.length === 1 ? answer : await post(token, [report]);
    const receipts = await receiptsOf(alone);
    if (receipts && (await settle(store, [report], receipts))) {
      troubled.delete(report.id);
    } else if (isForGood(alone)) {
      await store.setAside(report.id, await reasonOf(alone));
      troubled.delete(report.id);
    } else if (alone.status === 500) {
      stuck.add(report.id);
      left += 1;
    } else {
      return false;
    }
  }
  return left < batch.length;
}

const isForGood = ({ status }) => status >= 400 && status < 500 && !NOT_NOW.has(status);

async function reasonOf(answer) {
  const body = await answer.json().catch(() => null);
  return typeof body?.error === "string" ? body.error : `HTTP ${answer.status}`;
}

async function receiptsOf(answer) {
  if (answer.redirected || !answer.ok) return null;
  const body = await answer.json();
  return Array.isArray(body?.receipts) ? body.receipts : null;
}

/** Take the server at its word, report by report. False when it said nothing about any of the batch. */
async function settle(store, batch, receipts) {
  const sent = new Set(batch.map((report) => report.id));
  let settled = 0;
  for (const { id, status, reason } of receipts) {
    if (!sent.has(id)) continue;
    if (status === "stored" || status === "known") await store.receive(id);
    else if (status === "refused") await store.setAside(id, reason || "");
    else continue;
    settled += 1;
  }
  return settled > 0;
}

/** An outbox over a store: `add` keeps a report and tries to send; it tries again by itself. */
export function createOutbox(store, post, { changed = () => {}, wait = setTimeout, stop = clearTimeout } = {}) {
  const pause = delays(FIRST_MS, MOST_MS);
  const troubled = new Set();
  let running = null;
  let timer = null;
  let again = false;

  async function once() {
    let state = "later";
    try {
      state = await flush(store, post, troubled);
    } catch {
      state = "later"; // offline: nothing is lost, it stays in the store
    }
    await changed();
    return state;
  }

  async function send() {
    if (running) {
      again = true;
      return running;
    }
    stop(timer);
    running = once();
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

  return {
    send,
    async add(token, reports) {
      await store.keep(token, reports);
      await changed();
      send();
    },
    counts: () => store.counts(),
    refused: () => store.refused(),
    made: (token) => store.made(token),
    /** Forget what was received of a list that is over. */
    forget: (token) => store.forget(token),
  };
}

/** POST one batch with the walk list's own token; no cookie is sent along. */
export function postReports(token, reports) {
  return fetch("/canvass/reports", {
    method: "POST",
    credentials: "omit",
    headers: { "Content-Type": "application/json", Accept: "application/json", Authorization: `Bearer ${token}` },
    body: JSON.stringify({ reports }),
    signal: AbortSignal.timeout?.(30_000),
  });
}

/** The store in IndexedDB. Rejects when the browser keeps nothing (private window, full disk). */
export async function openStore(name = "volunteer-hub-outbox", factory = globalThis.indexedDB) {
  const database = await new Promise((resolve, reject) => {
    if (!factory) return reject(new Error("no IndexedDB"));
    const asked = factory.open(name, 1);
    asked.onupgradeneeded = () => {
      const kept = asked.result.createObjectStore("reports", { keyPath: "place", autoIncrement: true });
      kept.createIndex("id", "id", { unique: true });
    };
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
    asked.onblocked = () => reject(new Error("another version of this page is open"));
  });
  return storeOver(database);
}

function storeOver(database) {
  /** Run `work(objectStore)`; resolves only when the browser says that it is on the disk. */
  function run(mode, work) {
    return new Promise((resolve, reject) => {
      const step = database.transaction("reports", mode, { durability: "strict" });
      let result;
      step.oncomplete = () => resolve(result);
      step.onerror = step.onabort = () => reject(step.error);
      work(step.objectStore("reports"), (value) => (result = value));
    });
  }
  const isWaiting = (row) => row.reason === null && !row.receivedAt;
  const all = () => run("readonly", (kept, give) => (kept.getAll().onsuccess = (e) => give(e.target.result)));
  const change = (id, act) =>
    run("readwrite", (kept) => {
      kept.index("id").openCursor(id).onsuccess = (event) => event.target.result && act(event.target.result);
    });
  return {
    keep: (token, reports) =>
      run("readwrite", (kept) => reports.forEach((report) => kept.add({ id: report.id, token, report, reason: null }))),
    async tokens() {
      return [...new Set((await all()).filter(isWaiting).map((row) => row.token))];
    },
    async batch(token, most) {
      const rows = (await all()).filter((row) => row.token === token && isWaiting(row));
      return rows.slice(0, most).map((row) => row.report);
    },
    async made(token) {
      return (await all()).filter((row) => row.token === token && row.reason === null).map((row) => row.report);
    },
    receive: (id) => change(id, (cursor) => cursor.update({ ...cursor.value, receivedAt: new Date().toISOString() })),
    forget: (token) =>
      run("readwrite", (kept) => {
        kept.openCursor().onsuccess = ({ target: { result: cursor } }) => {
          if (!cursor) return;
          if (cursor.value.token === token && cursor.value.receivedAt) cursor.delete();
          cursor.continue();
        };
      }),
    setAside: (id, reason) => change(id, (cursor) => cursor.update({ ...cursor.value, reason })),
    async counts() {
      const rows = await all();
      const refused = rows.filter((row) => row.reason !== null).length;
      const waiting = rows.filter(isWaiting).length;
      return { waiting, refused, received: rows.length - refused - waiting };
    },
    async refused() {
      return (await all()).filter((row) => row.reason !== null);
    },
  };
}

/** A UUID made on the phone; randomUUID exists on secure pages only. */
export function newId(crypto = globalThis.crypto) {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** Say how things stand in an element with [data-saved-state]: never "sent" before the receipt. */
export async function showState(element, outbox, words) {
  const { waiting, refused, received } = await outbox.counts();
  const line = element.querySelector("[data-saved-state]");
  line.dataset.state = waiting ? "waiting" : "sent";
  const numbers = { "{count}": waiting, "{saved}": waiting + received, "{received}": received };
  const text = waiting ? words.waiting.replace(/\{(count|saved|received)\}/g, (name) => numbers[name]) : words.all_sent;
  const said = line.querySelector("[data-saved-words]");
  if (said.textContent !== text) said.textContent = text;
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
  const outbox = createOutbox(await openStore(), postReports, { changed: () => showState(element, outbox, words) });
  listen(outbox);
  await outbox.send();
  if (element.dataset.over) await outbox.forget(element.dataset.over);
}

/* What must reach a field lead whatever the network does: a call for help, or that one is back. It is kept on this
   phone and tried until the server has it: offline, it goes out by itself when the network is back, and when the page
   is opened again. A phone that cannot keep it sends it all the same. */
import { delays } from "./back-off.mjs";

const FIRST_MS = 2_000;
const MOST_MS = 30_000;
const WORTH_MS = 24 * 3600 * 1000;
const FOR_NOW = new Set([408, 425, 429]);

/** Calls that wait: id -> { url, id, at, … }. `store` is as localStorage, `isReceipt(answer)` knows the server's word.
    `said(name, call, answer)` hears "received", "refused" (answer.error says why) and "waiting". */
export function createCalls(store, post, { key, isReceipt, said = () => {}, wait = setTimeout, stop = clearTimeout, now = Date.now }) {
  const pause = delays(FIRST_MS, MOST_MS);
  const inPage = {}; // what was called here: the phone may keep nothing
  const gone = new Set();
  let timer = null;

  function kept() {
    try {
      return JSON.parse(store.getItem(key) || "{}");
    } catch {
      return {}; // storage is off
    }
  }

  const all = () => Object.values({ ...kept(), ...inPage }).filter((call) => !gone.has(call.id));

  function keep(calls) {
    try {
      store.setItem(key, JSON.stringify(calls));
    } catch {
      // the phone is full
    }
  }

  function add(call) {
    inPage[call.id] = call;
    keep({ ...kept(), [call.id]: call });
  }

  function drop({ id }) {
    gone.add(id);
    delete inPage[id];
    const { [id]: _gone, ...rest } = kept();
    keep(rest);
  }

  /** A place may have come meanwhile: then the call goes once more. */
  const isNewest = (call) => all().every((each) => each.id !== call.id || JSON.stringify(each) === JSON.stringify(call));

  async function sendOne(call) {
    const answer = await post(call.url, call);
    const body = answer.redirected ? null : await answer.json().catch(() => null);
    const isFinal = answer.status >= 400 && answer.status < 500 && !FOR_NOW.has(answer.status);
    if (answer.ok && body && isReceipt(body)) {
      if (isNewest(call)) drop(call);
      said("received", call, body);
    } else if (isFinal && typeof body?.error === "string") {
      drop(call);
      said("refused", call, body);
    } else throw new Error(`status ${answer.status}: no receipt`);
  }

  async function send() {
    stop(timer);
    for (const call of all()) {
      if (now() - Date.parse(call.at) > WORTH_MS) {
        drop(call);
        continue;
      }
      try {
        await sendOne(call);
        pause.reset();
      } catch {
        said("waiting", call);
      }
    }
    if (all().length) timer = wait(send, pause.next());
  }

  return {
    send,
    add(call) {
      add(call);
      return send();
    },
    /** The place of a call: it goes after it, under the same id. */
    place(call, place) {
      gone.delete(call.id);
      return this.add({ ...call, ...place });
    },
  };
}

/** Calls of this page, sent again whenever the network comes back. `options` as for createCalls. */
export function startCalls(options) {
  const calls = createCalls(phoneStorage(), postCall, options);
  window.addEventListener("online", () => calls.send());
  calls.send();
  return calls;
}

/** The browser may forbid storage altogether; then nothing is kept, and calls go out of the page's memory. */
function phoneStorage() {
  try {
    return localStorage;
  } catch {
    return { getItem: () => null, setItem: () => { throw new Error("no storage"); } };
  }
}

/** How long ago it was by this phone's clock is right also where the clock is wrong. */
function postCall(url, { url: _url, ...call }) {
  const late_s = Math.max(0, (Date.now() - Date.parse(call.at)) / 1000);
  return fetch(url, {
    method: "POST",
    credentials: "omit",
    headers: { "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify({ ...call, late_s }),
    signal: AbortSignal.timeout?.(20_000),
  });
}

/* A quiet call for help. It is kept on this phone first and tried until the server has it: offline, it goes out by
   itself when the network is back, and when the page is opened again. The place is sent after the call, not before:
   finding it takes seconds, and the call must not wait for them. */
import { delays } from "./back-off.mjs";

const KEPT = "help-calls";
const FIRST_MS = 2_000;
const MOST_MS = 30_000;
const PLACE_MS = 15_000;
const WORTH_MS = 24 * 3600 * 1000;

/** Calls that wait: id -> { url, id, at, latitude?, longitude?, accuracy? }. `store` is as localStorage. */
export function createCalls(store, post, { said = () => {}, wait = setTimeout, now = Date.now } = {}) {
  const pause = delays(FIRST_MS, MOST_MS);
  let timer = null;

  const all = () => JSON.parse(store.getItem(KEPT) || "{}");
  const keep = (calls) => store.setItem(KEPT, JSON.stringify(calls));

  async function sendOne(call) {
    const answer = await post(call.url, call);
    if (answer.status >= 500 || answer.status === 429 || answer.redirected) throw new Error(`status ${answer.status}`);
    const waiting = all();
    if (JSON.stringify(waiting[call.id]) === JSON.stringify(call)) delete waiting[call.id]; // else: a place came meanwhile
    keep(waiting);
    if (answer.ok) said(call.latitude === undefined ? "sent" : "sent_place");
  }

  async function send() {
    clearTimeout(timer);
    for (const call of Object.values(all())) {
      if (now() - Date.parse(call.at) > WORTH_MS) {
        const { [call.id]: _gone, ...rest } = all();
        keep(rest);
        continue;
      }
      try {
        await sendOne(call);
        pause.reset();
      } catch {
        said("waiting");
      }
    }
    if (Object.keys(all()).length) timer = wait(send, pause.next());
  }

  return {
    send,
    add(call) {
      keep({ ...all(), [call.id]: call });
      return send();
    },
    /** The place of a call: it goes after it, under the same id. */
    place(call, place) {
      return this.add({ ...call, ...place });
    },
  };
}

export function start(form) {
  const words = JSON.parse(form.dataset.words);
  const state = form.querySelector("[data-help-state]");
  const withPlace = form.querySelector("[data-help-place]");
  const calls = createCalls(localStorage, postCall, { said: (name) => (state.textContent = words[name]) });
  withPlace.hidden = !navigator.geolocation;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const call = { url: form.getAttribute("action"), id: newId(), at: new Date().toISOString() };
    calls.add(call);
    if (event.submitter === withPlace) findPlace((place) => calls.place(call, place));
  });
  window.addEventListener("online", () => calls.send());
  calls.send();
}

function findPlace(found) {
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => found({ latitude: coords.latitude, longitude: coords.longitude, accuracy: coords.accuracy }),
    () => undefined, // the call itself is on its way
    { enableHighAccuracy: true, timeout: PLACE_MS, maximumAge: 60_000 },
  );
}

/** crypto.randomUUID is missing where the page came over plain http. */
function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

function postCall(url, { url: _url, ...call }) {
  return fetch(url, {
    method: "POST",
    credentials: "omit",
    headers: { "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify(call),
    signal: AbortSignal.timeout?.(20_000),
  });
}

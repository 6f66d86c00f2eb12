/* Keeps a board of figures up to date: asks its address ever more slowly while nothing moves, puts fresh parts in
   the place of old ones (data-live names them) and gives the map its new numbers. It rests while nobody looks.
   Only what changed is replaced; what somebody is using (focus inside, a fold open) waits for the next turn. */
import { delays } from "./back-off.mjs";
import { replaceChanged } from "./replace-changed.mjs";

const QUICK_MS = 4_000;
const SLOW_MS = 60_000;

export function start(board) {
  const state = board.querySelector("[data-live-state]");
  const words = JSON.parse(state?.dataset.words || "{}");
  const wait = delays(QUICK_MS, Number(board.dataset.slowest) || SLOW_MS);
  let tag = "";

  async function ask() {
    if (!document.hidden) {
      try {
        const answer = await fetch(board.dataset.url, { cache: "no-store", headers: { Accept: "application/json", ...(tag ? { "If-None-Match": tag } : {}) } });
        if (answer.status !== 304) {
          if (!answer.ok || answer.redirected) throw new Error(`status ${answer.status}`);
          const isWhole = show(board, await answer.json());
          tag = isWhole ? answer.headers.get("ETag") || "" : ""; // what had to wait is asked for again
          wait.reset();
        }
        say(state, words.live);
      } catch (error) {
        console.warn("live board:", error.message);
        say(state, words.stale);
      }
    }
    setTimeout(ask, wait.next());
  }

  document.addEventListener("visibilitychange", () => document.hidden || wait.reset());
  setTimeout(ask, QUICK_MS);
}

function say(state, text) {
  if (state && text && state.textContent !== text) state.textContent = text;
}

/** Show what came; false when something had to wait. The forms in it get the token of this page. */
function show(board, { parts, values }) {
  const token = document.querySelector("input[name=csrf_token]:not([value=''])")?.value || "";
  let isWhole = true;
  for (const [name, html] of Object.entries(parts)) {
    const place = board.querySelector(`[data-live="${name}"]`);
    if (!place) continue;
    const fresh = document.createElement("template");
    fresh.innerHTML = html; // our own server's, escaped there
    for (const field of fresh.content.querySelectorAll("input[name=csrf_token]")) field.setAttribute("value", token);
    isWhole = replaceChanged(place, fresh.content) && isWhole;
  }
  import("./index.mjs").then(({ startAll }) => startAll(board));
  document.getElementById(board.dataset.map)?.showValues?.(values);
  return isWhole;
}

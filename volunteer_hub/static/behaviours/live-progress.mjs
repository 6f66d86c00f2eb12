/* Asks how far a long piece of work is, ever more slowly while nothing moves, and goes on when it is done.
   A failed answer is shown and tried again: the work goes on whether or not we hear of it. */
import { delays } from "./back-off.mjs";

const QUICK_MS = 700;
const SLOW_MS = 15_000;

export function start(box) {
  const words = JSON.parse(box.dataset.words || "{}");
  const wait = delays(QUICK_MS, SLOW_MS);
  let last = "";

  async function ask() {
    try {
      const answer = await fetch(box.dataset.url, { headers: { Accept: "application/json" } });
      if (!answer.ok || answer.redirected) throw new Error(`status ${answer.status}`);
      const state = await answer.json();
      show(box, state, words);
      if (state.finished) return goOn(state);
      const now = JSON.stringify(state);
      if (now !== last) wait.reset();
      last = now;
    } catch {
      note(box, words.unreachable || "");
    }
    setTimeout(ask, document.hidden ? SLOW_MS : wait.next());
  }
  setTimeout(ask, QUICK_MS);
}

function goOn(state) {
  if (state.url) location.assign(state.url);
  else location.reload();
}

function show(box, { done, total, label, message, seconds_left: secondsLeft, failed }, words) {
  const part = (name) => box.querySelector(`[data-progress="${name}"]`);
  const bar = part("bar");
  const language = document.documentElement.dataset.locale || "en";
  const written = (number) => Number(number).toLocaleString(language);
  if (label) part("label").textContent = label;
  if (total) {
    bar.max = total;
    bar.value = done;
    part("count").textContent = fill(words.of, { done: written(done), total: written(total) });
  } else bar.removeAttribute("value");
  note(box, failed || message ? message : timeLeft(secondsLeft, words));
  box.classList.toggle("is-failed", Boolean(failed));
}

function note(box, text) {
  const place = box.querySelector('[data-progress="note"]');
  if (place.textContent !== (text || "")) place.textContent = text || "";
}

/** “about 40 seconds left”, or nothing when it is not known. */
export function timeLeft(seconds, words) {
  if (seconds === null || seconds === undefined) return "";
  if (seconds < 10) return words.moment;
  if (seconds < 90) return fill(words.seconds, { n: Math.round(seconds / 10) * 10 });
  return fill(words.minutes, { n: Math.round(seconds / 60) });
}

function fill(pattern = "", values) {
  return pattern.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

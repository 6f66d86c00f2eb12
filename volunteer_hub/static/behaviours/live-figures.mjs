/* Keeps a few numbers up to date: asks data-url for {"figures": {name: number}} and writes each into the element
   with data-figure="name" inside. Asks ever more slowly while nothing changes (or every data-every milliseconds), and
   not while nobody looks. */
import { delays } from "./back-off.mjs";

const QUICK_MS = 3000;
const SLOW_MS = 60_000;

export function start(box) {
  const every = Number(box.dataset.every); // a page that must follow at once asks steadily
  const wait = every ? delays(every, every) : delays(QUICK_MS, SLOW_MS);
  const language = document.documentElement.dataset.locale || "en";

  async function ask() {
    if (!document.hidden) {
      try {
        const answer = await fetch(box.dataset.url, { headers: { Accept: "application/json" } });
        if (answer.status === 401 || answer.status === 403 || answer.redirected) return; // signed out meanwhile
        if (answer.ok && write(box, (await answer.json()).figures, language)) wait.reset();
      } catch {
        /* out of reach: the numbers stay as they are, and the next turn asks again */
      }
    }
    setTimeout(ask, wait.next());
  }
  setTimeout(ask, wait.next());
}

/** Write the numbers; true when one of them changed. */
export function write(box, figures, language) {
  let changed = false;
  for (const place of box.querySelectorAll("[data-figure]")) {
    const number = figures?.[place.dataset.figure];
    if (typeof number !== "number") continue;
    const text = number.toLocaleString(language);
    if (place.textContent !== text) {
      place.textContent = text;
      changed = true;
    }
  }
  return changed;
}

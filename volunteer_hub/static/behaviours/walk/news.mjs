/* Two phones on one turf: what the other one did, asked every quarter of a minute while the page is looked at and
   there is a network; ever more slowly while nobody answers. It also brings doors where nobody may knock any more,
   doors that went to somebody else, and until when the list is open. */
import { delays } from "../back-off.mjs";

const EVERY_MS = 15_000;
const MOST_MS = 4 * 60_000;

/** Ask `url` for news and give them to `tell`. `over()` when the list is closed. Returns { ask } for tests. */
export function listen(url, { tell, over }, { fetch = globalThis.fetch, wait = setTimeout, stop = clearTimeout } = {}) {
  const pause = delays(EVERY_MS, MOST_MS);
  let since = "";
  let timer = null;
  let isOver = false;

  async function ask() {
    if (isOver) return;
    stop(timer);
    try {
      if (!document.hidden && navigator.onLine) await hear();
    } catch {
      // no network, or a tired server: the pause grows
    }
    if (!isOver) timer = wait(ask, pause.next());
  }

  async function hear() {
    const answer = await fetch(`${url}?since=${encodeURIComponent(since)}`, {
      cache: "no-store",
      credentials: "omit",
      headers: { Accept: "application/json" },
      signal: AbortSignal.timeout?.(10_000),
    });
    if (answer.redirected) return;
    const news = await answer.json(); // a hotel's page is none
    isOver = news.over === true;
    if (isOver) return over();
    if (!answer.ok) return;
    tell(news);
    since = news.now;
    pause.reset();
  }

  window.addEventListener("online", ask);
  document.addEventListener("visibilitychange", () => document.hidden || ask());
  ask();
  return { ask };
}

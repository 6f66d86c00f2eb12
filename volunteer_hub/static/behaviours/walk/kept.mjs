/* The walk lists that this phone keeps for the time without a network. The service worker puts them there; a list
   leaves the phone when it is over or its time has passed, also when nobody opens it again. */
import { openStore } from "../sync/store.mjs";

const KEPT = "walk-lists"; // as the service worker calls them
const KEEP_UNTIL = "X-Keep-Until";

/** The lists whose time has not passed: [{ token, path, answer }]. The others are dropped on the way. */
export async function keptLists(now = Date.now()) {
  const lists = await cache();
  const found = [];
  for (const key of (await lists?.keys()) ?? []) {
    const answer = await lists.match(key);
    const path = new URL(key.url).pathname;
    if (answer && untilOf(answer) > now) found.push({ token: path.split("/")[2], path, answer });
    else await lists.delete(key);
  }
  return found;
}

/** The list of a token is over. */
export async function forgetList(token) {
  await (await cache())?.delete(pathOf(token));
}

/** The list of a token may be kept until this moment (ISO), if it is later than was known. */
export async function keepListUntil(token, until) {
  const lists = await cache();
  const answer = await lists?.match(pathOf(token));
  if (!answer || !(Date.parse(until) > untilOf(answer))) return;
  const headers = new Headers(answer.headers);
  headers.set(KEEP_UNTIL, until);
  headers.delete("Content-Encoding"); // what is kept is unpacked
  headers.delete("Content-Length");
  const longer = new Response(await answer.blob(), { headers });
  await lists.put(pathOf(token), longer).catch(() => undefined); // a full phone keeps it until the old end
}

/** Drop the lists whose time has passed, and of those that have ended what the server has received. */
export async function forgetDone(outbox) {
  await outbox.forgetDone(await keptTokens());
}

/** The same on a page without an outbox. */
export async function sweep() {
  await (await openStore()).forgetDone(await keptTokens(), Date.now());
}

const keptTokens = async () => new Set((await keptLists()).map((list) => list.token));

const pathOf = (token) => `/walk/${token}`;
const untilOf = (answer) => Date.parse(answer.headers.get(KEEP_UNTIL));

/** The browser's cache of lists; nothing where it has none (plain http, a private window). */
async function cache() {
  try {
    return (await caches.has(KEPT)) ? await caches.open(KEPT) : null;
  } catch {
    return null;
  }
}

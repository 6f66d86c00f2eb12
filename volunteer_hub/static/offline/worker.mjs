/* The service worker of the walk lists, served as /walk/worker.js with three constants before it:
   VERSION of the assets, ASSETS (addresses that a walk list needs) and SHELL (the page without a list).
   A list comes from the network and is kept for the time without one; it is forgotten when the server says that it
   is over, or when its time has passed. The page itself forgets it, too, or keeps it longer (behaviours/walk/kept.mjs).
   Assets of an older version stay while a kept list names one of them. */
/* global VERSION, ASSETS, SHELL */
const KEPT = "walk-lists";
const PREFIX = "walk-assets-";
const PATIENCE_MS = 3000;
const OVER = new Set([404, 410]);
const KEEP_UNTIL = "X-Keep-Until";

self.addEventListener("install", (event) => {
  event.waitUntil(
    caches
      .open(PREFIX + VERSION)
      .then((assets) => assets.addAll([...ASSETS, SHELL]))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(dropPast().then(dropOld).then(() => self.clients.claim()));
});

self.addEventListener("message", (event) => {
  const { keep } = event.data ?? {};
  const answer = (done) => event.ports[0]?.postMessage(done);
  if (keep) event.waitUntil(fetchAndKeep(keep).then(answer, () => answer(false)));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (url.pathname.startsWith("/static/")) event.respondWith(asset(request));
  else if (request.mode === "navigate") event.respondWith(page(event, url.pathname));
});

async function asset(request) {
  return (await caches.match(request, { ignoreVary: true })) ?? fetch(request);
}

/** From the network, kept on the way; else as it was kept; else the page that lists what is kept. */
async function page(event, path) {
  const asked = fetch(event.request).then((answer) => taken(path, answer));
  event.waitUntil(asked.catch(() => undefined).then(dropPast));
  const fresh = await Promise.race([asked.catch(() => undefined), after(PATIENCE_MS)]);
  if (fresh && fresh.status < 500) return fresh;
  return (await stillKept(path)) ?? fresh ?? (await caches.match(SHELL)) ?? Response.error();
}

/** Keep a list that came, forget one that is over; returns the answer for the browser. Only our server names a time:
    what a hotel's network or a proxy answers takes no list away. */
async function taken(path, answer) {
  if (OVER.has(answer.status) && answer.headers.has(KEEP_UNTIL)) await drop(path);
  if (isList(answer)) await (await caches.open(KEPT)).put(path, answer.clone());
  return answer;
}

/** Only a list says until when it may be kept. */
const isList = (answer) => answer.ok && !answer.redirected && answer.headers.has(KEEP_UNTIL);

async function fetchAndKeep(path) {
  const answer = await fetch(path, { headers: { Accept: "text/html" } });
  await taken(path, answer);
  return isList(answer);
}

async function stillKept(path) {
  const found = await (await caches.open(KEPT)).match(path);
  if (!found || !isPast(found)) return found;
  await drop(path);
  return undefined;
}

const isPast = (answer) => !(Date.parse(answer.headers.get(KEEP_UNTIL)) > Date.now());

/** Lists whose time has passed go, also when nobody opens them again. */
async function dropPast() {
  const lists = await caches.open(KEPT);
  for (const key of await lists.keys()) {
    const answer = await lists.match(key);
    if (answer && isPast(answer)) await lists.delete(key);
  }
}

async function drop(path) {
  await (await caches.open(KEPT)).delete(path);
}

async function dropOld() {
  const lists = await caches.open(KEPT);
  const pages = await Promise.all((await lists.keys()).map(async (key) => (await lists.match(key)).text()));
  for (const name of await caches.keys()) {
    if (!name.startsWith(PREFIX) || name === PREFIX + VERSION) continue;
    const own = (await (await caches.open(name)).keys()).map((key) => new URL(key.url).pathname);
    const isNamed = own.some((path) => !ASSETS.includes(path) && path !== SHELL && pages.some((html) => html.includes(path)));
    if (!isNamed) await caches.delete(name);
  }
}

const after = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

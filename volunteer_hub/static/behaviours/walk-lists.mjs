/* The lists that this phone keeps, each with a link; nothing of it comes from the server. */
const KEPT = "walk-lists"; // as the service worker calls them

export async function start(element) {
  const links = await kept();
  const list = element.querySelector("[data-lists]");
  list.replaceChildren(...links.map(line));
  list.hidden = !links.length;
  element.querySelector("[data-no-lists]").hidden = Boolean(links.length);
}

async function kept() {
  if (!globalThis.caches || !(await caches.has(KEPT))) return [];
  const store = await caches.open(KEPT);
  const answers = await Promise.all((await store.keys()).map(async (key) => [key, await store.match(key)]));
  const open = answers.filter(([, answer]) => Date.parse(answer.headers.get("X-Keep-Until")) > Date.now());
  return Promise.all(open.map(async ([key, answer]) => ({ path: new URL(key.url).pathname, title: titleOf(await answer.text()) })));
}

const titleOf = (html) => new DOMParser().parseFromString(html, "text/html").title;

function line({ path, title }) {
  const item = document.createElement("li");
  const link = document.createElement("a");
  link.className = "line";
  link.href = path;
  const words = document.createElement("span");
  words.className = "line__title";
  words.textContent = title;
  link.append(words);
  item.append(link);
  return item;
}

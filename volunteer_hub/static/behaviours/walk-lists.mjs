/* The lists that this phone keeps, each with a link; nothing of it comes from the server. */
import { keptLists } from "./walk/kept.mjs";

export async function start(element) {
  const links = await Promise.all((await keptLists()).map(async ({ path, answer }) => ({ path, title: titleOf(await answer.text()) })));
  const list = element.querySelector("[data-lists]");
  list.replaceChildren(...links.map(line));
  list.hidden = !links.length;
  element.querySelector("[data-no-lists]").hidden = Boolean(links.length);
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

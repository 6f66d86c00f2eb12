/* A fold whose content is made when it is opened first: a map costs nothing where nobody looks at it.
   data-wide="open": on a wide window it opens by itself, unless the person saves data. */
const WIDE = "(min-width: 64rem)";

export function start(details) {
  details.hidden = false;
  details.addEventListener("toggle", () => details.open && fill(details));
  const saves = navigator.connection?.saveData === true;
  if (details.dataset.wide === "open" && !saves && matchMedia(WIDE).matches) details.open = true;
}

async function fill(details) {
  const template = details.querySelector("template");
  if (!template) return;
  const body = document.createElement("div");
  body.className = "fold__body";
  body.append(template.content);
  template.replaceWith(body);
  const { startAll } = await import("./index.mjs");
  await startAll(body);
}

/* Finds what the page asks for and fetches only that.
   <form data-behaviour="once filter"> names modules of this folder; each exports `start(element)`.
   A behaviour that fails leaves the page as it was: everything works without. */
const behaviours = {
  "auto-submit": () => import("./auto-submit.mjs"),
  "confirm": () => import("./confirm.mjs"),
  "back-safe": () => import("./back-safe.mjs"),
  "copy": () => import("./copy.mjs"),
  "filter": () => import("./filter.mjs"),
  "fold-away": () => import("./fold-away.mjs"),
  "help": () => import("./help.mjs"),
  "keep-lists": () => import("./keep-lists.mjs"),
  "live-board": () => import("./live-board.mjs"),
  "live-figures": () => import("./live-figures.mjs"),
  "live-progress": () => import("./live-progress.mjs"),
  "map": () => import("./map.mjs"),
  "once": () => import("./once.mjs"),
  "print": () => import("./print.mjs"),
  "passkey": () => import("./passkey.mjs"),
  "preview": () => import("./preview.mjs"),
  "script-editor": () => import("./script-editor.mjs"),
  "script-preview": () => import("./script-preview.mjs"),
  "script-questions": () => import("./script-questions.mjs"),
  "share": () => import("./share.mjs"),
  "share-place": () => import("./share-place.mjs"),
  "slider": () => import("./slider.mjs"),
  "outbox": () => import("./outbox.mjs"),
  "hand-over": () => import("./hand-over.mjs"),
  "bring": () => import("./bring.mjs"),
  "take-focus": () => import("./take-focus.mjs"),
  "tell-height": () => import("./tell-height.mjs"),
  "theme": () => import("./theme.mjs"),
  "together": () => import("./together.mjs"),
  "turf-choose": () => import("./turf-choose.mjs"),
  "turf-edit": () => import("./turf-edit.mjs"),
  "unfold": () => import("./unfold.mjs"),
  "walk": () => import("./walk.mjs"),
  "walk-lists": () => import("./walk-lists.mjs"),
  "where-am-i": () => import("./where-am-i.mjs"),
};

const begun = new WeakMap(); // element -> the names it has begun to start

/** Start what `root` and the elements in it name. Each element starts each behaviour once; `data-started` then
    lists those that are at work. */
export async function startAll(root = document) {
  const found = [...root.querySelectorAll("[data-behaviour]")];
  if (root.matches?.("[data-behaviour]")) found.unshift(root);
  await Promise.all(found.flatMap((element) => namesOf(element).map((name) => startOne(element, name))));
}

function namesOf(element) {
  const already = begun.get(element) ?? new Set();
  const names = element.dataset.behaviour.split(/\s+/).filter((name) => name && !already.has(name));
  begun.set(element, new Set([...already, ...names]));
  return names;
}

async function startOne(element, name) {
  try {
    if (!behaviours[name]) throw new Error(`there is no behaviour “${name}”`);
    const module = await behaviours[name]();
    await module.start(element);
    element.dataset.started = `${element.dataset.started ?? ""} ${name}`.trim();
  } catch (error) {
    console.error(`behaviour ${name}:`, error);
  }
}

document.documentElement.classList.remove("no-script");
startAll()
  .then(() => (document.documentElement.dataset.started = "all")) // tests wait for it
  .then(forgetOldLists);

/** A phone that kept walk lists lets go of those whose time has passed, whatever page it opens. */
async function forgetOldLists() {
  const isKeeping = await globalThis.caches?.has("walk-lists").catch(() => false);
  if (!isKeeping || document.querySelector("[data-walk]")) return; // the walk page does it itself
  const { sweep } = await import("./walk/kept.mjs");
  await sweep().catch(() => undefined); // nothing to forget where nothing is kept
}

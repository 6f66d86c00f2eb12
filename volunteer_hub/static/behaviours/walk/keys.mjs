/* The whole walk by keyboard. Keys of one letter can be switched off (see modes.mjs); they rest while somebody types,
   while a dialog is open, and together with Ctrl, Alt or the command key. */
const TYPING = "input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]";

/** deeds: what each key does, as { n: () => …, ArrowRight: () => … }, until `signal` ends it. */
export function listen(element, deeds, signal) {
  const help = element.querySelector("[data-walk-keys]");
  const all = { ...deeds, "?": () => help.showModal() };
  document.addEventListener("keydown", (event) => {
    const deed = all[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!deed || isBusy(event)) return;
    event.preventDefault();
    deed();
  }, { signal });
  for (const button of element.querySelectorAll("[data-walk-keys-open]")) {
    button.hidden = false;
    button.addEventListener("click", () => help.showModal());
  }
  const close = help.querySelector("[data-walk-keys-close]");
  help.addEventListener("click", ({ target }) => (target === help || close.contains(target)) && help.close());
}

function isBusy({ target, ctrlKey, altKey, metaKey, repeat, key, defaultPrevented }) {
  if (ctrlKey || altKey || metaKey || repeat || defaultPrevented) return true;
  if (document.documentElement.dataset.keys === "off" || document.querySelector("dialog[open]")) return true;
  const isArrow = key.startsWith("Arrow");
  return Boolean(target.closest?.(TYPING)) || (isArrow && Boolean(target.closest?.("input, [data-walk-map-frame]")));
}

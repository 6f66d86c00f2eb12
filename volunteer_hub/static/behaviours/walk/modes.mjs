/* How the page sits in this hand and before these eyes: left-handed, large text, single-key shortcuts.
   Kept on this phone only; it works without a network, too. */
const KEY = "walk-modes";
const USUAL = { left: false, large: false, keys: true };

export function modes(storage = globalThis.localStorage) {
  try {
    return { ...USUAL, ...JSON.parse(storage.getItem(KEY) || "{}") };
  } catch {
    return { ...USUAL }; // a private window keeps nothing
  }
}

export function listen(element) {
  const chosen = modes();
  show(chosen);
  for (const box of element.querySelectorAll("[data-walk-mode]")) {
    box.checked = chosen[box.dataset.walkMode];
    box.addEventListener("change", () => {
      chosen[box.dataset.walkMode] = box.checked;
      for (const twin of element.querySelectorAll(`[data-walk-mode="${box.dataset.walkMode}"]`)) twin.checked = box.checked;
      keep(chosen);
      show(chosen);
    });
  }
}

function keep(chosen) {
  try {
    localStorage.setItem(KEY, JSON.stringify(chosen));
  } catch {
    // it holds until the page is closed
  }
}

function show({ left, large, keys }) {
  const { dataset } = document.documentElement;
  dataset.hand = left ? "left" : "right";
  dataset.text = large ? "large" : "usual";
  dataset.keys = keys ? "on" : "off";
}

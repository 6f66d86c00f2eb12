/* Handing over what this phone could not send: as a file, or as QR codes that a lead's phone scans one by one. Works
   without a network: nothing here asks the server. */
import { generate } from "lean-qr";
import { toSvg } from "lean-qr/extras/svg";

import { openStore, pageOutbox } from "./outbox.mjs";
import { nextHash } from "./sync/chain.mjs";
import { codesOf, documentOf } from "./sync/packing.mjs";

const BRING = "/organize/bring#";

export function start(element) {
  const words = JSON.parse(element.dataset.words);
  const find = (name) => element.querySelector(`[data-hand-over-${name}]`);
  const unsent = async () => (pageOutbox() ?? (await openStore())).unsent(); // the page's own: a full disk holds not all
  find("file").addEventListener("click", async () => save(documentOf(await unsent()), find("link")));
  find("codes").addEventListener("click", async () => {
    const hashAfter = (before, texts) => texts.reduce((hash, text) => nextHash(hash, text), before);
    const codes = await codesOf(await unsent(), hashAfter);
    showing(find("code"), codes, words);
  });
}

/** Offer the text as a file; the link stays, for browsers that want a tap of one's own. */
function save(text, link) {
  link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  link.download = `walk-log-${new Date().toISOString().slice(0, 16).replace(":", "")}.json`;
  link.hidden = false;
  link.click();
}

function showing(box, codes, words) {
  const title = document.createElement("p");
  const picture = document.createElement("div");
  picture.className = "hand-over__code";
  const next = document.createElement("button");
  next.type = "button";
  next.className = "button button--secondary";
  let at = 0;
  function show() {
    const text = words.code.replace("{number}", at + 1).replace("{all}", codes.length);
    title.textContent = text;
    const svg = toSvg(generate(location.origin + BRING + codes[at]), document, { on: "black", off: "white" });
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", text);
    picture.replaceChildren(svg);
    next.textContent = at + 1 < codes.length ? words.next : words.again;
  }
  next.addEventListener("click", () => {
    at = (at + 1) % codes.length;
    show();
  });
  if (!codes.length) {
    title.textContent = words.nothing;
    box.replaceChildren(title);
    return;
  }
  show();
  box.replaceChildren(title, picture, next);
}

/* What a form would do, shown while it is being filled in: the form is sent as its own "preview" button would,
   and the part of the answer that data-preview names takes the place of the one on the page. A map named by
   data-map stays and only gets new numbers. The newest change counts; a failed answer leaves what is there. */
const QUIET_MS = 350;

export function start(form) {
  let timer = 0;
  let asked = null;

  async function ask() {
    asked?.abort();
    asked = new AbortController();
    const data = new FormData(form);
    data.set("do", "preview");
    const place = document.querySelector(form.dataset.preview);
    place.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(data), signal: asked.signal, headers: { Accept: "text/html" } });
      if (!answer.ok || answer.redirected) throw new Error(`status ${answer.status}`);
      await show(place, new DOMParser().parseFromString(await answer.text(), "text/html"), form);
    } catch (error) {
      if (error.name !== "AbortError") console.error("preview:", error);
    }
    place.removeAttribute("aria-busy");
  }

  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, QUIET_MS);
  });
}

async function show(place, page, form) {
  const fresh = page.querySelector(form.dataset.preview);
  if (!fresh) return;
  const kept = [...place.querySelectorAll(".map")].filter((map) => map.showValues);
  for (const map of kept) {
    const next = fresh.querySelector(`#${CSS.escape(map.id)}`);
    if (!next) continue;
    if (next.dataset.values) map.showValues(JSON.parse(next.dataset.values), { unit: next.dataset.unit });
    next.replaceWith(map);
  }
  place.replaceChildren(...fresh.childNodes);
  const { startAll } = await import("./index.mjs");
  await startAll(place);
}

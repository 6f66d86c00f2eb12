/* Handing the turf back takes a network: without one the page stays, and says so. */
export function listen(element, words, handedBack) {
  const said = element.querySelector("[data-hand-back-said]");
  const form = said.closest("form");
  let isAsking = false;
  // before “once”, which would leave the button dead after a try that failed
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
    if (isAsking) return;
    isAsking = true;
    said.textContent = "";
    try {
      const why = await refusalOf(form);
      if (why) said.textContent = why;
      else handedBack();
    } catch {
      said.textContent = words.no_network;
    } finally {
      isAsking = false;
    }
  }, { capture: true });
}

/** Why the server does not take it back; nothing when it did: it then leads to another page. */
async function refusalOf(form) {
  const answer = await fetch(form.action, {
    method: "POST",
    body: new FormData(form),
    headers: { Accept: "application/json" },
    redirect: "manual",
    signal: AbortSignal.timeout?.(20_000),
  });
  if (answer.type === "opaqueredirect") return "";
  return (await answer.json()).error;
}

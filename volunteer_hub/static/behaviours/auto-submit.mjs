/* Filters apply as soon as they change; typing waits a moment. The submit button is for pages without scripts. */
const PAUSE_MS = 450;

export function start(form) {
  let waiting;
  const send = () => form.requestSubmit();
  form.addEventListener("change", send);
  form.addEventListener("input", (event) => {
    if (event.target.type !== "search") return;
    clearTimeout(waiting);
    waiting = setTimeout(send, PAUSE_MS);
  });
  for (const button of form.querySelectorAll("[data-without-script]")) button.hidden = true;
}

/* Turns a <details class="confirm"> into a dialog; the same form, in front of the page.
   One that is open already stays as it is until it closes: nothing moves away under a finger. */
export function start(details) {
  if (details.open) details.addEventListener("toggle", () => start(details), { once: true });
  else turn(details);
}

function turn(details) {
  const body = details.querySelector(".confirm__body");
  const summary = details.querySelector("summary");
  if (!body || typeof HTMLDialogElement === "undefined") return;

  const dialog = document.createElement("dialog");
  const question = body.querySelector(".confirm__question");
  dialog.className = "dialog";
  question.id ||= `question-${Math.random().toString(36).slice(2)}`;
  dialog.setAttribute("aria-labelledby", question.id);
  dialog.append(body);
  details.append(dialog);

  details.addEventListener("toggle", () => {
    if (details.open && !dialog.open) dialog.showModal();
  });
  dialog.addEventListener("close", () => {
    details.open = false;
    summary.focus();
  });
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  for (const button of body.querySelectorAll("[data-confirm-close]")) {
    button.hidden = false;
    button.autofocus = true; // the first key pressed by chance must not lose anything
    button.addEventListener("click", () => dialog.close());
  }
}

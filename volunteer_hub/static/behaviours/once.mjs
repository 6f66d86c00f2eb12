/* A form is sent once: a second tap on a slow network does nothing, and the button shows that it works. */
export function start(form) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = "yes";
    const button = event.submitter || form.querySelector("button:not([type=button])");
    button?.classList.add("is-busy");
    button?.setAttribute("aria-disabled", "true"); // `disabled` would take its name=value out of the form
  });
  window.addEventListener("pageshow", (event) => event.persisted && reset(form)); // back button
}

function reset(form) {
  delete form.dataset.sent;
  for (const button of form.querySelectorAll(".is-busy")) {
    button.classList.remove("is-busy");
    button.removeAttribute("aria-disabled");
  }
}

/* Search near where the browser is. The position is rounded to about a kilometre here, before it leaves the
   phone, and goes into the address of the search alone: nothing keeps it. */
export function start(box) {
  if (!navigator.geolocation) return;
  box.hidden = false;
  const words = JSON.parse(box.dataset.words);
  const state = box.querySelector("[data-state]");
  const button = box.querySelector("[data-ask]");
  button.addEventListener("click", () => {
    state.textContent = words.asking;
    button.disabled = true;
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => search(box.closest("form"), coarse(coords)),
      () => {
        state.textContent = words.denied;
        button.disabled = false;
      },
      { maximumAge: 600_000, timeout: 15_000 },
    );
  });
}

/** Hundredths of a degree: “25.77,-80.19”. */
export function coarse({ latitude, longitude }) {
  return [latitude, longitude].map((each) => (Math.round(each * 100) / 100).toFixed(2)).join(",");
}

function search(form, at) {
  const field = form.elements.namedItem("at") ?? form.appendChild(Object.assign(document.createElement("input"), { type: "hidden", name: "at" }));
  field.value = at;
  form.elements.namedItem("near").value = "";
  form.requestSubmit();
}

/* A slider beside a number field; each moves the other. The field alone is what the form sends. */
export function start(box) {
  const number = box.querySelector("input[type=number]");
  if (!number) return;
  const slider = document.createElement("input");
  Object.assign(slider, { type: "range", min: number.min || 0, max: number.max || 100, step: number.step || 1, value: number.value || 0 });
  slider.setAttribute("aria-label", box.querySelector("label")?.firstChild?.textContent.trim() ?? "");
  number.after(slider);
  slider.addEventListener("input", () => {
    number.value = slider.value;
    number.dispatchEvent(new Event("input", { bubbles: true }));
  });
  number.addEventListener("input", (event) => {
    if (event.isTrusted) slider.value = number.value || 0;
  });
}

/* A button that copies the text beside it. */
export function start(box) {
  const field = box.querySelector("input");
  const button = box.querySelector("[data-copy]");
  const words = button.querySelector("span");
  const before = words.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
      words.textContent = button.dataset.done;
      setTimeout(() => (words.textContent = before), 2000);
    } catch {
      field.focus(); // no permission: the text is selected, ready for the keyboard
    }
  });
}

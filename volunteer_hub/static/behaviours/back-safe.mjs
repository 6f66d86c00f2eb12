/* "I am back safe": said once, kept on this phone until the field lead's list has it. */
import { startCalls } from "./calls.mjs";
import { newId } from "./ids.mjs";

export function start(form) {
  const words = JSON.parse(form.dataset.words);
  const state = form.querySelector("[data-safe-state]");
  const said = (name, _call, answer) => (state.textContent = name === "refused" ? answer.error : words[name]);
  const calls = startCalls({ key: "back-calls", isReceipt: (answer) => typeof answer.back === "boolean", said });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    calls.add({ url: form.getAttribute("action"), id: newId(), at: new Date().toISOString() });
  });
}

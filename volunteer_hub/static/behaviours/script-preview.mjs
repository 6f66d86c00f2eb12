/* The preview of a script: shows what a report would hold instead of sending one. */
import { answersIn } from "./script-questions.mjs";

export function start(element) {
  const form = element.querySelector("form");
  const result = element.querySelector("[data-preview-result]");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const answers = answersIn(form);
    if (event.submitter?.name === "support") answers.support = Number(event.submitter.value);
    result.querySelector("[data-preview-answers]").replaceChildren(...lines(answers, element.dataset.none));
    form.hidden = true;
    result.hidden = false;
    result.focus();
  });
  element.querySelector("[data-preview-again]").addEventListener("click", () => {
    form.reset();
    result.hidden = true;
    form.hidden = false;
    form.querySelector("button, input").focus();
  });
}

function lines(answers, none) {
  const entries = Object.entries(answers);
  return (entries.length ? entries : [["–", none]]).map(([key, value]) => {
    const line = document.createElement("div");
    const term = document.createElement("dt");
    const said = document.createElement("dd");
    term.textContent = key;
    said.textContent = Array.isArray(value) ? value.join(", ") : String(value);
    line.append(term, said);
    return line;
  });
}

/* The questions of a script on the phone: shows those that are to be asked, asks for the needed ones before a
   talk is saved, and switches the language. Everything is on the page; no network. Without this script all
   questions stand there, each with the condition in words. */
import { asked, DECLINED, missing } from "./script-rules.mjs";

const LANGUAGE = "script-language"; // what the canvasser chose last, for the next door and the next page

export function start(element) {
  const page = new Questions(element);
  page.begin();
}

/** The answers of a form's script as a report keeps them: only of questions that are to be asked, each under
    its key; a list for several answers, a number for a scale, "-" for “no answer”. */
export function answersIn(form) {
  const element = form.querySelector("[data-script-rules]")?.closest("[data-behaviour]");
  return element ? new Questions(element).answers() : {};
}

class Questions {
  constructor(element) {
    this.element = element;
    this.form = element.closest("form");
    this.rules = JSON.parse(element.querySelector("[data-script-rules]").textContent);
  }

  begin() {
    this.element.addEventListener("input", (event) => this.changed(event.target));
    this.element.addEventListener("keydown", (event) => this.stayOnEnter(event));
    this.form.addEventListener("submit", (event) => this.submitted(event), { capture: true });
    this.form.addEventListener("formdata", (event) => this.fill(event.formData));
    this.form.addEventListener("reset", () => setTimeout(() => this.show()));
    this.beginLanguages();
    this.show();
  }

  /** What stands in the fields, asked or not. */
  typed() {
    const found = {};
    for (const rule of this.rules) {
      const values = [...this.fields(rule.key)].filter(isChosen).map(valueOf);
      const given = values.filter((value) => value !== "");
      if (given.length) found[rule.key] = formOf(rule, given);
    }
    return found;
  }

  answers() {
    const typed = this.typed();
    const wanted = new Set(asked(this.rules, typed));
    return Object.fromEntries(Object.entries(typed).filter(([key]) => wanted.has(key)));
  }

  fields(key) {
    return this.element.querySelectorAll(`[name="answer-${key}"]`);
  }

  show() {
    const wanted = new Set(asked(this.rules, this.typed()));
    for (const each of this.element.querySelectorAll("[data-question]")) {
      each.hidden = each.disabled = !wanted.has(each.dataset.question);
    }
    if (!this.form.querySelector("[data-script-error]:not([hidden])")) return;
    const left = new Set(missing(this.rules, this.typed()));
    for (const each of this.element.querySelectorAll("[data-question]")) this.mark(each, left, true);
  }

  changed(field) {
    const key = field.name?.startsWith("answer-") ? field.name.slice(7) : null;
    if (!key) return;
    if (isChosen(field)) this.freeOthers(field, key);
    this.show();
  }

  /** “No answer” and an answer exclude each other. */
  freeOthers(field, key) {
    if (field.type === "radio" || field.value === "") return;
    for (const other of this.fields(key)) {
      if (other === field || (field.value === DECLINED) === (other.value === DECLINED)) continue;
      if (other.type === "checkbox") other.checked = false;
      else if (field.value === DECLINED && field.type === "checkbox") other.value = "";
    }
  }

  /** Enter in a field would press the form's first button, which is another result. */
  stayOnEnter(event) {
    if (event.key === "Enter" && event.target.matches("input")) event.preventDefault();
  }

  /** A talk with a needed question open is not saved yet; any other result never asks. */
  submitted(event) {
    const button = event.submitter;
    const isTalk = !button || button.name === "support" || (button.name === "result" && button.value === "canvassed");
    if (!isTalk) return;
    const tapped = { support: button?.name === "support" ? Number(button.value) : DECLINED };
    const typed = { ...(this.fields("support").length ? {} : tapped), ...this.typed() };
    const left = new Set(missing(this.rules, typed));
    const questions = [...this.element.querySelectorAll("[data-question]")];
    for (const each of questions) this.mark(each, left);
    const first = questions.find((each) => left.has(each.dataset.question));
    if (!first) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    first.focus();
    first.scrollIntoView({ block: "center" });
  }

  mark(question, left, onlyClear = false) {
    const isLeft = left.has(question.dataset.question);
    const error = question.querySelector("[data-script-error]");
    if (onlyClear && isLeft) return;
    error.hidden = !isLeft;
    question.classList.toggle("is-wrong", isLeft);
    if (isLeft) question.setAttribute("aria-describedby", (error.id ||= `error-${question.id}`));
    else question.removeAttribute("aria-describedby");
  }

  /** What a form sends, and what others read from it: only the answers that are wanted, of several each. */
  fill(data) {
    for (const rule of this.rules) data.delete(`answer-${rule.key}`);
    for (const [key, value] of Object.entries(this.answers())) {
      if (key === "support" && value === DECLINED) continue; // a report's support is a number or nothing
      for (const each of [value].flat()) data.append(`answer-${key}`, String(each));
    }
  }

  beginLanguages() {
    const bar = this.element.querySelector("[data-script-languages]");
    if (!bar) return;
    bar.hidden = false;
    bar.addEventListener("click", (event) => {
      const button = event.target.closest("[data-script-language]");
      if (button) this.speak(button.dataset.scriptLanguage, true);
    });
    const kept = remembered();
    if (kept && bar.querySelector(`[data-script-language="${CSS.escape(kept)}"]`)) this.speak(kept);
  }

  speak(language, isChosen = false) {
    for (const each of this.element.querySelectorAll("[data-said]")) each.hidden = each.dataset.said !== language;
    for (const each of this.element.querySelectorAll("[data-script-language]")) {
      each.setAttribute("aria-pressed", String(each.dataset.scriptLanguage === language));
    }
    if (isChosen) remember(language);
  }
}

function isChosen(field) {
  return field.type !== "radio" && field.type !== "checkbox" ? true : field.checked;
}

function valueOf(field) {
  const value = field.value.trim();
  return field.type === "radio" && value === "" ? DECLINED : value;
}

function formOf(rule, given) {
  if (rule.kind === "multiple") {
    const chosen = given.filter((value) => value !== DECLINED);
    return chosen.length ? chosen : DECLINED;
  }
  const value = given.find((each) => each !== DECLINED) ?? DECLINED;
  const isNumber = ["support", "scale", "number"].includes(rule.kind) && value !== DECLINED;
  return isNumber && Number.isFinite(Number(value)) ? Number(value) : value;
}

function remembered() {
  try {
    return localStorage.getItem(LANGUAGE);
  } catch {
    return null; // storage is off: the page's language stays
  }
}

function remember(language) {
  try {
    localStorage.setItem(LANGUAGE, language);
  } catch {
    // the switch works all the same, for this page
  }
}

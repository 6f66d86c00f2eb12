/* From the form at the door to the reports that the outbox keeps. */
import { newId } from "../outbox.mjs";

/** What a tap on `button` reports: one door, or several of a building at once (all with one moment). */
export function reportsOf(button, form, door, units, turf) {
  const at = new Date().toISOString();
  const base = (id) => ({ id: newId(), turf, door: id, at });
  if (button?.name === "several") {
    const doors = button.value === "all" ? units.map((each) => each.id) : ticked(form);
    return doors.map((id) => ({ ...base(id), result: "not_home", answers: {} }));
  }
  return [{ ...base(door.id), ...answered(button, form) }];
}

function ticked(form) {
  return new FormData(form).getAll("doors").map(Number);
}

function answered(button, form) {
  const result = button?.name === "result" ? button.value : "canvassed";
  const note = form.elements.note?.value || "";
  if (result !== "canvassed") return { result, answers: {}, note };
  const fields = new FormData(form);
  const answers = answersOf(fields);
  if (button?.name === "support") answers.support = Number(button.value);
  const voter = Number(fields.get("voter"));
  return { result, answers, note, ...(voter ? { voter } : {}) };
}

/** Fields answer-KEY by KEY; a question that takes several answers gives a list. */
export function answersOf(fields) {
  const answers = {};
  for (const [name, value] of fields) {
    if (!name.startsWith("answer-") || !value) continue;
    const key = name.slice(7);
    if (key in answers) answers[key] = [answers[key], value].flat();
    else answers[key] = value;
  }
  return answers;
}

/** The reports that take a deed back. */
export function undoOf(deed, turf) {
  const at = new Date().toISOString();
  return deed.reports.map(({ id, door }) => ({ id: newId(), turf, door, at, result: null, answers: {}, undoes: id }));
}

/* People and doors that are on no file: written down at the door, kept by the outbox like a report, shown as added. */
import { newId } from "../outbox.mjs";
import { answersOf } from "./reports.mjs";

/** From the form to the entry that the outbox keeps. `door`: the one at hand. */
export function entryOf(fields, door, turf) {
  const text = (name) => (fields.get(name) || "").trim();
  const answers = answersOf(fields);
  const support = Number(fields.get("support"));
  if (support) answers.support = support;
  const result = fields.get("result") || null;
  return {
    id: newId(),
    kind: "addition",
    turf,
    door: door.id,
    at: new Date().toISOString(),
    what: fields.get("what"),
    name: text("name"),
    unit: text("unit"),
    address: text("address"),
    note: text("note"),
    result,
    answers: result === "canvassed" ? answers : {},
  };
}

/** What is missing in an entry: the name of its field, or nothing. */
export function missingIn(entry) {
  if (entry.what === "person") return entry.name ? "" : "name";
  return entry.address || entry.unit ? "" : "address";
}

export class Additions {
  constructor(element, doors, words) {
    this.panel = element.querySelector("[data-walk-add]");
    this.form = this.panel.querySelector("form");
    this.list = element.querySelector("[data-walk-added]");
    this.said = this.panel.querySelector("[data-walk-add-said]");
    this.place = this.panel.querySelector("[data-walk-add-at]");
    this.doors = doors;
    this.words = words;
    this.isKeeping = false;
    this.known = new Set([...this.list.querySelectorAll("[data-addition]")].map((line) => line.dataset.addition));
  }

  /** Name the door that an addition belongs to: the one at hand, and at the end of the list the last one. */
  at(door) {
    if (!door) return;
    this.door = door;
    this.form.elements.door.value = door.id;
    this.place.textContent = this.words.add_at.replace("{door}", door.address);
  }

  /** Call `keep(entry)` when the form is whole; resolves when it is on the disk. A second tap meanwhile does nothing. */
  listen(turf, keep) {
    this.form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (this.isKeeping) return;
      const entry = entryOf(new FormData(this.form), this.door, turf);
      const missing = missingIn(entry);
      if (missing) return this.ask(missing);
      this.isKeeping = true;
      await keep(entry).then(() => this.added(entry)).finally(() => (this.isKeeping = false));
    });
  }

  added(entry) {
    this.show(entry);
    this.form.reset();
    this.at(this.door); // a reset takes back the door, too
    this.say(this.words.added_now);
  }

  ask(name) {
    this.say(this.words[`missing_${name}`]);
    this.form.elements[name].focus();
  }

  say(text) {
    this.said.textContent = text;
  }

  /** A line for what was added here; the page that comes from the server has its own for what arrived. */
  show(entry) {
    if (this.known.has(entry.id)) return;
    this.known.add(entry.id);
    const line = document.createElement("li");
    line.className = "line";
    line.dataset.addition = entry.id;
    const door = this.doors.get(entry.door)?.house ?? "";
    const what = entry.what === "person" ? [entry.name, door] : [entry.address || door, entry.unit];
    line.textContent = this.words.added.replace("{what}", what.filter(Boolean).join(", "));
    this.list.append(line);
    this.list.closest("[data-walk-added-box]").hidden = false;
  }
}

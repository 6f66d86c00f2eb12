/* The door at hand: who lives there, what can be reported, and where the next one is. `show` writes only what a door
   changes, so that a tap answers at once on an old phone; what is folded away is filled when it opens. */
export class DoorCard {
  constructor(element, doors, words) {
    this.element = element;
    this.doors = doors;
    this.words = words;
    this.form = element.querySelector("[data-walk-form]");
    this.found = new Map();
    this.panels = [...this.form.querySelectorAll("details")];
    this.talked = new Set();
    this.isTouched = true; // a browser may bring back what was typed before a reload
    this.form.addEventListener("input", () => (this.isTouched = true));
    this.find("talk").addEventListener("toggle", () => this.opened("talk", () => this.fillPeople()));
    this.find("several").addEventListener("toggle", () => this.opened("several", () => this.fillUnits()));
    this.find("anyway").addEventListener("click", (event) => this.allow(event));
  }

  find(name) {
    if (!this.found.has(name)) this.found.set(name, this.element.querySelector(`[data-walk-${name}]`));
    return this.found.get(name);
  }

  /** Show a door, or the end of the list. `again`: the same door, to talk with somebody else there. */
  show(door, { again = false } = {}) {
    if (!again) this.talked.clear();
    this.hasTalked = again;
    this.door = door;
    this.last = door ?? this.last;
    if (this.isTouched) this.form.reset();
    this.isTouched = false;
    this.form.hidden = !door;
    this.find("end").hidden = Boolean(door);
    for (const panel of this.panels) panel.open = again && panel === this.find("talk");
    if (door) this.write(door);
  }

  write(door) {
    this.find("door").value = door.id;
    this.find("position").value = door.position;
    this.find("address").textContent = door.address;
    this.writeCount(door);
    this.set("people", door.people.map((person) => person.text).join("; "));
    this.set("before", door.result ? this.lastResult(door) : "");
    this.writeStreet(door);
    this.writeHouse(door);
    this.writeSkip(door);
  }

  writeCount(door) {
    this.find("count").textContent = this.words.count.replace("{number}", door.position).replace("{all}", this.doors.list.length);
  }

  writeSteps() {
    for (const step of [-1, 1]) this.writeStep(this.door, step);
  }

  set(name, text) {
    this.find(name).textContent = text;
    this.find(name).hidden = !text;
  }

  lastResult(door) {
    const words = door.partner ? this.words.partners_result : this.words.last_result;
    return words.replace("{result}", this.words.results[door.result] ?? door.result);
  }

  writeStreet(door) {
    const after = this.doors.streetAfter(door);
    this.find("next").hidden = !after;
    if (!after) return;
    const words = after.count ? this.words.street_after : this.words.next_street;
    this.find("next-words").textContent = words.replace("{street}", after.street).replace("{count}", after.count);
  }

  writeHouse(door) {
    const units = this.doors.building(door);
    this.find("several").hidden = units.length < 2;
    if (units.length > 1) this.find("house").textContent = this.words.house.replace("{house}", door.house).replace("{all}", units.length);
  }

  /** Where nobody may knock, a report takes a second tap. */
  writeSkip(door) {
    const isBarred = door.skip && !door.result;
    this.find("barred").hidden = !isBarred;
    this.find("do").hidden = isBarred;
    this.find("allowed").value = "";
  }

  /** Nobody may knock here, and nobody said “all the same”. */
  isBarred() {
    return this.door.skip && !this.door.result && this.find("allowed").value !== "1";
  }

  /** Is something of this door being written down? Then it stays at hand. */
  isTalking() {
    return this.find("talk").open;
  }

  allow(event) {
    event.preventDefault();
    this.find("do").hidden = false;
    this.find("allowed").value = "1";
    this.find("do").querySelector("button").focus();
  }

  writeStep(door, step) {
    const link = this.find(step > 0 ? "forwards" : "back");
    const there = this.doors.beside(door, step);
    link.classList.toggle("is-off", !there);
    if (there) link.href = `?door=${there.id}`;
    if (there) link.removeAttribute("aria-disabled");
    else link.setAttribute("aria-disabled", "true");
  }

  opened(name, fill) {
    const isOpen = this.find(name).open;
    if (isOpen) fill();
    this.form.classList.toggle("is-talking", this.find("talk").open);
  }

  /** The people of the door, to choose with whom one talks; those who answered already are marked. */
  fillPeople() {
    const { people } = this.door;
    this.find("voters").hidden = !people.length;
    this.find("stay").hidden = people.length < 2;
    const lines = people.map(({ id, text }) => choice("radio", "voter", id, this.talked.has(id) ? `${text} ✓` : text));
    if (people.length) lines.push(choice("radio", "voter", "", this.words.somebody_else));
    this.find("voters-lines").replaceChildren(...lines);
  }

  fillUnits() {
    const left = this.doors.building(this.door).filter((each) => !each.result && !each.skip && !each.taken);
    this.find("units").replaceChildren(...left.map((each) => choice("checkbox", "doors", each.id, each.unit || each.address)));
    this.find("all").querySelector(".tap__label").textContent = this.words.all_units.replace("{count}", left.length);
    this.find("all").disabled = this.find("ticked").disabled = !left.length;
  }

  /** Everybody of the door who wants a talk still, after one of them answered. */
  noteTalk(voter) {
    if (voter) this.talked.add(voter);
  }

  focus() {
    const target = this.door ? this.find("address") : this.find("end").querySelector("[tabindex]");
    target?.focus({ preventScroll: true });
    if (window.scrollY) window.scrollTo({ top: 0 });
  }
}

function choice(type, name, value, text) {
  const label = document.createElement("label");
  label.className = "walk-choice";
  const box = document.createElement("input");
  Object.assign(box, { type, name, value });
  const words = document.createElement("span");
  words.textContent = text;
  label.append(box, " ", words);
  return label;
}

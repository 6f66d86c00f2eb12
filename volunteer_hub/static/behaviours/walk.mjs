/* The walk list on the phone: a tap keeps the report, moves on at once, and sends when there is a network.
   Without this script every tap is a form post. */
import { keepPage } from "./app.mjs";
import { createOutbox, listen, newId, openStore, postReports, showState } from "./outbox.mjs";

export async function start(element) {
  const data = JSON.parse(element.querySelector("[data-walk-data]").textContent);
  const page = new WalkPage(element, data);
  let store;
  try {
    store = await openStore();
  } catch {
    page.say(data.words.not_kept); // forms go to the server one by one, as without a script
    return;
  }
  const outbox = createOutbox(store, postReports, { changed: () => showState(element, outbox, data.words) });
  page.use(outbox);
  page.remember(await outbox.made(data.token));
  listen(outbox);
  page.tellKept(keepPage());
  await outbox.send();
  element.dataset.ready = "yes"; // tests wait for it
}

class WalkPage {
  constructor(element, data) {
    this.element = element;
    this.data = data;
    this.doors = new Map(data.doors.map((door) => [door.id, { ...door, before: [] }]));
    this.made = data.last ? [{ id: data.last.id, doors: [data.last.door] }] : [];
    this.form = element.querySelector("[data-walk-form]");
    this.current = this.doors.get(data.current) || null;
  }

  find(name) {
    return this.element.querySelector(`[data-walk-${name}]`);
  }

  say(text) {
    this.element.querySelector("[data-saved-words]").textContent = text;
  }

  use(outbox) {
    this.outbox = outbox;
    const onSubmit = (form, deed) =>
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        this.alone(() => deed(event));
      });
    onSubmit(this.form, (event) => this.submitted(event));
    onSubmit(this.find("undo"), () => this.undo());
    this.element.addEventListener("click", (event) => {
      const link = event.target.closest?.("[data-walk-goto]");
      if (!link) return;
      event.preventDefault();
      this.show(this.doors.get(Number(link.dataset.walkGoto)));
    });
  }

  /** After a reload: what was reported here and is not on the page yet counts on it. */
  remember(reports) {
    const known = new Set(this.data.known);
    const fresh = reports.filter((report) => !known.has(report.id));
    for (const report of fresh) this.apply(report);
    if (fresh.length) this.show(this.next(0), false);
  }

  /** Say that the list opens without a network, once that is true. */
  async tellKept(kept) {
    if (!(await kept)) return;
    this.find("kept").hidden = false;
    this.element.dataset.kept = "yes"; // tests wait for it
  }

  /** One deed at a time: a second tap before the first is on the disk would report the same door twice. */
  async alone(deed) {
    if (this.isBusy) return;
    this.isBusy = true;
    try {
      await deed();
    } finally {
      this.isBusy = false;
    }
  }

  async submitted(event) {
    if (!this.current) return;
    const button = event.submitter;
    const fields = new FormData(this.form);
    const doors = button?.name === "several" ? fields.getAll("doors").map(Number) : [this.current.id];
    if (!doors.length) return;
    const reports = doors.map((door) => this.report(door, button, fields));
    await this.keep(reports);
    const last = this.doors.get(doors.at(-1));
    this.show(this.next(Math.max(last.position, this.current.position)));
  }

  report(door, button, fields) {
    const answers = {};
    for (const [name, value] of fields) if (name.startsWith("answer-") && value) answers[name.slice(7)] = value;
    if (button?.name === "support") answers.support = Number(button.value);
    const several = button?.name === "several";
    const result = several ? "not_home" : button?.name === "result" ? button.value : "canvassed";
    const report = { id: newId(), turf: this.data.turf, door, at: new Date().toISOString(), result, answers: {} };
    if (several) return report;
    return { ...report, answers: result === "canvassed" ? answers : {}, note: fields.get("note") || "" };
  }

  async undo() {
    const last = this.made.at(-1);
    if (!last) return;
    const report = { id: newId(), turf: this.data.turf, door: last.doors[0], at: new Date().toISOString() };
    await this.keep([{ ...report, result: null, answers: {}, undoes: last.id }]);
    this.show(this.doors.get(last.doors[0]));
  }

  /** First on the disk, then on the page: a mark without a kept report would be a lie. */
  async keep(reports) {
    try {
      await this.outbox.add(this.data.token, reports);
    } catch (error) {
      this.say(this.data.words.not_kept);
      throw error;
    }
    reports.forEach((report) => this.apply(report));
  }

  apply(report) {
    const door = this.doors.get(report.door);
    if (!door) return;
    if (report.undoes) {
      this.made = this.made.filter((each) => each.id !== report.undoes);
      door.result = door.before.pop() ?? null;
    } else {
      door.before.push(door.result);
      door.result = report.result;
      this.made.push({ id: report.id, doors: [report.door] });
    }
    this.mark(door);
  }

  next(after) {
    const left = [...this.doors.values()].filter((door) => !door.result);
    return left.find((door) => door.position > after) || left[0] || null;
  }

  mark(door) {
    const line = this.element.querySelector(`[data-walk-goto="${door.id}"]`);
    line?.classList.toggle("is-done", Boolean(door.result));
    const words = line?.querySelector("[data-walk-line-result]");
    if (words) words.textContent = door.result ? this.data.words.results[door.result] : "";
    this.element.querySelector(`[data-dot="${door.id}"]`)?.classList.toggle("is-done", Boolean(door.result));
  }

  show(door, focus = true) {
    this.current = door;
    this.form.reset();
    this.form.hidden = !door;
    this.find("end").hidden = Boolean(door);
    for (const panel of this.form.querySelectorAll("details")) panel.open = false;
    if (door) this.showDoor(door);
    this.showProgress();
    this.showUndo();
    for (const dot of this.element.querySelectorAll(".is-here")) dot.classList.remove("is-here");
    for (const line of this.element.querySelectorAll("[aria-current]")) line.removeAttribute("aria-current");
    if (door) {
      this.element.querySelector(`[data-dot="${door.id}"]`)?.classList.add("is-here");
      this.element.querySelector(`[data-walk-goto="${door.id}"]`)?.setAttribute("aria-current", "true");
    }
    if (focus) this.focus(door);
  }

  focus(door) {
    const target = door ? this.find("address") : this.find("end").querySelector("[tabindex]");
    target?.focus({ preventScroll: true });
    window.scrollTo({ top: 0 });
  }

  showDoor(door) {
    this.find("door").value = door.id;
    this.find("position").value = door.position;
    this.find("address").textContent = door.address;
    this.find("count").textContent = this.find("count").textContent.replace(/\d+/, door.position);
    this.set("people", door.people);
    this.find("before").hidden = !door.result;
    this.find("result").textContent = door.result ? this.data.words.results[door.result] : "";
    this.showNextStreet(door);
    this.showHouse(door);
  }

  showNextStreet(door) {
    const left = [...this.doors.values()].filter((each) => each.position > door.position && !each.result);
    const count = left.findIndex((each) => each.street !== door.street);
    this.find("next").hidden = count < 0;
    if (count < 0) return;
    const words = count ? this.data.words.street_after : this.data.words.next_street;
    this.find("next-words").textContent = words.replace("{street}", left[count].street).replace("{count}", count);
  }

  set(name, text) {
    this.find(name).textContent = text;
    this.find(name).hidden = !text;
  }

  showHouse(door) {
    const house = [...this.doors.values()].filter((each) => each.building === door.building);
    this.find("several").hidden = house.length < 2;
    this.find("house").textContent = this.data.words.several.replace("{house}", door.house);
    this.find("units").replaceChildren(...house.filter((each) => !each.result).map(tickFor));
  }

  showProgress() {
    const all = [...this.doors.values()];
    const done = all.filter((door) => door.result).length;
    const bar = document.querySelector("#walk-progress");
    bar.querySelector("[data-progress=bar]").value = done;
    const count = bar.querySelector("[data-progress=count]");
    count.textContent = this.data.words.visited.replace("{done}", done).replace("{all}", all.length);
  }

  showUndo() {
    const last = this.made.at(-1);
    const door = last && this.doors.get(last.doors[0]);
    this.find("undo").hidden = !door;
    if (door) this.find("undo-words").textContent = this.data.words.undo.replace("{door}", door.address);
  }
}

function tickFor(door) {
  const label = document.createElement("label");
  label.className = "walk-choice";
  const box = document.createElement("input");
  Object.assign(box, { type: "checkbox", name: "doors", value: door.id });
  const words = document.createElement("span");
  words.textContent = door.unit || door.address;
  label.append(box, " ", words);
  return label;
}

/* The page where a cut is edited. The forms of the page work without this script; with it the map shows the
   turfs, doors and borders can be dragged, and minutes change without the page being loaded anew. */
import { Layers } from "./turf-layers.mjs";
import { boundsOfFeatures, openMap, post, reveal } from "./turf-map.mjs";
import { Tools } from "./turf-tools.mjs";

export async function start(root) {
  const answer = await fetch(root.dataset.state, { headers: { Accept: "application/json" } });
  if (!answer.ok || answer.redirected) throw new Error(`the cut: ${answer.status}`);
  const editor = new Editor(root, await answer.json());
  await editor.open();
}

class Editor {
  constructor(root, state) {
    this.root = root;
    this.words = JSON.parse(root.dataset.words);
    this.turfs = new Map();
    this.doors = new Map();
    this.picked = new Set();
    this.chosen = Number(new URLSearchParams(location.search).get("turf")) || null;
    this.take(state);
    for (const each of root.querySelectorAll("[data-needs-script]")) each.hidden = false;
    this.listen();
    this.render();
  }

  find(name) {
    return this.root.querySelector(`[data-${name}]`);
  }

  async open() {
    const figure = this.root.querySelector("figure");
    const map = await openMap(figure, boundsOfFeatures([...this.turfs.values()].map((turf) => ({ geometry: turf.shape ?? { type: "Point", coordinates: turf.start } }))));
    if (!map) return;
    this.layers = new Layers(map, figure);
    this.tools = new Tools(map, this.layers, {
      pickDoor: (id) => this.pickBuilding(id),
      pickTurf: (id) => this.choose(id),
      pickDoors: (ids) => this.pickBox(ids),
      moveDoor: (id, under) => this.dropDoor(id, under),
      moveBorder: (number, place) => this.dropBorder(number, place),
    });
    map.on("zoomend", () => this.layers.showHandles(this.turfs.get(this.chosen)));
    this.draw();
    this.look();
    figure.dataset.ready = "yes";
    this.layers.showStreets(await streetsOf(this.root.dataset.streets));
  }

  /** Lay what the server says over what is known: turfs that went, turfs and doors that came. */
  take({ turfs, doors, retired = [], version, undo, lead, report = [] }) {
    const gone = new Set(retired);
    for (const id of gone) this.turfs.delete(id);
    for (const [id, door] of this.doors) if (gone.has(door.turf)) this.doors.delete(id);
    for (const turf of turfs) this.turfs.set(turf.id, turf);
    for (const [id, turf, position, x, y, building, address, visited] of doors) {
      this.doors.set(id, { id, turf, position, place: [x, y], building, address, visited });
    }
    for (const id of this.picked) if (!this.doors.has(id)) this.picked.delete(id);
    for (const input of document.querySelectorAll("[data-version]")) input.value = version;
    tellQuality(lead, report);
    this.find("undo-form").hidden = !undo;
    this.find("undo-words").textContent = undo;
  }

  listen() {
    const send = (form) =>
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        this.submit(form, event.submitter);
      });
    ["turf-form", "undo-form", "move-form"].forEach((name) => send(this.find(name)));
    this.root.addEventListener("click", (event) => {
      const link = event.target.closest("[data-turf-link]");
      if (!link || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      this.choose(Number(link.dataset.turfLink), { focus: true });
    });
    this.find("door-list").addEventListener("change", ({ target }) => this.pickBuilding(Number(target.value), target.checked));
    this.find("band").addEventListener("click", () => this.setBand(!this.tools?.band));
    this.find("fit").addEventListener("click", () => this.layers?.fit([...this.turfs.values()]));
    this.find("clear").addEventListener("click", () => this.pickNone());
    for (const name of ["say", "wrong"]) this.find(name).addEventListener("click", ({ target }) => target.closest("a") || this.say(""));
    document.addEventListener("keydown", (event) => event.key === "Escape" && (this.tools?.band ? this.setBand(false) : this.pickNone()));
  }

  setBand(on) {
    this.tools?.setBand(on);
    this.find("band").setAttribute("aria-pressed", String(Boolean(on && this.tools)));
  }

  submit(form, button) {
    const fields = new FormData(form, button);
    if (form === this.find("move-form")) {
      fields.delete("door");
      for (const id of this.picked) fields.append("door", id);
    }
    return this.send(fields);
  }

  fields(action, values) {
    const fields = new FormData(this.find("undo-form"));
    fields.set("action", action);
    for (const [name, value] of Object.entries(values)) for (const each of [value].flat()) fields.append(name, each);
    return fields;
  }

  /** One edit at a time: the next one must know the version that this one makes. */
  async send(fields) {
    if (this.isBusy) return;
    this.isBusy = true;
    this.root.setAttribute("aria-busy", "true");
    this.say("");
    try {
      const said = await post(this.root.dataset.edit, fields, this.words.unreachable);
      this.after(said, fields);
    } catch (error) {
      this.wrong(error);
    } finally {
      this.isBusy = false;
      this.root.removeAttribute("aria-busy");
    }
  }

  after(said, fields) {
    const chosen = this.turfs.get(this.chosen);
    this.take(said);
    if (fields.get("action") === "move") this.picked.clear();
    if (!this.turfs.has(this.chosen)) this.chosen = (said.turfs.find((turf) => turf.name === chosen?.name) ?? said.turfs[0])?.id ?? null;
    this.say(said.sentence);
    this.render();
  }

  say(text) {
    this.find("say").textContent = text;
    this.find("wrong").replaceChildren();
  }

  wrong(error) {
    const place = this.find("wrong");
    place.replaceChildren(Object.assign(document.createElement("span"), { textContent: error.message }));
    if (error.status !== 409) return;
    const link = Object.assign(document.createElement("a"), { href: this.root.dataset.page, textContent: this.words.reload });
    place.append(" ", link);
  }

  choose(id, { focus = false } = {}) {
    this.chosen = id;
    this.render();
    this.look();
    if (focus) this.find("picked-title").focus({ preventScroll: this.root.querySelector("figure").getBoundingClientRect().bottom > 0 });
    reveal(this.root.querySelector(".turf-table"), this.root.querySelector(`[data-turf-row="${id}"]`));
  }

  /** Go near to the chosen turf where its numbers could not be read. */
  look() {
    const turf = this.turfs.get(this.chosen);
    if (turf?.shape) this.layers?.look(turf);
  }

  /** Doors of one building go together. */
  pickBuilding(id, on = !this.picked.has(id)) {
    const door = this.doors.get(id);
    if (!door || !this.turfs.get(door.turf)?.free) return;
    for (const each of this.doors.values()) {
      if (each.building !== door.building || each.turf !== door.turf || each.visited) continue;
      if (on) this.picked.add(each.id);
      else this.picked.delete(each.id);
    }
    this.chosen ??= door.turf;
    this.render();
  }

  pickBox(ids) {
    this.setBand(false);
    for (const id of ids) {
      const door = this.doors.get(id);
      if (door && !door.visited && this.turfs.get(door.turf)?.free) this.picked.add(id);
    }
    this.chosen ??= this.doors.get([...this.picked][0])?.turf ?? null;
    this.render();
    this.find("move-to").focus();
  }

  pickNone() {
    this.picked.clear();
    this.render();
  }

  dropDoor(id, under) {
    const door = this.doors.get(id);
    const to = under.find((turf) => turf !== door.turf);
    if (!to || !this.turfs.get(door.turf)?.own) return;
    const doors = this.picked.has(id) ? [...this.picked] : [id];
    this.send(this.fields("move", { door: doors, to }));
  }

  dropBorder(number, place) {
    const stretch = this.layers.stretch(number);
    const grabbed = this.layers.ring[this.layers.handles[number]];
    const swept = JSON.stringify([...stretch, place]);
    this.send(this.fields("border", { turf: this.chosen, swept, grabbed: JSON.stringify(grabbed), dropped: JSON.stringify(place) }));
  }

  render() {
    this.renderRows();
    this.renderDoors();
    this.draw();
  }

  draw() {
    this.layers?.show(this.turfs, this.doors, this.chosen, this.picked);
  }

  renderRows() {
    const checked = new Set([...this.root.querySelectorAll("input[name=turf]:checked")].map((box) => Number(box.value)));
    const own = [...this.turfs.values()].filter((turf) => turf.own).sort((a, b) => a.name.localeCompare(b.name, "en", { numeric: true }));
    this.find("turf-rows").replaceChildren(...own.map((turf) => this.row(turf, checked.has(turf.id))));
  }

  row(turf, isChecked) {
    const row = element("tr", { className: turf.id === this.chosen ? "is-picked" : "" });
    row.dataset.turfRow = turf.id;
    const box = element("input", { type: "checkbox", name: "turf", value: turf.id, checked: isChecked });
    box.setAttribute("aria-label", this.words.choose_turf.replace("{name}", turf.name));
    const link = element("a", { href: `?turf=${turf.id}`, className: "nowrap" }, element("span", { className: `turf-swatch turf-swatch--${turf.colour}` }), turf.name);
    link.dataset.turfLink = turf.id;
    const name = element("th", { scope: "row" }, link);
    const numbers = [turf.left, turf.minutes, turf.metres].map((number) => element("td", { className: "cell--number" }, written(number)));
    const kind = { open: "info", leased: "warning", done: "ok" }[turf.state];
    const state = element("td", {}, element("span", { className: `tag tag--${kind}` }, this.words[turf.state]));
    if (turf.locked) state.append(" ", element("span", { className: "tag tag--neutral" }, this.words.locked));
    if (turf.holder) state.append(" ", element("span", { className: "muted" }, turf.holder));
    row.append(element("td", {}, box), name, ...numbers, state);
    return row;
  }

  renderDoors() {
    const turf = this.turfs.get(this.chosen);
    const form = this.find("move-form");
    form.hidden = !turf && !this.picked.size;
    if (form.hidden) return;
    this.find("picked-title").textContent = turf ? this.words.order.replace("{name}", turf.name) : "";
    const doors = [...this.doors.values()].filter((door) => door.turf === this.chosen).sort((a, b) => a.position - b.position);
    this.find("door-list").replaceChildren(...doors.map((door) => this.doorLine(door, turf)));
    this.renderTargets();
    const count = this.picked.size;
    this.find("clear").hidden = !count;
    this.find("turf-links").replaceChildren(
      ...(count ? [element("strong", {}, count === 1 ? this.words.one_picked : this.words.picked.replace("{n}", count))] : []),
      ...(turf ? [element("a", { href: turf.url }, this.words.page), element("a", { href: `${turf.url}/print` }, this.words.print)] : []),
    );
  }

  doorLine(door, turf) {
    const box = element("input", { type: "checkbox", name: "door", value: door.id, checked: this.picked.has(door.id), disabled: Boolean(door.visited) || !turf.free });
    const label = element("label", { className: "turf-pick" }, box, element("span", { className: "number muted" }, String(door.position)), element("span", { className: "turf-pick__name" }, door.address));
    return element("li", {}, label);
  }

  renderTargets() {
    const select = this.find("move-to");
    const before = select.value;
    const from = new Set([...this.picked].map((id) => this.doors.get(id).turf));
    const free = [...this.turfs.values()].filter((turf) => turf.free && !(from.size === 1 && from.has(turf.id)));
    const choices = [["", this.words.choose], ...free.map((turf) => [turf.id, this.words.to.replace("{name}", turf.name)]), ["new", this.words.new]];
    select.replaceChildren(...choices.map(([value, text]) => element("option", { value }, text)));
    if (choices.some(([value]) => String(value) === before)) select.value = before;
  }
}

/** The streets around the turfs, to be drawn beneath them; the page does without where they are not to be had. */
async function streetsOf(url) {
  try {
    const answer = await fetch(url, { headers: { Accept: "application/json" } });
    return answer.ok && !answer.redirected ? await answer.json() : null;
  } catch {
    return null;
  }
}

/** The headline and the box about quality, as the turfs are now. */
function tellQuality(lead, report) {
  const headline = document.querySelector("[data-turf-lead]");
  if (headline && lead) headline.textContent = lead;
  const rows = report.map(([term, words]) =>
    element("div", {}, element("dt", { textContent: term }), element("dd", { textContent: words })),
  );
  if (rows.length) document.querySelector("[data-turf-report] dl")?.replaceChildren(...rows);
}

function element(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

function written(number) {
  return Number(number).toLocaleString(document.documentElement.dataset.locale || "en");
}

/* The walk list on the phone: a tap shows the next door at once, keeps the report, and sends it when there is a network.
   Without this script every tap is a form post. The parts: walk/doors (what is known of the doors), door (the one at
   hand), list, map, position, keys, swipe, modes, news (the partner's phone), tabs (this phone's other tabs), additions
   (who is on no file), hand-back and closing (the end of the list). */
import { keepPage } from "./app.mjs";
import { listen, openOutbox, showState } from "./outbox.mjs";
import { Additions } from "./walk/additions.mjs";
import * as closing from "./walk/closing.mjs";
import { DoorCard } from "./walk/door.mjs";
import { Doors, deedsOf } from "./walk/doors.mjs";
import * as handBack from "./walk/hand-back.mjs";
import { forgetDone, forgetList, keepListUntil } from "./walk/kept.mjs";
import * as keys from "./walk/keys.mjs";
import { DoorList } from "./walk/list.mjs";
import { WalkMap } from "./walk/map.mjs";
import * as modes from "./walk/modes.mjs";
import * as news from "./walk/news.mjs";
import * as position from "./walk/position.mjs";
import { reportsOf, undoOf } from "./walk/reports.mjs";
import * as swipe from "./walk/swipe.mjs";
import * as tabs from "./walk/tabs.mjs";
import * as timeUp from "./walk/time-up.mjs";

const HIDDEN_MS = 120;
const REST_MS = 300; // a second tap of an unsteady finger would report the next door

export async function start(element) {
  const data = JSON.parse(element.querySelector("[data-walk-data]").textContent);
  modes.listen(element);
  const page = new WalkPage(element, data);
  const outbox = await openOutbox({
    changed: () => showState(element, outbox, data.words),
    told: (token, answer) => token === data.token && page.heed(answer),
  });
  page.use(outbox);
  page.remember(await outbox.made(data.token));
  listen(outbox);
  news.listen(data.news, { tell: (told) => page.hear(told), over: () => page.close() });
  page.tellKept(keepPage()).then(() => forgetDone(outbox));
  await outbox.send();
  element.dataset.ready = "yes"; // tests wait for it
}

/** When the picture with what was just written is on the screen: work that nobody waits for begins then. */
function shown() {
  return new Promise((resolve) => {
    setTimeout(resolve, HIDDEN_MS); // a page that nobody looks at draws nothing
    requestAnimationFrame(() => setTimeout(resolve, 0));
  });
}

class WalkPage {
  constructor(element, data) {
    this.element = element;
    this.data = data;
    this.doors = new Doors(data.doors);
    this.card = new DoorCard(element, this.doors, data.words);
    this.list = new DoorList(element.querySelector("[data-walk-list]"), this.doors, data.words);
    this.map = new WalkMap(element, this.doors, data.words);
    this.additions = new Additions(element, this.doors, data.words);
    this.deeds = [];
    this.own = new Set();
    this.ended = new AbortController();
    this.savedState = element.querySelector("[data-saved-state]");
    this.restUntil = new Map();
    this.turn = 0; // counts what took the focus, so that a focus that was put off yields to a newer one
    this.kept = Promise.resolve();
    this.card.door = this.card.last = this.doors.get(data.current);
    this.additions.at(this.card.door ?? this.doors.get(this.additions.form.elements.door.value) ?? this.doors.list.at(-1));
    this.list.choose(this.card.door);
    this.map.choose(this.card.door);
  }

  find(name) {
    return this.card.find(name);
  }

  say(text) {
    this.element.querySelector("[data-saved-words]").textContent = text;
  }

  use(outbox) {
    this.outbox = outbox;
    this.useForms();
    this.useViews();
    this.list.listen((door) => this.go(door));
    this.map.found.addEventListener("click", (event) => {
      event.preventDefault();
      this.go(this.doors.get(this.map.found.dataset.walkGoto));
    });
    position.listen(this.element, this.data.frame, this.data.words, this.ended.signal);
    swipe.listen(this.find("card"), (step) => this.step(step));
    keys.listen(this.element, this.keyDeeds(), this.ended.signal);
    this.additions.listen(this.data.turf, (entry) => this.keep([entry]));
    this.tell = tabs.listen(this.data.token, (told) => (told.over ? this.close() : this.echo(told.entries)));
    handBack.listen(this.element, this.data.words, () => this.handedBack());
    this.time = timeUp.watch(this.data.until, () => this.close(), this.ended.signal);
  }

  useForms() {
    const onSubmit = (form, deed) =>
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        if (!this.isResting(form, event)) deed(event);
      });
    onSubmit(this.card.form, (event) => this.submitted(event.submitter));
    onSubmit(this.find("undo"), () => this.undo());
    for (const [name, step] of [["back", -1], ["forwards", 1]])
      this.find(name).addEventListener("click", (event) => {
        event.preventDefault();
        this.step(step);
      });
  }

  useViews() {
    const bar = this.find("views");
    bar.hidden = false;
    bar.addEventListener("click", (event) => {
      const name = event.target.closest("[data-walk-to]")?.dataset.walkTo;
      if (name) this.look(name);
    });
    this.look("door", false);
  }

  keyDeeds() {
    const press = (name) => () => this.card.door && !this.card.isBarred() && this.find("do").querySelector(`[value="${name}"]`)?.click();
    const step = (by) => () => this.step(by);
    return {
      j: step(1), ArrowRight: step(1), k: step(-1), ArrowLeft: step(-1), n: press("not_home"), f: press("left_literature"),
      u: () => this.find("undo").hidden || this.undo(), t: () => this.talk(),
      d: () => this.look("door"), l: () => this.look("list"), m: () => this.look("map"),
    };
  }

  /** Door, list or map; on a wide screen all three are in sight. */
  look(name, focus = true) {
    this.element.dataset.view = name;
    for (const button of this.find("views").querySelectorAll("[data-walk-to]"))
      button.setAttribute("aria-pressed", String(button.dataset.walkTo === name));
    if (name === "list") this.list.reveal();
    if (focus && name === "door") this.card.focus();
    else if (focus) this.element.querySelector(`[data-walk-view="${name}"] h2`)?.focus({ preventScroll: true });
  }

  /** After a reload: what was reported here and is not on the page yet counts on it. */
  remember(entries) {
    const isMore = this.takeIn(entries, new Set(this.data.known));
    this.card.last = this.doors.get(this.deeds.at(-1)?.reports.at(-1).door) ?? this.card.last;
    if (isMore) this.show(this.doors.next(0), { focus: false });
  }

  /** What another tab of this phone has kept. */
  echo(entries) {
    if (this.isClosed) return;
    this.takeIn(entries.filter((entry) => !this.own.has(entry.id)), this.own);
    const { door } = this.card;
    if (door) this.card.set("before", door.result ? this.card.lastResult(door) : "");
    showState(this.element, this.outbox, this.data.words);
  }

  /** Entries of this phone: reports count on the page unless it shows them already. Did any? */
  takeIn(entries, shown) {
    const reports = entries.filter((entry) => !entry.kind);
    const fresh = reports.filter((report) => !shown.has(report.id));
    for (const report of fresh) this.mark(this.doors.apply(report));
    for (const entry of entries) if (entry.kind === "addition") this.additions.show(entry);
    for (const { id } of entries) this.own.add(id);
    this.deeds = deedsOf([...this.deeds.flatMap((deed) => deed.reports), ...reports]);
    this.showTally();
    return fresh.length > 0;
  }

  /** Say that the list opens without a network, once that is true. */
  async tellKept(kept) {
    if (!(await kept) || this.isClosed) return;
    this.find("kept").hidden = false;
    this.element.dataset.kept = "yes"; // tests wait for it
  }

  isResting(form, event) {
    if (event.timeStamp < this.restUntil.get(form)) return true;
    this.restUntil.set(form, event.timeStamp + REST_MS);
    this.element.dataset.resting = "yes"; // tests wait, as a finger does
    setTimeout(() => delete this.element.dataset.resting, REST_MS);
    return false;
  }

  /** A tap on a result: the next door is in sight before the report is on the disk, and comes back if that fails. */
  submitted(button) {
    const { door, form } = this.card;
    if (!door || this.card.isBarred()) return;
    const units = this.doors.building(door).filter((each) => !each.result && !each.skip && !each.taken);
    const reports = reportsOf(button, form, door, units, this.data.turf);
    if (this.card.hasTalked && reports[0]?.result === "canvassed") reports[0].same_knock = true; // one more at this door
    if (!reports.length) return;
    const stays = form.elements.stay?.checked && reports[0].result === "canvassed";
    if (stays) this.card.noteTalk(reports[0].voter);
    const doors = reports.map((report) => report.door);
    this.doors.take(doors);
    const last = Math.max(door.position, ...doors.map((id) => this.doors.get(id)?.position ?? 0));
    this.show(stays ? door : this.doors.next(last), { again: stays });
    this.savedState.dataset.state = "waiting"; // never “sent” before the receipt
    this.element.dataset.keeping = "yes"; // tests wait until it is on the disk
    this.kept = this.kept.then(() => this.settle(door, doors, reports));
  }

  async settle(door, doors, reports) {
    try {
      await this.keep(reports); // begins at once; what it changes on the page waits for the picture
      await shown();
      this.deeds.push({ at: reports[0].at, reports });
      for (const report of reports) this.mark(this.doors.apply(report));
    } catch {
      this.show(door);
    } finally {
      delete this.element.dataset.keeping;
      this.doors.release(doors);
      this.showTally();
    }
  }

  undo() {
    this.kept = this.kept.then(async () => {
      const deed = this.deeds.at(-1);
      if (!deed) return;
      const reports = undoOf(deed, this.data.turf);
      await this.keep(reports);
      this.deeds.pop();
      for (const report of reports) this.mark(this.doors.apply(report));
      this.show(this.doors.get(reports[0].door) ?? this.doors.next(0));
    }).catch(() => {}).finally(() => this.showTally());
  }

  /** First on the disk, then a mark on the page: a mark without a kept report would be a lie. */
  async keep(entries) {
    try {
      for (const entry of entries) this.own.add(entry.id);
      await this.outbox.add(this.data.token, entries);
      shown().then(() => this.tell({ entries }));
    } catch (error) {
      this.say(this.data.words.not_kept);
      throw error;
    }
  }

  /** What other phones did on this turf, where nobody may knock any more, and what went to somebody else. */
  hear({ reports, skip, gone, until }) {
    if (this.isClosed) return;
    keepListUntil(this.data.token, until);
    this.time.extend(until);
    this.drop(new Set(gone));
    const barred = new Set(skip);
    for (const door of this.doors.list) {
      if (door.skip === barred.has(door.id)) continue;
      door.skip = barred.has(door.id);
      this.mark(door);
      if (door === this.card.door) this.card.writeSkip(door);
    }
    for (const { id, door, result, at } of reports) {
      if (this.own.has(id) || !this.doors.hear(door, result, at)) continue;
      this.mark(this.doors.get(door));
      if (this.card.door?.id === door) this.card.set("before", result ? this.card.lastResult(this.card.door) : "");
    }
    this.showTally();
  }

  /** Doors that the lead took back: off the list, and off the page that the phone keeps. */
  drop(ids) {
    const gone = this.doors.drop(ids);
    if (!gone.length) return;
    this.list.drop(gone);
    this.map.drop(gone);
    this.card.set("gone", this.data.words.gone.replace("{count}", gone.length));
    const { door } = this.card;
    if (door && !gone.includes(door)) this.card.writeCount(door);
    else if (door && !this.card.isTalking()) this.show(this.doors.next(door.position));
    keepPage();
  }

  heed({ over, until }) {
    if (over) this.close();
    else this.time?.extend(until);
  }

  /** The list is over: it leaves the screen and the phone. What is unsent stays until the server has it. */
  close() {
    if (this.isClosed) return;
    this.isClosed = true;
    this.ended.abort();
    closing.clear(this.element);
    forgetList(this.data.token);
    this.outbox.end(this.data.token);
    this.tell({ over: true });
  }

  /** The server says what comes next, unless this page alone holds something. */
  handedBack() {
    if (this.outbox.isUnsafe()) this.close();
    else location.reload();
  }

  mark(door) {
    if (!door || this.isClosed) return;
    this.list.mark(door);
    this.map.mark(door);
  }

  /** To the next building or the one before. */
  step(by) {
    const there = this.card.door && this.doors.beside(this.card.door, by);
    if (there) this.go(there);
  }

  go(door) {
    if (!door) return;
    this.look("door", false);
    this.show(door);
  }

  talk() {
    if (!this.card.door) return;
    this.look("door", false);
    this.turn += 1;
    const panel = this.find("talk");
    panel.open = true;
    panel.querySelector("summary").focus();
  }

  show(door, { again = false, focus = true } = {}) {
    if (this.isClosed) return;
    this.card.show(door, { again });
    const turn = (this.turn += 1);
    shown().then(() => this.follow(focus && turn === this.turn));
  }

  /** What may come a picture later: the focus, the ways on and back, the marks in the list and on the map. */
  follow(focus) {
    if (this.isClosed) return;
    const { door } = this.card;
    if (focus) this.card.focus();
    if (door) this.card.writeSteps();
    this.additions.at(door ?? this.card.last);
    this.list.choose(door);
    this.map.choose(door);
  }

  showTally() {
    if (this.isClosed) return;
    const { done, all } = this.doors.progress();
    const bar = document.querySelector("#walk-progress");
    bar.querySelector("[data-progress=bar]").value = done;
    bar.querySelector("[data-progress=count]").textContent = this.data.words.visited.replace("{done}", done).replace("{all}", all);
    const deed = this.deeds.at(-1);
    this.find("undo").hidden = !deed;
    if (deed) this.find("undo-words").textContent = this.undoWords(deed);
  }

  undoWords({ reports }) {
    const door = this.doors.get(reports[0].door);
    if (reports.length > 1) return this.data.words.undo_several.replace("{count}", reports.length).replace("{house}", door?.house ?? "");
    return this.data.words.undo.replace("{door}", door?.address ?? "");
  }
}

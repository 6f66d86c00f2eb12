/* The list by street and side: which doors are done, which one is at hand, how many are left in a stretch. */
export class DoorList {
  constructor(element, doors, words) {
    this.element = element;
    this.doors = doors;
    this.words = words;
    this.lines = new Map();
    for (const line of element.querySelectorAll("[data-walk-goto]")) this.lines.set(Number(line.dataset.walkGoto), line);
  }

  /** Call `act(door)` when a line is chosen. */
  listen(act) {
    this.element.addEventListener("click", (event) => {
      const line = event.target.closest?.("[data-walk-goto]");
      if (!line) return;
      event.preventDefault();
      act(this.doors.get(line.dataset.walkGoto));
    });
  }

  mark(door) {
    const line = this.lines.get(door.id);
    if (!line) return;
    line.classList.toggle("is-done", Boolean(door.result));
    line.classList.toggle("is-skipped", door.skip && !door.result);
    line.querySelector("[data-walk-line-result]").textContent = this.said(door);
    this.count(line.closest("[data-walk-house]"), this.words.units_left);
    this.count(line.closest("[data-walk-stretch]"), this.words.left);
  }

  /** Doors that went leave no line; those that stay are numbered anew. */
  drop(gone) {
    for (const { id } of gone) this.remove(this.lines.get(id));
    for (const { id } of gone) this.lines.delete(id);
    for (const [id, line] of this.lines) line.querySelector(".walk-line__number").textContent = this.doors.get(id).position;
  }

  remove(line) {
    if (!line) return;
    const [house, stretch] = ["[data-walk-house]", "[data-walk-stretch]"].map((part) => line.closest(part));
    line.closest("li").remove();
    const isEmpty = (part) => part && !part.querySelector("[data-walk-goto]");
    if (isEmpty(house)) house.closest("li").remove();
    else this.count(house, this.words.units_left);
    if (isEmpty(stretch)) stretch.remove();
    else this.count(stretch, this.words.left);
  }

  /** A line in words: its result, and whose it is. */
  said(door) {
    if (!door.result) return door.skip ? this.words.do_not_knock : "";
    const result = this.words.results[door.result] ?? door.result;
    return door.partner ? `${result} · ${this.words.by_partner}` : result;
  }

  count(part, words) {
    if (!part) return;
    const lines = part.querySelectorAll("[data-walk-goto]");
    const left = [...lines].filter((line) => !line.classList.contains("is-done") && !line.classList.contains("is-skipped"));
    const text = words.replace("{left}", left.length).replace("{all}", lines.length);
    part.querySelector("[data-walk-left]").textContent = text;
  }

  /** The door at hand; its building folds open when the list is looked at. */
  choose(door) {
    this.lines.get(this.chosen)?.removeAttribute("aria-current");
    this.chosen = door?.id;
    this.lines.get(this.chosen)?.setAttribute("aria-current", "true");
  }

  /** Bring the door at hand into sight. */
  reveal() {
    const line = this.lines.get(this.chosen);
    if (!line) return;
    const house = line.closest("[data-walk-house]");
    if (house) house.open = true;
    line.scrollIntoView({ block: "center" });
  }
}

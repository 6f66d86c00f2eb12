/* The map of the turf, drawn in SVG from what the phone has: the way, the doors that are left, where one stands.
   Zoom by buttons, pinch or wheel; move by finger, mouse or arrow keys. No tile comes from anywhere. */
const MOST_ZOOM = 16;
const STEP = 1.7;
const REACH_PX = 26;
const NEAR_SHARE = 0.12; // of the map's width, around the door at hand

export class WalkMap {
  constructor(element, doors, words) {
    this.doors = doors;
    this.words = words;
    this.frame = element.querySelector("[data-walk-map-frame]");
    this.svg = this.frame.querySelector("svg");
    const { width, height } = this.svg.viewBox.baseVal;
    this.whole = { x: 0, y: 0, width, height };
    this.box = { ...this.whole };
    this.found = element.querySelector("[data-walk-map-found]");
    this.dots = new Map([...this.svg.querySelectorAll("[data-dot]")].map((dot) => [Number(dot.dataset.dot), dot]));
    this.listen(element);
  }

  listen(element) {
    const tools = element.querySelector("[data-walk-map-tools]");
    tools.hidden = false;
    tools.addEventListener("click", (event) => {
      const deed = event.target.closest("[data-map-do]")?.dataset.mapDo;
      if (deed === "in") this.zoom(STEP);
      if (deed === "out") this.zoom(1 / STEP);
      if (deed === "all") this.show(this.whole);
      if (deed === "here") this.centre(this.doors.get(this.chosen));
    });
    this.frame.addEventListener("keydown", (event) => this.pressed(event));
    this.frame.addEventListener("wheel", (event) => this.rolled(event), { passive: false });
    listenToFingers(this.frame, { drag: (...by) => this.drag(...by), pinch: (...by) => this.zoom(...by), tap: (at) => this.tapped(at) });
  }

  mark(door) {
    const dot = this.dots.get(door.id);
    dot?.classList.toggle("is-done", Boolean(door.result));
    dot?.classList.toggle("is-skipped", door.skip && !door.result);
  }

  /** Doors that went are not drawn any more. */
  drop(gone) {
    for (const { id } of gone) {
      this.dots.get(id)?.remove();
      this.dots.delete(id);
      if (Number(this.found.dataset.walkGoto) === id) this.found.hidden = true;
    }
  }

  choose(door) {
    this.dots.get(this.chosen)?.classList.remove("is-here");
    this.chosen = door?.id;
    this.dots.get(this.chosen)?.classList.add("is-here");
  }

  /** Show so much of the turf that the door at hand and its neighbours are told apart. */
  centre(door) {
    if (!door) return;
    const width = Math.min(this.whole.width, Math.max(this.whole.width * NEAR_SHARE, this.whole.width / MOST_ZOOM));
    this.show({ x: door.x - width / 2, y: door.y - this.tall(width) / 2, width });
  }

  tall = (width) => (width * this.whole.height) / this.whole.width;

  /** Come nearer by a factor, around a point of the screen (the middle without one). */
  zoom(factor, at = null) {
    const { x, y, width } = this.box;
    const fresh = Math.min(this.whole.width, Math.max(this.whole.width / MOST_ZOOM, width / factor));
    const still = at ? this.placeOf(at) : { x: x + width / 2, y: y + this.box.height / 2 };
    const share = fresh / width;
    this.show({ x: still.x - (still.x - x) * share, y: still.y - (still.y - y) * share, width: fresh });
  }

  drag(across, down) {
    const scale = this.box.width / this.frame.clientWidth;
    this.show({ ...this.box, x: this.box.x - across * scale, y: this.box.y - down * scale });
  }

  show({ x, y, width }) {
    const height = this.tall(width);
    const within = (low, size, all) => Math.min(Math.max(low, -size * 0.25), all - size * 0.75);
    const isWhole = width >= this.whole.width;
    this.box = isWhole ? { ...this.whole } : { x: within(x, width, this.whole.width), y: within(y, height, this.whole.height), width, height };
    this.svg.setAttribute("viewBox", `${this.box.x} ${this.box.y} ${this.box.width} ${this.box.height}`);
    const start = this.svg.querySelector("[data-walk-start]");
    start?.setAttribute("transform", `translate(${start.dataset.walkStart}) scale(${this.box.width / this.whole.width})`);
    this.frame.classList.toggle("is-near", !isWhole); // or a finger on it could not scroll the page
  }

  /** A point of the screen in the drawing's units. */
  placeOf({ clientX, clientY }) {
    const seen = this.svg.getBoundingClientRect();
    const scale = this.box.width / seen.width;
    return { x: this.box.x + (clientX - seen.left) * scale, y: this.box.y + (clientY - seen.top) * scale };
  }

  /** Name the door under a finger, with a way to it. */
  tapped(at) {
    if (!this.doors.list.length) return;
    const place = this.placeOf(at);
    const reach = (REACH_PX * this.box.width) / this.svg.getBoundingClientRect().width;
    const far = (door) => Math.hypot(door.x - place.x, door.y - place.y);
    const nearest = this.doors.list.reduce((best, door) => (far(door) < far(best) ? door : best));
    const isNear = far(nearest) <= reach;
    this.found.hidden = !isNear;
    if (!isNear) return;
    this.found.textContent = this.words.go_to.replace("{door}", nearest.address);
    this.found.dataset.walkGoto = nearest.id;
    this.found.href = `?door=${nearest.id}`;
  }

  pressed(event) {
    const far = this.frame.clientWidth / 5;
    const deeds = {
      ArrowLeft: () => this.drag(far, 0),
      ArrowRight: () => this.drag(-far, 0),
      ArrowUp: () => this.drag(0, far),
      ArrowDown: () => this.drag(0, -far),
      "+": () => this.zoom(STEP),
      "-": () => this.zoom(1 / STEP),
    };
    if (!deeds[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    deeds[event.key]();
  }

  rolled(event) {
    if (!event.ctrlKey && !this.frame.classList.contains("is-near")) return; // the page scrolls on
    event.preventDefault();
    this.zoom(event.deltaY < 0 ? 1.15 : 1 / 1.15, event);
  }
}

/** One finger drags, two pinch, a short touch is a tap. */
function listenToFingers(frame, { drag, pinch, tap }) {
  const fingers = new Map();
  let moved = 0;
  const spread = () => {
    const [one, other] = [...fingers.values()];
    return Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY) || 1;
  };
  const middle = () => {
    const [one, other] = [...fingers.values()];
    return { clientX: (one.clientX + other.clientX) / 2, clientY: (one.clientY + other.clientY) / 2 };
  };

  frame.addEventListener("pointerdown", (event) => {
    if (!fingers.size) moved = 0;
    fingers.set(event.pointerId, event);
  });
  frame.addEventListener("pointermove", (event) => {
    const before = fingers.get(event.pointerId);
    if (!before) return;
    const wide = fingers.size === 2 ? spread() : 0;
    fingers.set(event.pointerId, event);
    const across = event.clientX - before.clientX;
    const down = event.clientY - before.clientY;
    moved += Math.hypot(across, down);
    if (fingers.size === 2) pinch(spread() / wide, middle());
    else if (frame.classList.contains("is-near")) drag(across, down);
  });
  frame.addEventListener("pointerup", (event) => {
    if (fingers.size === 1 && fingers.has(event.pointerId) && moved < 8) tap(event);
    fingers.delete(event.pointerId);
  });
  for (const name of ["pointercancel", "pointerleave"])
    frame.addEventListener(name, (event) => fingers.delete(event.pointerId));
}

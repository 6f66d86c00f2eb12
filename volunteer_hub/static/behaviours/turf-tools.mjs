/* Hands on the map of a cut: a tap picks a door or a turf, a drag moves a door, a handle moves a border, a box
   picks many doors. Mouse and finger alike. */
const TAP_PX = 6;
const NEAR_PX = 12;
const DOORS_ZOOM = 15.5; // farther away doors lie so close that every tap would hit one: it means the turf then

/** `deeds`: pickDoor(id), pickTurf(id), moveDoor(id, turf), moveBorder(number, place), pickDoors(ids). */
export class Tools {
  constructor(map, layers, deeds) {
    Object.assign(this, { map, layers, deeds, band: false });
    map.on("mousedown", (event) => this.begin(event));
    map.on("touchstart", (event) => event.points.length === 1 && this.begin(event));
    for (const layer of ["dots", "handles"]) {
      map.on("mouseenter", layer, () => this.cursor(layer === "dots" ? "grab" : "move"));
      map.on("mouseleave", layer, () => this.cursor(""));
    }
  }

  cursor(shape) {
    this.map.getCanvas().style.cursor = this.band ? "crosshair" : shape;
  }

  setBand(on) {
    this.band = on;
    this.cursor("");
  }

  begin(event) {
    if (event.originalEvent.button) return;
    const held = this.under(event.point);
    const isBox = this.band || event.originalEvent.shiftKey;
    if (isBox || held.handle !== undefined || held.door) event.preventDefault(); // the map stays where it is
    this.follow(event, isBox ? {} : held, isBox);
  }

  /** What lies at a point: a handle, a door, a turf; each near enough for a finger. */
  under({ x, y }, reach = NEAR_PX) {
    const near = (layer, px) => this.map.queryRenderedFeatures([[x - px, y - px], [x + px, y + px]], { layers: [layer] });
    const closest = (found) => found.map((each) => [distance(this.map.project(each.geometry.coordinates), { x, y }), each]).sort((a, b) => a[0] - b[0])[0]?.[1];
    const handle = closest(near("handles", reach));
    const within = (dot) => this.map.getZoom() >= DOORS_ZOOM || dot.properties.turf === this.layers.chosen;
    const door = handle ? undefined : closest(near("dots", reach / 2 + 2).filter(within));
    const turfs = near("areas", 0).map((each) => each.properties.id);
    return { handle: handle?.properties.number, door: door?.properties.id, turf: turfs[0], turfs };
  }

  follow(start, held, isBox) {
    const isTouch = start.type === "touchstart";
    const [move, end] = isTouch ? ["touchmove", "touchend"] : ["mousemove", "mouseup"];
    let last = start;
    const onMove = (event) => {
      last = event;
      if (distance(start.point, event.point) > TAP_PX) this.drag(start, event, held, isBox);
    };
    const done = (event) => {
      this.map.off(move, onMove);
      this.layers.draft([]);
      const at = isTouch ? last : event;
      if (distance(start.point, at.point) > TAP_PX) this.drop(start, at, held, isBox);
      else if (!isBox) this.tap(held);
    };
    this.map.on(move, onMove);
    this.map.once(end, done);
  }

  drag(start, event, { handle, door }, isBox) {
    const here = event.lngLat.toArray();
    if (isBox) return this.layers.draft(corners(this.map, start.point, event.point));
    if (handle !== undefined) {
      const stretch = this.layers.stretch(handle);
      return this.layers.draft([stretch[0], here, stretch.at(-1)]);
    }
    if (door) this.layers.draft([start.lngLat.toArray(), here]);
  }

  drop(start, event, { handle, door }, isBox) {
    if (isBox) return this.deeds.pickDoors(this.inBox(start.point, event.point));
    if (handle !== undefined) return this.deeds.moveBorder(handle, event.lngLat.toArray());
    if (door) this.deeds.moveDoor(door, this.under(event.point).turfs);
  }

  tap({ handle, door, turf }) {
    if (handle !== undefined) return;
    if (door) this.deeds.pickDoor(door);
    else if (turf) this.deeds.pickTurf(turf);
  }

  inBox(a, b) {
    const box = [[Math.min(a.x, b.x), Math.min(a.y, b.y)], [Math.max(a.x, b.x), Math.max(a.y, b.y)]];
    return this.map.queryRenderedFeatures(box, { layers: ["dots"] }).map((each) => each.properties.id);
  }
}

function distance(a, b) {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

function corners(map, a, b) {
  return [[a.x, a.y], [b.x, a.y], [b.x, b.y], [a.x, b.y], [a.x, a.y]].map((place) => map.unproject(place).toArray());
}

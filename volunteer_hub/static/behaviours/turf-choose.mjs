/* What to cut: precincts ticked in the list or tapped on the map, or an area drawn by tapping its corners.
   Says how many doors that is before anything is cut. */
import { boundsOfFeatures, collection, feature, inColours, openMap, point, post, reveal, token } from "./turf-map.mjs";

const CLOSE_PX = 14;
const WAIT_MS = 250;

export async function start(root) {
  for (const each of root.querySelectorAll("[data-needs-script]")) each.hidden = false;
  const chooser = new Chooser(root);
  chooser.count();
  const [precincts, doors] = await Promise.all([root.dataset.precincts, root.dataset.doors].map(getJson));
  await chooser.open(precincts, doors);
}

async function getJson(url) {
  const answer = await fetch(url, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return answer.json();
}

class Chooser {
  constructor(root) {
    this.root = root;
    this.words = JSON.parse(root.dataset.words);
    this.form = root.querySelector("[data-choose-form]");
    this.area = this.form.querySelector("input[name=area]");
    this.corners = this.area.value ? JSON.parse(this.area.value) : [];
    this.isClosed = this.corners.length > 2;
    this.form.addEventListener("change", (event) => {
      if (["precincts", "minutes", "metres_per_minute", "contact_percent"].includes(event.target.name)) this.changed();
    });
    const on = (name, deed) => root.querySelector(`[data-${name}]`).addEventListener("click", deed);
    on("draw", () => this.setDrawing(!this.isDrawing));
    on("draw-back", () => this.setCorners(this.corners.slice(0, -1), false));
    on("draw-close", () => this.close());
    on("draw-clear", () => this.setCorners([], false));
    this.form.addEventListener("submit", () => this.isDrawing && this.close()); // an area nobody closed counts
    document.addEventListener("keydown", (event) => event.key === "Escape" && this.isDrawing && this.setDrawing(false));
  }

  async open(precincts, doors) {
    const figure = this.root.querySelector("figure");
    const dots = doors.map((place) => point(place));
    this.map = await openMap(figure, boundsOfFeatures(dots.length ? dots : precincts.features));
    if (!this.map) return;
    this.precincts = precincts;
    const sources = { areas: precincts, dots: collection(dots), drawn: collection([]), corners: collection([]) };
    for (const [name, data] of Object.entries(sources)) this.map.addSource(name, { type: "geojson", data, ...(name === "areas" ? { promoteId: "id" } : {}) });
    this.map.addLayer({ id: "areas", type: "fill", source: "areas" });
    this.map.addLayer({ id: "edges", type: "line", source: "areas" });
    this.map.addLayer({ id: "dots", type: "circle", source: "dots" });
    this.map.addLayer({ id: "drawn", type: "fill", source: "drawn", filter: ["==", ["geometry-type"], "Polygon"] });
    this.map.addLayer({ id: "drawn-line", type: "line", source: "drawn", paint: { "line-width": 3, "line-dasharray": [2, 1] } });
    this.map.addLayer({ id: "corners", type: "circle", source: "corners", paint: { "circle-radius": 7, "circle-stroke-width": 3 } });
    inColours(this.map, () => this.paint(figure));
    this.map.on("click", (event) => this.tapped(event));
    this.changed();
    figure.dataset.ready = "yes";
  }

  paint(figure) {
    const colour = token(figure);
    const set = (layer, property, value) => this.map.setPaintProperty(layer, property, value);
    const isPicked = ["boolean", ["feature-state", "picked"], false];
    set("areas", "fill-color", ["case", isPicked, colour("turf-1"), colour("surface-2")]);
    set("areas", "fill-opacity", ["case", isPicked, 0.55, 0.5]);
    set("edges", "line-color", ["case", isPicked, colour("ink"), colour("line-strong")]);
    set("edges", "line-width", ["case", isPicked, 2.5, 1]);
    set("dots", "circle-color", colour("brand"));
    set("dots", "circle-opacity", 0.75);
    set("dots", "circle-radius", ["interpolate", ["linear"], ["zoom"], 10, 0.8, 14, 2, 17, 5]);
    set("drawn", "fill-color", colour("accent"));
    set("drawn", "fill-opacity", 0.35);
    set("drawn-line", "line-color", colour("ink"));
    set("corners", "circle-color", colour("surface"));
    set("corners", "circle-stroke-color", colour("ink"));
  }

  tapped(event) {
    if (this.isDrawing) return this.corner(event);
    const found = this.map.queryRenderedFeatures(event.point, { layers: ["areas"] })[0];
    const box = found && this.form.querySelector(`input[name=precincts][value="${found.properties.id}"]`);
    if (!box) return;
    box.checked = !box.checked;
    reveal(box.closest("ul"), box.closest("li"));
    this.changed();
  }

  corner(event) {
    const first = this.corners[0] && this.map.project(this.corners[0]);
    if (this.corners.length > 2 && Math.hypot(first.x - event.point.x, first.y - event.point.y) < CLOSE_PX) return this.close();
    this.setCorners([...this.corners, event.lngLat.toArray().map((number) => Number(number.toFixed(6)))], false);
  }

  close() {
    if (this.corners.length < 3) return;
    this.setCorners(this.corners, true);
    this.setDrawing(false);
  }

  setDrawing(on) {
    if (on && this.isClosed) this.setCorners([], false);
    this.isDrawing = on;
    if (this.map) this.map.getCanvas().style.cursor = on ? "crosshair" : "";
    this.changed();
  }

  setCorners(corners, isClosed) {
    this.corners = corners;
    this.isClosed = isClosed;
    this.area.value = isClosed ? JSON.stringify(corners) : "";
    this.changed();
  }

  changed() {
    const button = (name) => this.root.querySelector(`[data-${name}]`);
    button("draw").setAttribute("aria-pressed", String(Boolean(this.isDrawing)));
    button("draw-back").hidden = !this.isDrawing || !this.corners.length;
    button("draw-close").hidden = !this.isDrawing || this.corners.length < 3;
    button("draw-clear").hidden = !this.corners.length;
    this.draw();
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.count(), WAIT_MS);
  }

  draw() {
    if (!this.map?.getSource("drawn")) return;
    for (const { properties } of this.precincts.features) {
      const picked = this.form.querySelector(`input[name=precincts][value="${properties.id}"]`)?.checked;
      this.map.setFeatureState({ source: "areas", id: properties.id }, { picked: Boolean(picked) });
    }
    const ring = this.isClosed ? [...this.corners, this.corners[0]] : this.corners;
    const shape = this.isClosed ? { type: "Polygon", coordinates: [ring] } : { type: "LineString", coordinates: ring };
    this.map.getSource("drawn").setData(collection(ring.length > 1 ? [feature(shape)] : []));
    this.map.getSource("corners").setData(collection(this.isClosed ? [] : this.corners.map((place) => point(place))));
  }

  async count() {
    const say = (text) => (this.root.querySelector("[data-choose-count]").textContent = text);
    if (this.isDrawing) return say(this.words.drawing);
    const chosen = this.form.querySelectorAll("input[name=precincts]:checked").length;
    if (!this.isClosed && !chosen) return say(this.words.nothing);
    const asked = (this.asked = {});
    try {
      const { doors, districts } = await post(this.root.dataset.count, new FormData(this.form), this.words.unreachable);
      if (asked === this.asked) say(this.sentence(doors, districts, chosen));
    } catch (error) {
      say(error.message);
    }
  }

  sentence(doors, districts, chosen) {
    if (!doors) return this.words.none;
    const number = (name, usual) => Number(this.form.elements[name]?.value) || usual;
    const minutes = doors * (1 + (4 * number("contact_percent", 25)) / 100 + 0.25);
    const written = (value) => value.toLocaleString(document.documentElement.dataset.locale || "en");
    const turfs = Math.max(1, Math.round(minutes / number("minutes", 90)));
    const parts = [this.words.some.replace("{doors}", written(doors)).replace("{turfs}", written(turfs))];
    if (this.isClosed && chosen) parts.push(this.words.drawn);
    if (districts > 1) parts.push(this.words.districts.replace("{n}", districts));
    return parts.join(". ");
  }
}

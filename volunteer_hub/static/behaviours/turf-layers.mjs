/* How a cut looks on the map: turfs in colours whose neighbours differ, doors, the walk of the chosen turf with
   numbers and its start, and handles on its border. */
import { addSign, boundsOfFeatures, collection, feature, inColours, point, token } from "./turf-map.mjs";

const COLOURS = 8;
const HANDLE_EVERY_PX = 70;
const LOOK_SHARE = 0.4; // a turf that is looked at takes so much of the map, at least
const SOURCES = ["areas", "streets", "ways", "dots", "numbers", "labels", "handles", "draft"];

export class Layers {
  constructor(map, figure) {
    this.map = map;
    this.figure = figure;
    for (const name of SOURCES) map.addSource(name, { type: "geojson", data: collection([]) });
    const round = { "line-cap": "round", "line-join": "round" };
    map.addLayer({ id: "areas", type: "fill", source: "areas" });
    const ofKind = (kind) => ["==", ["get", "kind"], kind];
    map.addLayer({ id: "streets", type: "line", source: "streets", filter: ofKind("street"), paint: { "line-width": ["interpolate", ["linear"], ["zoom"], 12, 0.6, 17, 2.5] } });
    map.addLayer({ id: "roads", type: "line", source: "streets", filter: ofKind("road"), paint: { "line-width": ["interpolate", ["linear"], ["zoom"], 12, 1.5, 17, 5] } });
    map.addLayer({ id: "barriers", type: "line", source: "streets", filter: ofKind("barrier"), paint: { "line-width": 2, "line-dasharray": [1.5, 1.5] } });
    map.addLayer({ id: "edges", type: "line", source: "areas", paint: { "line-width": 1.2 } });
    map.addLayer({ id: "chosen", type: "line", source: "areas", filter: ["==", ["get", "chosen"], 1], paint: { "line-width": 3.5 } });
    map.addLayer({ id: "way-casing", type: "line", source: "ways", layout: round, paint: { "line-width": 6 } });
    map.addLayer({ id: "ways", type: "line", source: "ways", layout: round, paint: { "line-width": 2.5 } });
    map.addLayer({ id: "dots", type: "circle", source: "dots" });
    const symbol = { "icon-image": ["get", "sign"], "icon-allow-overlap": false, "icon-padding": 1 };
    map.addLayer({ id: "numbers", type: "symbol", source: "numbers", layout: { ...symbol, "icon-offset": [0, -18], "symbol-sort-key": ["get", "order"] } });
    map.addLayer({ id: "labels", type: "symbol", source: "labels", layout: symbol });
    map.addLayer({ id: "draft", type: "line", source: "draft", layout: round, paint: { "line-width": 2.5, "line-dasharray": [2, 2] } });
    map.addLayer({ id: "handles", type: "circle", source: "handles", paint: { "circle-radius": 6.5, "circle-stroke-width": 2.5 } });
    inColours(map, () => {
      this.paint();
      this.again?.();
    });
  }

  /** The turf's outermost border; of several parts the longest. */
  border(turf) {
    const rings = { Polygon: [turf.shape?.coordinates], MultiPolygon: turf.shape?.coordinates }[turf.shape?.type] ?? [];
    return rings.map(([outer]) => outer).sort((a, b) => b.length - a.length)[0]?.slice(0, -1) ?? null;
  }

  paint() {
    const colour = token(this.figure);
    const set = (layer, property, value) => this.map.setPaintProperty(layer, property, value);
    const own = (prefix) => ["match", ["get", "colour"], ...Array.from({ length: COLOURS }, (_, i) => [i, colour(`${prefix}-${i}`)]).flat(), colour("nodata")];
    set("areas", "fill-color", own("turf"));
    set("areas", "fill-opacity", ["case", ["==", ["get", "free"], 1], 0.55, 0.22]);
    set("streets", "line-color", colour("line-strong"));
    set("roads", "line-color", colour("line-strong"));
    set("barriers", "line-color", colour("ink-2"));
    set("edges", "line-color", own("turf-edge"));
    set("chosen", "line-color", colour("ink"));
    set("way-casing", "line-color", colour("surface"));
    set("ways", "line-color", colour("ink"));
    const isPicked = ["==", ["get", "picked"], 1];
    set("dots", "circle-color", ["case", isPicked, colour("accent"), ["==", ["get", "visited"], 1], colour("surface"), own("turf-edge")]);
    set("dots", "circle-radius", ["interpolate", ["linear"], ["zoom"], 12, ["case", isPicked, 4, 2], 16, ["case", isPicked, 8, 5], 19, ["case", isPicked, 12, 9]]);
    set("dots", "circle-stroke-color", ["case", isPicked, colour("ink"), ["==", ["get", "visited"], 1], own("turf-edge"), colour("surface")]);
    set("dots", "circle-stroke-width", ["case", isPicked, 2.5, 1]);
    set("draft", "line-color", colour("ink"));
    set("handles", "circle-color", colour("surface"));
    set("handles", "circle-stroke-color", colour("ink"));
  }

  set(name, features) {
    const colour = token(this.figure);
    for (const { properties } of features) if (properties.sign) addSign(this.map, properties.sign, colour);
    this.map.getSource(name).setData(collection(features));
  }

  /** All turfs and doors; `chosen` is a turf's id or null, `picked` a set of door ids. */
  show(turfs, doors, chosen, picked) {
    this.chosen = chosen;
    this.again = () => this.show(turfs, doors, chosen, picked); // signs are drawn anew in other colours
    const all = [...turfs.values()];
    this.set("areas", all.map((turf) => feature(turf.shape, { id: turf.id, colour: turf.own ? turf.colour : -1, free: Number(turf.free), chosen: Number(turf.id === chosen) })));
    this.set("dots", [...doors.values()].map((door) => point(door.place, { id: door.id, turf: door.turf, colour: turfs.get(door.turf)?.own ? turfs.get(door.turf).colour : -1, picked: Number(picked.has(door.id)), visited: door.visited })));
    const own = all.filter((turf) => turf.own);
    const names = shortNames(own.map((turf) => turf.name));
    this.set("labels", own.filter((turf) => turf.label && turf.id !== chosen).map((turf) => point(turf.label, { sign: `turf:${names.get(turf.name)}` })));
    const turf = turfs.get(chosen);
    this.set("ways", turf?.line ? [feature(turf.line)] : []);
    this.set("numbers", turf ? this.numbers(turf, doors) : []);
    this.showHandles(turf);
  }

  numbers(turf, doors) {
    const walk = [...doors.values()].filter((door) => door.turf === turf.id);
    return [point(turf.start, { sign: "start", order: 0 }), ...walk.map((door) => point(door.place, { sign: `number:${door.position}`, order: door.position }))];
  }

  /** Handles on the border of a turf that may be changed, about so many pixels apart. */
  showHandles(turf) {
    const border = turf?.free ? this.border(turf) : null;
    this.ring = border && finer(border, (place) => this.map.project(place), HANDLE_EVERY_PX);
    this.handles = this.ring ? spaced(this.ring.map((place) => this.map.project(place)), HANDLE_EVERY_PX) : [];
    this.set("handles", this.handles.map((at, number) => point(this.ring[at], { number })));
  }

  /** The stretch of border around a handle, from the handle before it to the one after it. */
  stretch(number) {
    const count = this.handles.length;
    const from = this.handles[(number - 1 + count) % count];
    const to = this.handles[(number + 1) % count];
    const places = [];
    for (let at = from; ; at = (at + 1) % this.ring.length) {
      places.push(this.ring[at]);
      if (at === to) return places;
    }
  }

  /** Streets and barriers, as the server gives them. */
  showStreets(found) {
    if (found) this.set("streets", found.features);
  }

  /** Bring a turf near that is small on the map, or out of sight. */
  look(turf) {
    const box = boundsOfFeatures([{ geometry: turf.shape }]);
    const { clientWidth: width, clientHeight: height } = this.map.getCanvas();
    const [a, b] = [this.map.project([box[0], box[3]]), this.map.project([box[2], box[1]])];
    const share = Math.max((b.x - a.x) / width, (b.y - a.y) / height);
    const isSeen = a.x >= 0 && a.y >= 0 && b.x <= width && b.y <= height;
    if (isSeen && share >= LOOK_SHARE) return;
    const aside = ((1 - LOOK_SHARE) / 2) * Math.min(width, height);
    this.map.fitBounds(box, { padding: aside, animate: false });
  }

  draft(places) {
    this.set("draft", places.length > 1 ? [feature({ type: "LineString", coordinates: places })] : []);
  }

  fit(turfs) {
    this.map.fitBounds(boundsOfFeatures(turfs.map((turf) => ({ geometry: turf.shape ?? { type: "Point", coordinates: turf.start } }))), { padding: 32, animate: false });
  }
}

/** Names of turfs as short as tells them apart on a map: the number alone in one precinct, else with what its
    precinct's code does not share with the others. */
export function shortNames(names) {
  const parts = names.map((name) => [name.slice(0, name.lastIndexOf("-")), name.slice(name.lastIndexOf("-") + 1)]);
  const codes = [...new Set(parts.map(([code]) => code))];
  let shared = 0;
  while (codes.length > 1 && codes.every((code) => shared + 1 < code.length && code[shared] === codes[0][shared])) shared += 1;
  return new Map(names.map((name, at) => [name, codes.length > 1 ? `${parts[at][0].slice(shared)}-${parts[at][1]}` : parts[at][1]]));
}

/** A closed border with more places on its long straight stretches: none is longer than `most` pixels. */
export function finer(ring, project, most) {
  return ring.flatMap(([x, y], at) => {
    const [nextX, nextY] = ring[(at + 1) % ring.length];
    const [from, to] = [project([x, y]), project([nextX, nextY])];
    const parts = Math.max(1, Math.ceil(Math.hypot(to.x - from.x, to.y - from.y) / most));
    return Array.from({ length: parts }, (_, part) => [x + ((nextX - x) * part) / parts, y + ((nextY - y) * part) / parts]);
  });
}

/** Corners of a closed border that lie at least `apart` pixels from the one before; at least three. */
export function spaced(points, apart) {
  const chosen = [];
  let gone = Infinity;
  points.forEach((place, at) => {
    if (at) gone += Math.hypot(place.x - points[at - 1].x, place.y - points[at - 1].y);
    if (gone < apart) return;
    chosen.push(at);
    gone = 0;
  });
  return chosen.length >= 3 ? chosen : points.map((_, at) => at).filter((at) => at % Math.max(1, Math.floor(points.length / 3)) === 0).slice(0, 3);
}

/* A map drawn from GeoJSON of our own, beside a table that says the same. No base map, no labels, nothing
   from elsewhere. The attributes are described at map_view in templates/components/maps.html. */
import { colourOf, legendOf, scaleOf } from "./map-colours.mjs";
import { link } from "./map-rows.mjs";

export async function start(figure) {
  const options = read(figure);
  try {
    if (!options.worker) throw new Error("maps need the bundled front end");
    const [library] = await Promise.all([import("maplibre-gl"), loadSheet(options.css)]);
    library.setWorkerUrl(options.worker);
    const data = await load(options);
    const map = draw(library, figure, options, data);
    figure.map = map; // for tests and for pages that add to it
    await map.once("load");
    figure.dataset.ready = "yes";
    figure.dispatchEvent(new Event("map-ready"));
  } catch (error) {
    const wait = figure.querySelector("[data-map-wait]");
    if (wait) wait.textContent = options.words.failed;
    console.error("map:", error);
  }
}

function read(figure) {
  const { breaks, popup, words, middle, ...rest } = figure.dataset;
  return {
    ...rest,
    id: figure.id,
    middle: Number(middle || 0),
    breaks: breaks ? JSON.parse(breaks) : null,
    popup: JSON.parse(popup || "[]"),
    words: JSON.parse(words || "{}"),
  };
}

export function loadSheet(href) {
  if (!href || document.querySelector(`link[href="${href}"]`)) return null;
  return new Promise((resolve, reject) => {
    const sheet = Object.assign(document.createElement("link"), { rel: "stylesheet", href });
    sheet.addEventListener("load", resolve);
    sheet.addEventListener("error", () => reject(new Error("the map's sheet is missing")));
    document.head.append(sheet);
  });
}

async function load({ src, points, lines, values, key }) {
  const [areas, dots, ways, numbers] = await Promise.all([src, points, lines, values].map(getJson));
  join(areas, numbers, key);
  return { areas, dots, ways };
}

/** Numbers that change are kept apart from shapes that do not: lay them over the shapes' properties. */
function join(areas, numbers, key) {
  if (!numbers) return;
  for (const { properties } of areas?.features ?? []) Object.assign(properties, numbers[properties[key]]);
}

async function getJson(url) {
  if (!url) return null;
  if (url.startsWith("{")) return JSON.parse(url);
  const answer = await fetch(url, { headers: { Accept: "application/geo+json, application/json" } });
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return answer.json();
}

function draw(library, figure, options, data) {
  const canvas = figure.querySelector("[data-map-canvas]");
  canvas.replaceChildren();
  const holder = canvas.appendChild(document.createElement("div"));
  holder.setAttribute("role", "presentation");
  const map = new library.Map({
    container: holder,
    style: { version: 8, sources: {}, layers: [] },
    bounds: boundsOf(data),
    fitBoundsOptions: { padding: 16 },
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    cooperativeGestures: false,
    scrollZoom: false, // the page scrolls; buttons, keys and pinching zoom
    locale: {
      "NavigationControl.ZoomIn": options.words.zoom_in,
      "NavigationControl.ZoomOut": options.words.zoom_out,
      "Map.Title": options.words.map,
    },
  });
  map.touchZoomRotate.disableRotation();
  map.addControl(new library.NavigationControl({ showCompass: false }));
  let scale = scaleOf(data.areas, options);
  map.on("load", () => {
    addLayers(map, figure, options, data, scale);
    listen(library, map, figure, options);
  });
  const repaint = () => map.getLayer("areas") && paint(map, figure, options, scale);
  /** New numbers, perhaps of another property or unit, for the same shapes. */
  figure.showValues = (numbers, changed = {}) => {
    Object.assign(options, changed);
    join(data.areas, numbers, options.key);
    scale = scaleOf(data.areas, options);
    map.getSource("areas")?.setData(data.areas);
    repaint();
  };
  document.addEventListener("theme-change", repaint);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);
  return map;
}

function addLayers(map, figure, options, { areas, dots, ways }, scale) {
  if (areas) {
    map.addSource("areas", { type: "geojson", data: areas, promoteId: options.key });
    map.addLayer({ id: "areas", type: "fill", source: "areas" });
    map.addLayer({ id: "edges", type: "line", source: "areas", paint: { "line-width": 0.8 } });
    map.addLayer({ id: "picked", type: "line", source: "areas", paint: { "line-width": 3 } });
  }
  if (ways) {
    map.addSource("ways", { type: "geojson", data: ways });
    map.addLayer({ id: "way-casing", type: "line", source: "ways", layout: { "line-cap": "round", "line-join": "round" } });
    map.addLayer({ id: "ways", type: "line", source: "ways", layout: { "line-cap": "round", "line-join": "round" } });
  }
  if (dots) {
    map.addSource("dots", { type: "geojson", data: dots, ...(areas ? {} : { promoteId: options.key }) });
    map.addLayer({ id: "dots", type: "circle", source: "dots" });
  }
  paint(map, figure, options, scale);
}

/** Colours come from the sheet, so that both modes and the legend agree. */
function paint(map, figure, options, scale) {
  const sheet = getComputedStyle(figure);
  const token = (name) => sheet.getPropertyValue(`--${name}`).trim();
  const set = (layer, property, value) => map.getLayer(layer) && map.setPaintProperty(layer, property, value);
  set("areas", "fill-color", colourOf(scale, options, token));
  set("edges", "line-color", token("map-line"));
  set("picked", "line-color", token("map-edge"));
  set("picked", "line-opacity", ["case", ["boolean", ["feature-state", "picked"], false], 1, 0]);
  set("way-casing", "line-color", token("surface"));
  // a way may bring a width of its own: thin ways, of which there are many, need no casing
  set("way-casing", "line-width", ["case", ["has", "width"], 0, 7]);
  set("ways", "line-color", token("map-edge"));
  set("ways", "line-width", ["coalesce", ["get", "width"], 3]);
  set("ways", "line-opacity", ["case", ["has", "width"], 0.45, 1]);
  const kinds = ["brand", "ok", "warning", "error", "info"];
  set("dots", "circle-color", ["match", ["get", "kind"], ...kinds.flatMap((kind) => [kind, token(kind)]), token("brand")]);
  const size = (radius) => ["*", radius, ["coalesce", ["get", "size"], 1]];
  set("dots", "circle-radius", ["interpolate", ["linear"], ["zoom"], 5, size(2.5), 12, size(4.5), 16, size(8)]);
  const isPicked = ["boolean", ["feature-state", "picked"], false];
  set("dots", "circle-stroke-color", ["case", isPicked, token("map-edge"), token("surface")]);
  set("dots", "circle-stroke-width", ["case", isPicked, 3, 1.2]);
  legendOf(figure, scale, options, token);
}

function listen(library, map, figure, options) {
  const rows = link(figure, (key) => pick(key, true));
  const popup = new library.Popup({ maxWidth: "18rem", closeButton: true });
  let picked = null;

  const source = map.getSource("areas") ? "areas" : "dots";

  function pick(key, fromRow) {
    if (picked !== null) map.setFeatureState({ source, id: picked }, { picked: false });
    picked = key;
    map.setFeatureState({ source, id: key }, { picked: true });
    if (fromRow) return;
    rows.show(key);
    figure.dispatchEvent(new CustomEvent("map-pick", { detail: key }));
  }
  figure.pick = (key) => pick(key, true);

  for (const layer of ["dots", "areas"]) {
    if (!map.getLayer(layer)) continue;
    map.on("mouseenter", layer, () => (map.getCanvas().style.cursor = "pointer"));
    map.on("mouseleave", layer, () => (map.getCanvas().style.cursor = ""));
    map.on("click", layer, (event) => {
      if (event.originalEvent.answered) return;
      event.originalEvent.answered = true;
      const { properties } = event.features[0];
      if (layer === source && properties[options.key] !== undefined) pick(properties[options.key], false);
      popup.setLngLat(event.lngLat).setDOMContent(describe(properties, options, layer)).addTo(map);
    });
  }
}

function describe(properties, { title, popup, link: linkName, words }, layer) {
  const box = document.createElement("div");
  box.className = "map__popup";
  const add = (parent, name, text) => Object.assign(parent.appendChild(document.createElement(name)), { textContent: text });
  add(box, "p", properties[layer === "dots" && properties.label ? "label" : title] ?? "").className = "map__popup-title";
  const list = document.createElement("dl");
  for (const [name, label] of popup) {
    if (properties[name] === undefined || properties[name] === null) continue;
    add(list, "dt", label);
    add(list, "dd", written(properties[name]));
  }
  if (list.childElementCount) box.append(list);
  if (linkName && properties[linkName]) add(box, "a", words.open).href = properties[linkName];
  return box;
}

function written(value) {
  const language = document.documentElement.dataset.locale || "en";
  return typeof value === "number" ? value.toLocaleString(language, Math.abs(value) < 1 ? { maximumSignificantDigits: 3 } : { maximumFractionDigits: 3 }) : String(value);
}

export function boundsOf({ areas, dots, ways }) {
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  const visit = (place) => {
    if (typeof place[0] !== "number") return place.forEach(visit);
    box[0] = Math.min(box[0], place[0]);
    box[1] = Math.min(box[1], place[1]);
    box[2] = Math.max(box[2], place[0]);
    box[3] = Math.max(box[3], place[1]);
  };
  const geometry = (shape) => (shape?.geometries ? shape.geometries.forEach(geometry) : shape && visit(shape.coordinates));
  for (const set of [areas, ways, dots]) for (const feature of set?.features ?? []) geometry(feature.geometry);
  return box[0] <= box[2] ? box : [-125, 24, -66, 50]; // nothing to show yet: the country
}

/* What the maps of turf share: a map in its frame, colours from the sheet, numbers and signs drawn as images
   (so that no glyphs are needed), doors as dots. */
import { boundsOf, loadSheet } from "./map.mjs";

const RATIO = 2; // images are drawn twice as fine as they are shown

export async function openMap(figure, bounds) {
  const words = JSON.parse(figure.dataset.words);
  try {
    if (!figure.dataset.worker) throw new Error("maps need the bundled front end");
    const [library] = await Promise.all([import("maplibre-gl"), loadSheet(figure.dataset.css)]);
    library.setWorkerUrl(figure.dataset.worker);
    const canvas = figure.querySelector("[data-map-canvas]");
    canvas.replaceChildren();
    const holder = canvas.appendChild(document.createElement("div"));
    holder.setAttribute("role", "presentation");
    const map = new library.Map({
      container: holder,
      style: { version: 8, sources: {}, layers: [] },
      bounds,
      fitBoundsOptions: { padding: 32 },
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      boxZoom: false, // shift and drag choose doors
      doubleClickZoom: false,
      scrollZoom: false, // the page scrolls; buttons, keys and pinching zoom
      locale: { "NavigationControl.ZoomIn": words.zoom_in, "NavigationControl.ZoomOut": words.zoom_out, "Map.Title": words.map },
    });
    map.touchZoomRotate.disableRotation();
    map.addControl(new library.NavigationControl({ showCompass: false }));
    figure.map = map; // for tests
    await map.once("load");
    return map;
  } catch (error) {
    const wait = figure.querySelector("[data-map-wait]") ?? figure.querySelector("[data-map-canvas]");
    wait.textContent = words.failed;
    console.error("map:", error);
    return null;
  }
}

/** Reads custom properties of the sheet, so that map and page agree in both modes. */
export function token(element) {
  const sheet = getComputedStyle(element);
  return (name) => sheet.getPropertyValue(`--${name}`).trim();
}

/** Calls `repaint` now and when the colours of the page change. */
export function inColours(map, repaint) {
  repaint();
  const again = () => {
    for (const id of map.listImages()) map.removeImage(id);
    repaint();
  };
  document.addEventListener("theme-change", again);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
}

export function collection(features) {
  return { type: "FeatureCollection", features };
}

export function feature(geometry, properties = {}, id = undefined) {
  return { type: "Feature", id, geometry, properties };
}

export function point(place, properties, id) {
  return feature({ type: "Point", coordinates: place }, properties, id);
}

export function boundsOfFeatures(features) {
  return boundsOf({ areas: collection(features.filter((each) => each.geometry)) });
}

/** Scroll a list so that one of its lines is seen; the page stays where it is. */
export function reveal(list, line) {
  if (!list || !line) return;
  const [outer, inner] = [list.getBoundingClientRect(), line.getBoundingClientRect()];
  if (inner.top < outer.top) list.scrollTop -= outer.top - inner.top;
  else if (inner.bottom > outer.bottom) list.scrollTop += inner.bottom - outer.bottom;
}

/** Post a form's fields as a script does; gives the answer's JSON. A refusal is thrown with its sentence. */
export async function post(url, fields, unreachable) {
  let answer;
  try {
    answer = await fetch(url, { method: "POST", body: fields, headers: { Accept: "application/json" } });
  } catch {
    throw Object.assign(new Error(unreachable), { status: 0 });
  }
  const said = answer.redirected ? null : await answer.json().catch(() => null);
  if (!answer.ok || !said) throw Object.assign(new Error(said?.error ?? unreachable), { status: answer.status });
  return said;
}

/** Signs by name: "number:12" in a walk, "turf:07" on a turf, "start". They are there before a layer asks. */
export function addSign(map, id, colour) {
  const [kind, text] = id.split(":");
  const drawer = { number: drawNumber, turf: drawLabel, start: drawStart }[kind];
  if (!drawer || map.hasImage(id)) return;
  const image = drawer(text, colour);
  map.addImage(id, image, { pixelRatio: RATIO });
}

function drawNumber(text, colour) {
  return withText(text, 11, (pen, width, height) => {
    pen.fillStyle = colour("ink");
    pen.beginPath();
    pen.roundRect(0, 0, width, height, height / 2);
    pen.fill();
    return colour("surface");
  });
}

function drawLabel(text, colour) {
  return withText(text, 14, (pen, width, height) => {
    pen.fillStyle = colour("surface");
    pen.strokeStyle = colour("ink");
    pen.lineWidth = 1.5;
    pen.beginPath();
    pen.roundRect(1, 1, width - 2, height - 2, 5);
    pen.fill();
    pen.stroke();
    return colour("ink");
  });
}

function withText(text, size, behind) {
  const font = `700 ${size}px ${getComputedStyle(document.body).fontFamily}`;
  const pen = document.createElement("canvas").getContext("2d");
  pen.font = font;
  const width = Math.ceil(pen.measureText(text).width) + size;
  const height = size + 8;
  pen.canvas.width = width * RATIO;
  pen.canvas.height = height * RATIO;
  pen.scale(RATIO, RATIO);
  const ink = behind(pen, width, height);
  Object.assign(pen, { font, fillStyle: ink, textAlign: "center", textBaseline: "middle" });
  pen.fillText(text, width / 2, height / 2 + 0.5);
  return pen.getImageData(0, 0, width * RATIO, height * RATIO);
}

function drawStart(_text, colour) {
  const size = 26;
  const pen = document.createElement("canvas").getContext("2d");
  pen.canvas.width = pen.canvas.height = size * RATIO;
  pen.scale(RATIO, RATIO);
  Object.assign(pen, { fillStyle: colour("accent"), strokeStyle: colour("accent-ink"), lineWidth: 2, lineJoin: "round" });
  pen.beginPath();
  pen.moveTo(size / 2, 3);
  pen.lineTo(size - 3, size - 4);
  pen.lineTo(3, size - 4);
  pen.closePath();
  pen.fill();
  pen.stroke();
  return pen.getImageData(0, 0, size * RATIO, size * RATIO);
}

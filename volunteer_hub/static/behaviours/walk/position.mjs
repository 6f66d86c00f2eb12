/* One's own place on the map: asked for by a tap, shown while the page is open, sent nowhere. */
const SVG = "http://www.w3.org/2000/svg";

/** frame: (a, b, c, d) of the drawing, x = a + b * longitude, y = c + d * latitude. It ends with `signal`. */
export function listen(element, frame, words, signal) {
  const button = element.querySelector("[data-map-do=me]");
  const said = element.querySelector("[data-walk-map-said]");
  const layer = element.querySelector("[data-walk-me]");
  if (!navigator.geolocation || !frame[1]) return;
  button.hidden = false;
  let watch = null;

  signal.addEventListener("abort", () => watch === null || end(""));
  button.addEventListener("click", () => (watch === null ? begin() : end("")));

  function begin() {
    said.textContent = words.asking;
    watch = navigator.geolocation.watchPosition(shown, refused, { enableHighAccuracy: true, maximumAge: 10_000, timeout: 30_000 });
    button.setAttribute("aria-pressed", "true");
  }

  function end(text) {
    navigator.geolocation.clearWatch(watch);
    watch = null;
    layer.replaceChildren();
    button.setAttribute("aria-pressed", "false");
    said.textContent = text;
  }

  function shown({ coords }) {
    draw(layer, placeOn(frame, coords), metresToUnits(frame, coords.accuracy));
    said.textContent = words.here.replace("{metres}", Math.round(coords.accuracy));
  }

  function refused({ code }) {
    if (code === 1) end(words.refused_position);
    else said.textContent = words.no_position; // it may come yet: the watch goes on
  }
}

export const placeOn = (frame, { latitude, longitude }) => ({
  x: frame[0] + frame[1] * longitude,
  y: frame[2] + frame[3] * latitude,
});

/** A degree of latitude is about 111,320 m. */
export const metresToUnits = (frame, metres) => (Math.abs(frame[3]) * metres) / 111_320;

function draw(layer, { x, y }, reach) {
  if (!layer.firstChild) {
    for (const name of ["circle", "path"]) layer.append(document.createElementNS(SVG, name));
    layer.firstChild.setAttribute("class", "walk-me__reach");
    layer.lastChild.setAttribute("class", "walk-me__dot");
  }
  const [circle, dot] = layer.children;
  for (const [name, value] of Object.entries({ cx: x, cy: y, r: reach })) circle.setAttribute(name, value);
  dot.setAttribute("d", `M${x} ${y}h0`);
}

/* From numbers to classes of colour: at most seven steps, bounded by quantiles or by breaks the page gives. */
const STEPS = 7;

/** The inner bounds between classes: sorted numbers, possibly none.
    sequential: quantiles; diverging: equal steps on both sides of `middle`. */
export function scaleOf(areas, { value, breaks, ramp, middle }) {
  if (breaks) return { bounds: breaks, steps: pickSteps(breaks.length + 1) };
  const numbers = (areas?.features ?? [])
    .map((feature) => feature.properties?.[value])
    .filter((number) => typeof number === "number" && Number.isFinite(number))
    .sort((a, b) => a - b);
  const bounds = ramp === "diverging" ? around(numbers, middle) : quantiles(numbers, STEPS);
  return { bounds, steps: pickSteps(bounds.length + 1), low: numbers[0], high: numbers.at(-1) };
}

/** Bounds that put about as many numbers into each class; fewer classes where numbers repeat. */
export function quantiles(numbers, classes) {
  const bounds = [];
  for (let i = 1; i < classes; i += 1) {
    const bound = tidy(numbers[Math.floor((i * numbers.length) / classes)], numbers);
    if (bound !== undefined && bound > (bounds.at(-1) ?? numbers[0])) bounds.push(bound);
  }
  return bounds;
}

function around(numbers, middle) {
  if (!numbers.length) return [];
  const reach = Math.max(middle - numbers[0], numbers.at(-1) - middle) || 1;
  return [-5, -3, -1, 1, 3, 5].map((step) => tidy(middle + (reach * step) / STEPS, numbers));
}

/** Three figures are enough for a bound; keep all of them where that would merge classes. */
function tidy(number, numbers) {
  if (number === undefined) return undefined;
  const spread = numbers.at(-1) - numbers[0];
  if (!spread) return number;
  const unit = 10 ** (Math.floor(Math.log10(spread)) - 2);
  return Number((Math.round(number / unit) * unit).toPrecision(12));
}

/** Which of the seven colours to use for a number of classes: spread over the whole ramp. */
export function pickSteps(classes) {
  if (classes <= 1) return [4];
  return Array.from({ length: classes }, (_, i) => 1 + Math.round((i * (STEPS - 1)) / (classes - 1)));
}

/** The colour expression for the fill layer. `token(name)` reads a custom property. */
export function colourOf({ bounds, steps }, { value, ramp }, token) {
  if (!value) return token("ramp-2");
  const family = ramp === "diverging" ? "split" : "ramp";
  const colours = steps.map((step) => token(`${family}-${step}`));
  const known = bounds.length
    ? ["step", ["get", value], colours[0], ...bounds.flatMap((bound, i) => [bound, colours[i + 1]])]
    : colours[0];
  return ["case", ["==", ["typeof", ["get", value]], "number"], known, token("nodata")];
}

/** Write the classes under the map. Nothing to write when shapes have no value. */
export function legendOf(figure, { bounds, steps, low, high }, { value, ramp, unit, words }, token) {
  const legend = figure.querySelector("[data-map-legend]");
  legend.querySelector("ul")?.remove();
  if (!value) return;
  const list = document.createElement("ul");
  const family = ramp === "diverging" ? "split" : "ramp";
  const language = document.documentElement.dataset.locale || "en";
  const written = (number) => number.toLocaleString(language, Math.abs(number) < 1 ? { maximumSignificantDigits: 3 } : { maximumFractionDigits: 3 });
  const edges = [low, ...bounds, high];
  const classes = steps.map((step, i) => [token(`${family}-${step}`), rangeText(edges[i], edges[i + 1], written, words)]);
  for (const [colour, text] of [...classes, [token("nodata"), words.no_data]]) {
    const item = list.appendChild(document.createElement("li"));
    const swatch = item.appendChild(document.createElement("span"));
    swatch.className = "swatch";
    swatch.style.backgroundColor = colour;
    item.append(text);
  }
  if (unit) list.lastChild.before(Object.assign(document.createElement("li"), { textContent: `(${unit})` }));
  legend.append(list);
  legend.hidden = false;
}

function rangeText(low, high, written, words) {
  if (low === undefined && high === undefined) return "–";
  if (low === undefined) return `< ${written(high)}`;
  if (high === undefined) return `≥ ${written(low)}`;
  return low === high ? written(low) : `${written(low)} ${words.to} ${written(high)}`;
}

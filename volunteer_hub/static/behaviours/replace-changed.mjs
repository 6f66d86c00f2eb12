/* Makes the elements in a place those of a fresh copy. What is the same stays the same node: a screen reader reads
   no alarm again, focus stays where it is. What somebody is using (focus inside, a fold open) waits. */

const LISTS = "ul, ol, tbody";

/** True when `place` now holds what `fresh` holds; false when something had to wait. Takes the nodes it needs. */
export function replaceChanged(place, fresh) {
  const left = new Set(place.children);
  const matched = [...fresh.children].map((wanted) => ({ wanted, found: take(left, (each) => source(each) === source(wanted)) }));
  for (const pair of matched) pair.twin = pair.found ?? take(left, (each) => isTwin(each, pair.wanted));
  if ([...left].some((each) => !each.id && inUse(each))) return false;
  let isWhole = ![...left].some(inUse);
  const result = matched.map(({ wanted, found, twin }) => {
    if (found || !twin) return found ?? wanted;
    if (twin.matches(LISTS)) {
      isWhole = replaceChanged(twin, wanted) && isWhole;
      return twin;
    }
    if (!inUse(twin)) {
      twin.remove();
      return wanted;
    }
    isWhole = false;
    return twin;
  });
  for (const each of left) if (!inUse(each)) each.remove();
  result.forEach((each, at) => {
    if (place.children[at] !== each) place.insertBefore(each, place.children[at] ?? null);
  });
  return isWhole;
}

/** The first element for which `holds`, taken out of those that are left. */
function take(left, holds) {
  for (const each of left) {
    if (!holds(each)) continue;
    left.delete(each);
    return each;
  }
  return undefined;
}

/** Does one stand for the other? By its id; lists without one by their own tag. */
function isTwin(one, other) {
  if (one.id || other.id) return one.id === other.id;
  return one.matches(LISTS) && one.cloneNode(false).outerHTML === other.cloneNode(false).outerHTML;
}

/** An element as the server wrote it: without its form's token, and what a script or a reader did to it. */
function source(element) {
  const copy = element.cloneNode(true);
  for (const each of [copy, ...copy.querySelectorAll("[data-started], details[open]")]) {
    each.removeAttribute("data-started");
    if (each.matches("details")) each.removeAttribute("open");
  }
  for (const field of copy.querySelectorAll("input[name=csrf_token]")) field.removeAttribute("value");
  return copy.outerHTML;
}

function inUse(element) {
  return element.contains(document.activeElement) || element.matches("details[open]") || element.querySelector("details[open]") !== null;
}

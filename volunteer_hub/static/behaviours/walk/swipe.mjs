/* A swipe to the left goes to the next door, one to the right to the door before. Buttons do the same. */
const FAR_PX = 64;
const EDGE_PX = 24; // the browser's own swipe begins there
const SLOW_MS = 800;

/** Call `go(1)` or `go(-1)`; `card` follows the finger unless the person asked for less motion. */
export function listen(card, go) {
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  let from = null;

  card.addEventListener("pointerdown", (event) => {
    const isAtEdge = event.clientX < EDGE_PX || event.clientX > innerWidth - EDGE_PX;
    from = event.pointerType === "mouse" || !event.isPrimary || isAtEdge ? null : event;
  });
  card.addEventListener("pointermove", (event) => {
    if (!from || still.matches) return;
    card.style.transform = `translateX(${(event.clientX - from.clientX) / 3}px)`;
  });
  card.addEventListener("pointerup", (event) => {
    const step = from && stepOf(from, event);
    rest();
    if (step) go(step);
  });
  for (const name of ["pointercancel", "pointerleave"]) card.addEventListener(name, rest);

  function rest() {
    from = null;
    card.style.transform = "";
  }
}

/** Which way a movement went: 1 for left (forwards), -1 for right (back), 0 for no swipe. */
export function stepOf(from, to) {
  const across = to.clientX - from.clientX;
  const isFlat = Math.abs(to.clientY - from.clientY) < Math.abs(across) / 2;
  if (!isFlat || Math.abs(across) < FAR_PX || to.timeStamp - from.timeStamp > SLOW_MS) return 0;
  return across < 0 ? 1 : -1;
}

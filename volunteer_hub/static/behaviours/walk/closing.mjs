/* A list that is over leaves the screen: doors and names go, what is unsent stays as a number and can be handed over. */
export function clear(element) {
  for (const part of document.querySelectorAll("[data-walk-while-open]")) part.remove();
  const said = element.querySelector("[data-walk-closed]");
  said.hidden = false;
  said.focus({ preventScroll: true });
  window.scrollTo({ top: 0 });
  element.dataset.closed = "yes"; // tests wait for it
}

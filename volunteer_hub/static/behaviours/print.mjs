/* A button that prints the page; without a script the browser's own command does it. */
export function start(button) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

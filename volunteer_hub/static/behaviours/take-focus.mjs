/* The summary of errors is what one should read first. */
export function start(element) {
  element.focus({ preventScroll: false });
}

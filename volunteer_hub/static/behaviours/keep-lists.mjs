/* Several walk lists at once: have the phone keep each of those linked here, for the time without a network. */
import { keepPage } from "./app.mjs";

export async function start(element) {
  for (const link of element.querySelectorAll("a[href^='/walk/']")) await keepPage(link.getAttribute("href"));
}

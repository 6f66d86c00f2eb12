/* Pass this page on: with the phone's own sheet where it has one, else the fold with the address stays. */
export function start(details) {
  const { title, text, url } = details.dataset;
  const sheet = { title, text, url };
  if (!navigator.share || navigator.canShare?.(sheet) === false) return;
  details.querySelector("summary").addEventListener("click", async (event) => {
    if (details.open) return;
    event.preventDefault();
    try {
      await navigator.share(sheet);
    } catch (error) {
      if (error.name !== "AbortError") details.open = true; // closed by the person: nothing to mend
    }
  });
}

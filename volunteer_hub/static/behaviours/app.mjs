/* The walk lists as an app: a service worker keeps the page that is open, so that it opens without a network.
   Where the browser has none (a private window, a plain http address) everything else works as before. */

/** Have this page kept for the time without a network; resolves to whether it is. */
export async function keepPage(path = location.pathname) {
  if (!navigator.serviceWorker) return false;
  try {
    await navigator.serviceWorker.register("/walk/worker.js", { scope: "/walk/" });
    navigator.storage?.persist?.(); // or the browser may clear it when the disk is full
    const { active } = await navigator.serviceWorker.ready;
    return await ask(active, { keep: path });
  } catch {
    return false;
  }
}

function ask(worker, question) {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => resolve(Boolean(data));
    worker.postMessage(question, [port2]);
  });
}

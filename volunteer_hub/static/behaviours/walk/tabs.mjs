/* Several tabs of one phone on one list: what one keeps shows in the others at once, without a network. */

/** Call `heard(message)` for what other tabs say of the list; gives a function that tells them. */
export function listen(token, heard) {
  if (!globalThis.BroadcastChannel) return () => {}; // after a reload the tab knows it, too
  const channel = new BroadcastChannel(`walk-${token}`);
  channel.addEventListener("message", ({ data }) => heard(data));
  return (message) => channel.postMessage(message);
}

/* A list whose time has passed closes by itself, also without a network. The door at which one stands then can still
   be reported: the server takes half an hour more, too. */
const GRACE_MS = 30 * 60_000;
const EVERY_MS = 60_000;

/** Calls `over()` once the time is up. Returns { extend(until) }; `until` is an ISO moment, later ones count. */
export function watch(until, over, signal) {
  let end = Date.parse(until);
  const look = () => Date.now() > end + GRACE_MS && over();
  const timer = setInterval(look, EVERY_MS);
  signal.addEventListener("abort", () => clearInterval(timer));
  document.addEventListener("visibilitychange", look, { signal }); // timers sleep in a pocket
  return {
    extend(later) {
      end = Math.max(end, Date.parse(later) || 0);
    },
  };
}

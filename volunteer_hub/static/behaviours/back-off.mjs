/** Waiting times that double up to a limit, each shaken by up to a half: thousands of phones that met one outage come back spread out. */
export function delays(first, most, random = Math.random) {
  let next = first;
  const shaken = (ms) => Math.round(ms * (0.5 + random()));
  return {
    next() {
      const now = next;
      next = Math.min(next * 2, most);
      return shaken(now);
    },
    /** As long as a server asked for, in seconds; it counts as no failure. */
    asked(seconds) {
      next = first;
      return shaken(seconds * 1000);
    },
    /** The longest wait, where trying sooner is no use. */
    longest() {
      return shaken(most);
    },
    reset() {
      next = first;
    },
  };
}

/** Waiting times that double up to a limit, each shaken by up to a half: thousands of phones that met one outage come back spread out. */
export function delays(first, most, random = Math.random) {
  let next = first;
  return {
    next() {
      const now = next;
      next = Math.min(next * 2, most);
      return Math.round(now * (0.5 + random()));
    },
    reset() {
      next = first;
    },
  };
}

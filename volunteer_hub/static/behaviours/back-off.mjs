/** Waiting times that double up to a limit, each shaken a little so that many phones do not ask at once. */
export function delays(first, most, random = Math.random) {
  let next = first;
  return {
    next() {
      const now = next;
      next = Math.min(next * 2, most);
      return Math.round(now * (0.8 + 0.4 * random()));
    },
    reset() {
      next = first;
    },
  };
}

// Chance that is the same in each run: what a seed gives.

/** A function for numbers from 0 up to 1, after a seed. */
export function randomOf(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    below: (limit) => Math.floor(next() * limit),
    oneOf: (list) => list[Math.floor(next() * list.length)],
    chance: (likely) => next() < likely,
  };
}

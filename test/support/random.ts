/** Where random numbers of a test begin: the same in every pipeline, others in every other run. OMG_SEED repeats one. */
export const SEED = Number(
  process.env.OMG_SEED ?? (process.env.CI === undefined ? Date.now() % 1_000_000 : 20_261_125),
);

/** A small generator with a seed, so that a failing run can be repeated (mulberry32). From 0 up to 1. */
export function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

import { createHash } from "node:crypto";

/** Somebody who may have an artifact, with what its places come from: its key. */
export interface Home {
  readonly key: string;
}

/**
 * All of them, whom to ask for an artifact first: highest random weight. Everybody who knows the same homes says the same; each
 * artifact has its own order, so that load spreads; and who comes or goes moves no artifact but its own. Pure.
 * @param sha256 hex
 */
export function inOrder<T extends Home>(homes: readonly T[], sha256: string): readonly T[] {
  const [high, low] = [Number.parseInt(sha256.slice(0, 8), 16), Number.parseInt(sha256.slice(8, 16), 16)];
  return homes
    .map((home) => ({ home, weight: weightOf(seedOf(home.key), high, low) }))
    .sort((a, b) => b.weight - a.weight || (a.home.key < b.home.key ? -1 : 1))
    .map(({ home }) => home);
}

/** Of a pair: as good as random, and the same for ever. The digest is even already; the seed makes each home's numbers its own. */
function weightOf(seed: number, high: number, low: number): number {
  return mixed(mixed(seed ^ high) ^ low);
}

/** The last step of MurmurHash3, 32 bits: each bit of the input moves about half of the output's. */
function mixed(value: number): number {
  let mix = value;
  mix = Math.imul(mix ^ (mix >>> 16), 0x85ebca6b);
  mix = Math.imul(mix ^ (mix >>> 13), 0xc2b2ae35);
  return (mix ^ (mix >>> 16)) >>> 0;
}

const seeds = new Map<string, number>();
/** More keys than a team has are no team's. */
const MOST_SEEDS = 10_000;

function seedOf(key: string): number {
  const known = seeds.get(key);
  if (known !== undefined) return known;
  const seed = createHash("sha256").update(key).digest().readUInt32BE();
  if (seeds.size >= MOST_SEEDS) seeds.clear();
  seeds.set(key, seed);
  return seed;
}

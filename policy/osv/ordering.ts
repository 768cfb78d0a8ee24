import { compareAlpmVersions } from "../../host/alpm-version.ts";
import { compareDebianVersions, isDebianVersion } from "../../host/debian-version.ts";
import { compareSemver, isSemver } from "../../host/semver-order.ts";

/** How the versions of one ecosystem are ordered. */
export interface Ordering {
  /** Negative, 0 or positive; of two texts that are versions. */
  compare(a: string, b: string): number;
  isVersion(text: string): boolean;
}

const DPKG: Ordering = { compare: compareDebianVersions, isVersion: isDebianVersion };
export const SEMVER: Ordering = { compare: compareSemver, isVersion: isSemver };

/** PKGBUILD(5): neither a colon nor a slash, a hyphen or white space in the version itself. */
const ALPM: Ordering = {
  compare: compareAlpmVersions,
  isVersion: (text) => text.length <= 256 && /^(?:\d+:)?[!-.0-9;-~]+$/.test(text) && /[0-9A-Za-z]/.test(text),
};

/** By the name of the ecosystem, without its release. What is not here has no order that omg knows. */
const ORDERINGS: Readonly<Record<string, Ordering>> = {
  Debian: DPKG,
  Ubuntu: DPKG,
  Arch: ALPM,
  npm: SEMVER,
  "crates.io": SEMVER,
  Go: SEMVER,
};

/** The order of `Debian:12`; undefined where omg knows none. */
export function orderingOf(ecosystem: string): Ordering | undefined {
  const base = baseOf(ecosystem);
  return Object.hasOwn(ORDERINGS, base) ? ORDERINGS[base] : undefined;
}

/** `Debian` of `Debian:12`. */
export function baseOf(ecosystem: string): string {
  return ecosystem.split(":", 1)[0] ?? ecosystem;
}

/** The same order for these versions only, each pair compared once for all: for many questions about few of them. */
export function rankedOrdering(versions: Iterable<string>, { compare, isVersion }: Ordering): Ordering {
  const sorted = [...new Set(versions)].filter(isVersion).sort(compare);
  const ranks = new Map<string, number>();
  let rank = 0;
  for (const [index, version] of sorted.entries()) {
    const before = sorted[index - 1];
    if (before !== undefined && compare(before, version) < 0) rank += 1;
    ranks.set(version, rank);
  }
  return {
    compare: (a, b) => (ranks.get(a) ?? 0) - (ranks.get(b) ?? 0),
    isVersion: (text) => ranks.has(text),
  };
}

/**
 * Negative when `a` is older than `b`, 0 when equal, positive when newer. Numbers count as numbers, whatever stands between
 * them; a word comes before the number or the end that stands in its place, as a prerelease comes before its release.
 */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [partsOf(a), partsOf(b)];
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const order = compareParts(left[index], right[index]);
    if (order !== 0) return order;
  }
  return a === b ? 0 : a < b ? -1 : 1;
}

/** `3.14.0rc1`, `2.0.0-rc.1`, `25+36-ea`, and the dated channels of Rust. */
export function isPrerelease(version: string): boolean {
  return /[A-Za-z]/.test(version);
}

/** Whether the text names this version, but perhaps for what its publisher counts builds with: `3.12.7` is `3.12.7+20241016`. */
export function namesVersion(text: string, version: string): boolean {
  return version === text || (version.startsWith(text) && /^[+-]\d[\d.]*$/.test(version.slice(text.length)));
}

/** Whether the version begins with these whole numbers: `20` begins `20.19.5`, and never `200`. */
export function beginsVersion(text: string, version: string): boolean {
  return version === text || (version.startsWith(text) && /^[.+-]/.test(version.slice(text.length)));
}

type Part = number | string | undefined;

function partsOf(version: string): readonly Part[] {
  return (version.match(/\d+|[A-Za-z]+/g) ?? []).map((part) => (/^\d/.test(part) ? Number(part) : part));
}

function compareParts(a: Part, b: Part): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (typeof a === "string" && typeof b === "string") return a === b ? 0 : a < b ? -1 : 1;
  return rankOf(a) - rankOf(b);
}

function rankOf(part: Part): number {
  return typeof part === "string" ? 0 : part === undefined ? 1 : 2;
}

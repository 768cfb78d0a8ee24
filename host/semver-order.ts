/** Order of versions after Semantic Versioning 2.0.0, section 11: numbers, then pre-releases; build metadata does not count. */

const FORM =
  /^v?(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-((?:0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*)(?:\.(?:0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*))*))?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/;
const LONGEST = 256;

/** Whether the text is such a version, with or without the `v` that Go writes before it. */
export function isSemver(text: string): boolean {
  return text.length <= LONGEST && FORM.test(text);
}

/** Negative when `a` is older than `b`, 0 when they are equal, positive when `a` is newer. Both must be such versions. */
export function compareSemver(a: string, b: string): number {
  const left = partsOf(a);
  const right = partsOf(b);
  for (const [index, number] of left.numbers.entries()) {
    const order = compareNumbers(number, right.numbers[index] ?? "0");
    if (order !== 0) return order;
  }
  return comparePreReleases(left.preRelease, right.preRelease);
}

interface Parts {
  readonly numbers: readonly string[];
  /** Empty for a release. */
  readonly preRelease: readonly string[];
}

function partsOf(version: string): Parts {
  const [, major = "0", minor = "0", patch = "0", preRelease] = FORM.exec(version) ?? [];
  return { numbers: [major, minor, patch], preRelease: preRelease?.split(".") ?? [] };
}

/** A release is newer than each of its pre-releases, and of two that begin alike the longer one is. */
function comparePreReleases(a: readonly string[], b: readonly string[]): number {
  if (a.length === 0 || b.length === 0) return b.length - a.length;
  for (const [index, left] of a.entries()) {
    const right = b[index];
    if (right === undefined) return 1;
    const order = compareIdentifiers(left, right);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

/** Numbers come before words. */
function compareIdentifiers(a: string, b: string): number {
  const [left, right] = [isNumber(a), isNumber(b)];
  if (left && right) return compareNumbers(a, b);
  if (left !== right) return left ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}

function isNumber(text: string): boolean {
  return /^\d+$/.test(text);
}

/** Of any length, without zeros before them. */
function compareNumbers(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : a > b ? 1 : 0;
}

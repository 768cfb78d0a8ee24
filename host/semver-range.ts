import { compareSemver, isSemver } from "./semver-order.ts";

/** Ranges as npm has them: node-semver's README, "Ranges", "Advanced Range Syntax" and "Prerelease Tags". */

interface Comparator {
  readonly sign: "<" | "<=" | ">" | ">=" | "=";
  readonly version: string;
}

const PART = String.raw`(?:0|[1-9]\d{0,8}|[xX*])`;
const PARTIAL = String.raw`v?(${PART})(?:\.(${PART})(?:\.(${PART})(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?)?)?`;
const SIMPLE = new RegExp(String.raw`^(\^|~>?|[<>]=?|=)?\s*${PARTIAL}$`);
const HYPHEN = new RegExp(String.raw`^\s*(${PARTIAL})\s+-\s+(${PARTIAL})\s*$`);
const LONGEST = 256;
/** `<0.0.0-0`: nothing is. */
const NOTHING: Comparator = { sign: "<", version: "0.0.0-0" };

/** Whether a text is such a range. */
export function isRange(range: string): boolean {
  return setsOf(range) !== undefined;
}

/** Whether a version lies in a range; never for what is not a version of Semantic Versioning, or not a range. Pure. */
export function inRange(version: string, range: string): boolean {
  if (!isSemver(version)) return false;
  const plain = version.replace(/^v/, "").replace(/\+.*$/, "");
  return setsOf(range)?.some((set) => inSet(plain, set)) ?? false;
}

function inSet(version: string, set: readonly Comparator[]): boolean {
  if (!set.every((one) => holds(version, one))) return false;
  const [numbers = "", preRelease] = version.split(/-(.*)/s);
  // A prerelease only where a comparator names one of the very same version.
  return preRelease === undefined || set.some((one) => one !== NOTHING && one.version.startsWith(`${numbers}-`));
}

function holds(version: string, { sign, version: limit }: Comparator): boolean {
  const order = compareSemver(version, limit);
  if (sign === "=") return order === 0;
  if (sign.endsWith("=") && order === 0) return true;
  return sign.startsWith("<") ? order < 0 : order > 0;
}

function setsOf(range: string): Comparator[][] | undefined {
  if (range.length > LONGEST) return undefined;
  const sets = range.split("||").map(setOf);
  return sets.includes(undefined) ? undefined : sets.filter((set) => set !== undefined);
}

function setOf(text: string): Comparator[] | undefined {
  const hyphen = HYPHEN.exec(text);
  const words =
    hyphen === null
      ? text
          .trim()
          .replace(/(\^|~>?|[<>]=?|=)\s+/g, "$1")
          .split(/\s+/)
      : [`>=${hyphen[1]}`, `<=${hyphen[6]}`];
  const comparators = words.filter((word) => word !== "").map(comparatorsOf);
  return comparators.includes(undefined) ? undefined : comparators.flatMap((each) => each ?? []);
}

/** What one word stands for, without shorthands. */
function comparatorsOf(word: string): Comparator[] | undefined {
  const found = SIMPLE.exec(word);
  if (found === null) return undefined;
  const [, sign = "=", ...parts] = found;
  const numbers = numbersOf(parts.slice(0, 3));
  const preRelease = parts[3];
  const from = versionOf(numbers, preRelease);
  const whole = numbers.length === 3;
  switch (sign) {
    case "^":
      return between(from, next(numbers, caretAt(numbers)));
    case "~":
    case "~>":
      return between(from, next(numbers, Math.min(1, numbers.length - 1)));
    case "=":
      return whole ? [{ sign, version: from }] : between(from, next(numbers, numbers.length - 1));
    case ">":
      return whole ? [{ sign, version: from }] : after(next(numbers, numbers.length - 1));
    case "<=":
      return whole ? [{ sign, version: from }] : between(undefined, next(numbers, numbers.length - 1));
    default:
      return [sign === "<" ? { sign, version: whole ? from : `${from}-0` } : { sign: ">=", version: from }];
  }
}

/** The numbers up to the first that is left open. */
function numbersOf(parts: readonly (string | undefined)[]): number[] {
  const end = parts.findIndex((part) => part === undefined || /[xX*]/.test(part));
  return parts.slice(0, end < 0 ? parts.length : end).map(Number);
}

function versionOf([major = 0, minor = 0, patch = 0]: readonly number[], preRelease: string | undefined): string {
  return `${major}.${minor}.${patch}${preRelease === undefined ? "" : `-${preRelease}`}`;
}

/** The first number that is not zero may not change; of `^0.0` the last one that is there. */
function caretAt(numbers: readonly number[]): number {
  const first = numbers.findIndex((number) => number > 0);
  return first < 0 ? numbers.length - 1 : first;
}

/** The first version whose number at an index is one more; undefined where all numbers are open. */
function next(numbers: readonly number[], at: number): string | undefined {
  if (numbers.length === 0) return undefined;
  return versionOf([...numbers.slice(0, at), (numbers[at] ?? 0) + 1], undefined);
}

function between(from: string | undefined, below: string | undefined): Comparator[] {
  return [
    ...(from === undefined ? [] : [{ sign: ">=" as const, version: from }]),
    ...(below === undefined ? [] : [{ sign: "<" as const, version: `${below}-0` }]),
  ];
}

function after(from: string | undefined): Comparator[] {
  return from === undefined ? [NOTHING] : [{ sign: ">=", version: from }];
}

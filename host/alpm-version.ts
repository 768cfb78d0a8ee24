import { pinAnswers } from "../schema/files/versions.ts";

/**
 * Order of pacman's versions, `[epoch:]version[-release]`, after vercmp(8): epochs, then versions, then releases, each as
 * segments of digits or of letters with anything else between them. A release is only compared where both sides have one.
 */

/** Negative when `a` is older than `b`, 0 when they are equal, positive when `a` is newer. Total over any strings. */
export function compareAlpmVersions(a: string, b: string): number {
  if (a === b) return 0;
  const left = splitVersion(a);
  const right = splitVersion(b);
  const order = compareSegments(left.epoch, right.epoch) || compareSegments(left.version, right.version);
  if (order !== 0 || left.release === undefined || right.release === undefined) return order;
  return compareSegments(left.release, right.release);
}

/** Whether a version answers a request of the lock: `*`, a beginning such as `7.88.*`, or the version itself. */
export function answersAlpmRequest(version: string, request: string): boolean {
  return pinAnswers(version, request);
}

interface Parts {
  readonly epoch: string;
  readonly version: string;
  /** Absent where there is no `-`. */
  readonly release?: string;
}

/** An epoch is digits up to a colon, 0 where there is none; the release stands after the last `-`. */
function splitVersion(text: string): Parts {
  const colon = /^\d*:/.exec(text)?.[0].length ?? 0;
  const rest = text.slice(colon);
  const dash = rest.lastIndexOf("-");
  return {
    epoch: text.slice(0, Math.max(0, colon - 1)) || "0",
    version: dash < 0 ? rest : rest.slice(0, dash),
    ...(dash < 0 ? {} : { release: rest.slice(dash + 1) }),
  };
}

/** rpm's comparison as libalpm has it: segment by segment, with what is left over decided at the end. */
function compareSegments(a: string, b: string): number {
  if (a === b) return 0;
  let left = 0;
  let right = 0;
  while (left < a.length && right < b.length) {
    const leftStart = skipSeparators(a, left);
    const rightStart = skipSeparators(b, right);
    const skipped = leftStart - left - (rightStart - right);
    left = leftStart;
    right = rightStart;
    if (left >= a.length || right >= b.length) break;
    // More separators count as newer.
    if (skipped !== 0) return skipped;
    const isNumber = isDigit(a.charCodeAt(left));
    const leftEnd = segmentEnd(a, left, isNumber);
    const rightEnd = segmentEnd(b, right, isNumber);
    // A number is newer than letters.
    if (rightEnd === right) return isNumber ? 1 : -1;
    const order = compareSegment(a.slice(left, leftEnd), b.slice(right, rightEnd), isNumber);
    if (order !== 0) return order;
    left = leftEnd;
    right = rightEnd;
  }
  return compareRest(a.slice(left), b.slice(right));
}

/** `1.0.1` is newer than `1.0`, and `1.0` is newer than `1.0rc`. */
function compareRest(a: string, b: string): number {
  if (a === "" && b === "") return 0;
  const [first, second] = [a.charCodeAt(0), b.charCodeAt(0)];
  return (a === "" && !isLetter(second)) || isLetter(first) ? -1 : 1;
}

function compareSegment(a: string, b: string, isNumber: boolean): number {
  const [left, right] = isNumber ? [a.replace(/^0+/, ""), b.replace(/^0+/, "")] : [a, b];
  if (isNumber && left.length !== right.length) return left.length - right.length;
  return left < right ? -1 : left > right ? 1 : 0;
}

function skipSeparators(text: string, from: number): number {
  let at = from;
  while (at < text.length && !isDigit(text.charCodeAt(at)) && !isLetter(text.charCodeAt(at))) at += 1;
  return at;
}

function segmentEnd(text: string, from: number, isNumber: boolean): number {
  const belongs = isNumber ? isDigit : isLetter;
  let at = from;
  while (at < text.length && belongs(text.charCodeAt(at))) at += 1;
  return at;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function isLetter(code: number): boolean {
  return (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
}

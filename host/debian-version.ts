import { pinAnswers } from "../schema/files/versions.ts";

/**
 * Order of Debian versions, `[epoch:]upstream[-revision]`, after deb-version(7): epochs as numbers, then upstream and
 * revision as alternating runs of non-digits and digits, where `~` sorts before the end and letters before everything else.
 */

const TILDE = 126;

/** Negative when `a` is older than `b`, 0 when they are equal, positive when `a` is newer. Total over any strings. */
export function compareDebianVersions(a: string, b: string): number {
  if (a === b) return 0;
  const left = splitVersion(a);
  const right = splitVersion(b);
  return (
    compareDigits(left.epoch, right.epoch) ||
    compareParts(left.upstream, right.upstream) ||
    compareParts(left.revision, right.revision)
  );
}

/** Whether a version answers a request of the lock: `*`, a beginning such as `7.88.*`, or the version itself. */
export function satisfiesRequest(version: string, request: string): boolean {
  return pinAnswers(version, request);
}

/** Whether the text has the form of a version that dpkg accepts: starts with a digit and holds only the allowed characters. */
export function isDebianVersion(text: string): boolean {
  return /^(?:\d{1,9}:)?\d[0-9A-Za-z.+~:-]*$/.test(text) && !text.endsWith("-") && !text.endsWith(":");
}

/** The three parts, each a string; an absent epoch or revision is empty. */
function splitVersion(version: string): { epoch: string; upstream: string; revision: string } {
  const colon = version.indexOf(":");
  const rest = colon < 0 ? version : version.slice(colon + 1);
  const dash = rest.lastIndexOf("-");
  return {
    epoch: colon < 0 ? "" : version.slice(0, colon),
    upstream: dash < 0 ? rest : rest.slice(0, dash),
    revision: dash < 0 ? "" : rest.slice(dash + 1),
  };
}

function compareParts(a: string, b: string): number {
  let left = 0;
  let right = 0;
  while (left < a.length || right < b.length) {
    while ((left < a.length && !isDigit(a, left)) || (right < b.length && !isDigit(b, right))) {
      const difference = weight(a, left) - weight(b, right);
      if (difference !== 0) return difference;
      left++;
      right++;
    }
    const leftEnd = digitsEnd(a, left);
    const rightEnd = digitsEnd(b, right);
    const difference = compareDigits(a.slice(left, leftEnd), b.slice(right, rightEnd));
    if (difference !== 0) return difference;
    left = leftEnd;
    right = rightEnd;
  }
  return 0;
}

/** Sorting weight of a character in a run of non-digits; a digit ends the run as the end of the string does. */
function weight(text: string, at: number): number {
  if (at >= text.length || isDigit(text, at)) return 0;
  const code = text.charCodeAt(at);
  if (code === TILDE) return -1;
  const letter = (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
  return letter ? code : code + 256;
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 48 && code <= 57;
}

function digitsEnd(text: string, from: number): number {
  let end = from;
  while (end < text.length && isDigit(text, end)) end++;
  return end;
}

/** Compares runs of digits of any length as numbers; an empty run is 0. */
function compareDigits(a: string, b: string): number {
  const left = a.replace(/^0+/, "");
  const right = b.replace(/^0+/, "");
  if (left.length !== right.length) return left.length - right.length;
  return left < right ? -1 : left > right ? 1 : 0;
}

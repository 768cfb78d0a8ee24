import { fingerprintsOf } from "../../schema/files/key-block.ts";
import type { Attributes } from "../../schema/model/resource.ts";
import { shorten, width } from "./segments.ts";
import type { Cell } from "./table.ts";

/** Both sides of a change, in words; an empty side is not shown. */
export interface Transition {
  readonly before: string;
  readonly after: string;
}

const ARROW = " -> ";

/** What differs between two states: the version or value, and whichever marks changed. */
export function transition(before: Attributes | null, after: Attributes | null, request?: string): Transition {
  if (before === null && after === null) return { before: "", after: request ?? "" };
  if (before === null) return { before: "", after: alone(after ?? {}) || (request ?? "") };
  if (after === null) return { before: alone(before), after: "" };
  if (request !== undefined && after.version === undefined) return transition(before, { ...after, version: request });
  const keys = differing(before, after);
  if (keys.length === 0) return { before: "", after: alone(after) };
  const sides = { before: describe(before, keys), after: describe(after, keys) };
  // A key keeps its fingerprint when its owner renews it.
  return sides.before === sides.after ? { ...sides, after: `${sides.after}, another edition` } : sides;
}

/**
 * A state of its own: the version or value, and the hold, which is the mark that changes what happens later; of a source,
 * where packages come from.
 */
function alone(attributes: Attributes): string {
  if (attributes.uris !== undefined)
    return ["uris", "suites", "components"].flatMap((key) => String(attributes[key] ?? "") || []).join(" ");
  return describe(
    attributes,
    ["version", "value", "hold"].filter((key) => attributes[key] !== undefined && attributes[key] !== false),
  );
}

/** Whose signatures a source that comes would be believed; empty for everything else. */
export function arrivingKey(before: Attributes | null, after: Attributes | null): string {
  return before === null && after?.key !== undefined ? keyWords(after.key) : "";
}

/** Keys by their fingerprints: nobody reads the keys themselves. */
function keyWords(key: Attributes[string] | undefined): string {
  const text = String(key ?? "");
  if (text === "") return "any trusted key";
  const fingerprints = text.includes("\n") ? fingerprintsOf(text) : [text];
  return `key ${fingerprints.length === 0 ? "that cannot be read" : fingerprints.join(" and ")}`;
}

function differing(before: Attributes, after: Attributes): string[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  const order = ["version", "value"];
  return [...order.filter((key) => keys.has(key)), ...[...keys].filter((key) => !order.includes(key)).sort()].filter(
    (key) => !same(before[key], after[key]),
  );
}

/** A mark that is not there is a mark that is not set. */
function same(a: Attributes[string] | undefined, b: Attributes[string] | undefined): boolean {
  return a === b || ((a ?? false) === false && (b ?? false) === false);
}

function describe(attributes: Attributes, keys: readonly string[]): string {
  return keys.map((key) => describeOne(key, attributes[key])).join(", ");
}

function describeOne(key: string, value: Attributes[string] | undefined): string {
  if (key === "version" || key === "value") return value === undefined ? "none" : value === "" ? '""' : String(value);
  if (key === "key") return keyWords(value);
  if (value === "") return `no ${key}`;
  if (typeof value === "string" || typeof value === "number") return `${key} ${value}`;
  const [set, unset] = MARKS[key] ?? [key, `not ${key}`];
  return value === true ? set : unset;
}

/** What a mark means when it is set, and when it is not. */
const MARKS: Readonly<Record<string, readonly [string, string]>> = {
  auto: ["came along", "asked for"],
  hold: ["held", "not held"],
};

/** `1.2-3 -> 1.2-4`; cut on both sides of the arrow where it must be cut. */
export function transitionCell(change: Transition): Cell {
  if (change.before === "" || change.after === "") return { text: change.before + change.after, tone: "plain" };
  return {
    text: change.before + ARROW + change.after,
    tone: "plain",
    fit: (columns) => {
      const half = Math.floor((columns - ARROW.length) / 2);
      const left = shorten(change.before, Math.max(half, columns - ARROW.length - width(change.after)));
      return left + ARROW + shorten(change.after, columns - ARROW.length - width(left));
    },
  };
}

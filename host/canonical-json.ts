import { OmgError } from "../schema/error.ts";
import { sha256 } from "./digest.ts";

/**
 * The canonical JSON text of a value after RFC 8785: no white space, members sorted by UTF-16 code units, numbers and
 * strings as ECMAScript writes them. Members that are undefined are left out. What JSON cannot hold (functions, bigints,
 * NaN, undefined in an array, objects that are neither plain nor arrays) is the OmgError `not-canonical`.
 */
export function canonical(value: unknown): string {
  if (value === null || typeof value === "string" || typeof value === "boolean") return JSON.stringify(value);
  if (typeof value === "number" && Number.isFinite(value)) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${Array.from(value, canonical).join(",")}]`;
  if (isPlain(value)) return canonicalObject(value);
  throw new OmgError({
    code: "not-canonical",
    exit: "error",
    message: `A value of type ${typeof value} (${String(Object.prototype.toString.call(value))}) has no canonical JSON.`,
  });
}

/** Hex SHA-256 of the canonical JSON of a value. */
export function digestOf(value: unknown): string {
  return sha256(canonical(value));
}

function canonicalObject(value: Readonly<Record<string, unknown>>): string {
  const members: string[] = [];
  for (const key of Object.keys(value).sort()) {
    const member = value[key];
    if (member !== undefined) members.push(`${JSON.stringify(key)}:${canonical(member)}`);
  }
  return `{${members.join(",")}}`;
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

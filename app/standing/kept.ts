import { join } from "node:path";
import { fnv1a64 } from "../../host/fnv.ts";
import type { Look, Looked } from "../../host/look.ts";
import { pathsFor, type Who } from "../../host/paths.ts";
import type { Scope } from "../../schema/model/resource.ts";

/** Not for good: what follows from the time of day alone, no file tells. */
export const LASTS_MS = 60 * 60 * 1000;

/** What the command line was asked. */
export interface Question {
  readonly who: Who;
  /** The folder that it was asked in, and the arguments. */
  readonly about: readonly string[];
  /** Everything else that an answer hangs on, files apart: program, environment, terminal. */
  readonly circumstances: readonly string[];
}

/** An answer that stands for as long as nothing changes that it was read from. */
export interface Kept {
  /** Of the question with its circumstances. */
  readonly key: string;
  /** Milliseconds since the epoch. */
  readonly made: number;
  /** The bytes of the status that was published with it. */
  readonly status?: Uint8Array;
  readonly stamps: readonly Looked[];
  /** What was printed. */
  readonly text: Uint8Array;
}

const FORMAT = "omg standing 1";
/** Fields before the stamps, and of each. */
const HEAD = 6;
const STAMP = 3;

/**
 * Fields, a NUL after each: the format, the key, when it was made, the bytes of the text, the status in hexadecimal or nothing, how many stamps; of
 * each stamp how it was looked at, the path, what was seen; and after the last one the text. native/standing.c reads the same.
 */
export function encodeKept({ key, made, status, stamps, text }: Kept): Uint8Array {
  const head = [FORMAT, key, made, text.length, Buffer.from(status ?? []).toString("hex"), stamps.length];
  const fields = [...head, ...stamps.flatMap(([path, look, seen]) => [look, path, seen])];
  return Buffer.concat([Buffer.from(fields.map((field) => `${field}\0`).join("")), text]);
}

/** Undefined for what is not whole, as after a crash, or of another version. */
export function decodeKept(bytes: Uint8Array): Kept | undefined {
  const length = Number(fieldsIn(bytes.subarray(0, 256))[3]);
  const start = bytes.length - length;
  if (!(start >= 0)) return undefined;
  const fields = fieldsIn(bytes.subarray(0, start));
  const [format, key = "", made, , status = "", count] = fields;
  if (format !== FORMAT || fields.length !== HEAD + STAMP * Number(count) + 1 || fields.at(-1) !== "") return undefined;
  const stamps = Array.from({ length: Number(count) }, (_, index): Looked => {
    const [look, path = "", seen = ""] = fields.slice(HEAD + STAMP * index, HEAD + STAMP * (index + 1));
    return [path, look as Look, seen];
  });
  const text = bytes.subarray(start);
  return { key, made: Number(made), stamps, text, ...(status === "" ? {} : { status: Buffer.from(status, "hex") }) };
}

function fieldsIn(bytes: Uint8Array): readonly string[] {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8").split("\0");
}

/** Where an answer is kept: one for each folder and arguments. */
export function keptPath({ who, about }: Question): string {
  return join(pathsFor(ownScope(who), who).cache, "standing", hashOf(about));
}

/** A hash and not the text: an environment has secrets in it. */
export function keyOf({ about, circumstances }: Question): string {
  return hashOf([String(about.length), ...about, ...circumstances]);
}

/** native/circumstances.c has the same. */
function hashOf(fields: readonly string[]): string {
  return fnv1a64(fields.map((field) => `${field}\0`).join(""));
}

export function ownScope(who: Who): Scope {
  return who.uid === 0 ? "system" : "user";
}

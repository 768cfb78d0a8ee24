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
  /** What was asked. */
  readonly about: readonly string[];
  /** Of the circumstances that it was asked in. */
  readonly key: string;
  /** Milliseconds since the epoch. */
  readonly made: number;
  /** The bytes of the status that was published with it. */
  readonly status?: Uint8Array;
  readonly stamps: readonly Looked[];
  /** What was printed. */
  readonly text: Uint8Array;
}

const FORMAT = "omg standing 2";
/** Fields of each stamp. */
const STAMP = 3;

/**
 * Fields, a NUL after each: the format, when it was made, the bytes of the text, the key, how many words were asked, those, the status in hexadecimal or
 * nothing, how many stamps; of each stamp how it was looked at, the path, what was seen; and after the last one the text. native/standing.c reads the
 * same.
 */
export function encodeKept({ about, key, made, status, stamps, text }: Kept): Uint8Array {
  const published = Buffer.from(status ?? []).toString("hex");
  const head = [FORMAT, made, text.length, key, about.length, ...about, published, stamps.length];
  const fields = [...head, ...stamps.flatMap(([path, look, seen]) => [look, path, seen])];
  return Buffer.concat([Buffer.from(fields.map((field) => `${field}\0`).join("")), text]);
}

/** Undefined for what is not whole, as after a crash, or of another version. */
export function decodeKept(bytes: Uint8Array): Kept | undefined {
  const length = Number(fieldsIn(bytes.subarray(0, 256))[2]);
  const start = bytes.length - length;
  if (!(start >= 0)) return undefined;
  const [format, made, , key = "", words, ...fields] = fieldsIn(bytes.subarray(0, start));
  const about = fields.splice(0, Number(words));
  const [status = "", count, ...seen] = fields;
  if (format !== FORMAT || seen.length !== STAMP * Number(count) + 1 || seen.at(-1) !== "") return undefined;
  const stamps = Array.from({ length: Number(count) }, (_, index): Looked => {
    const [look, path = "", stamp = ""] = seen.slice(STAMP * index, STAMP * (index + 1));
    return [path, look as Look, stamp];
  });
  const text = bytes.subarray(start);
  const published = status === "" ? {} : { status: Buffer.from(status, "hex") };
  return { about, key, made: Number(made), stamps, text, ...published };
}

function fieldsIn(bytes: Uint8Array): readonly string[] {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8").split("\0");
}

/** Where an answer is kept: one for each folder and arguments. Others may come to the same name, so the file says what was asked. */
export function keptPath({ who, about }: Question): string {
  return join(pathsFor(ownScope(who), who).cache, "standing", hashOf(about));
}

/** A hash and not the text: an environment has secrets in it. */
export function keyOf({ circumstances }: Question): string {
  return hashOf(circumstances);
}

/** native/circumstances.c has the same. */
function hashOf(fields: readonly string[]): string {
  return fnv1a64(fields.map((field) => `${field}\0`).join(""));
}

export function ownScope(who: Who): Scope {
  return who.uid === 0 ? "system" : "user";
}

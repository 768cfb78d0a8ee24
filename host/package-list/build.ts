import { createHash } from "node:crypto";
import { OmgError } from "../../schema/error.ts";
import { decompressedPieces } from "../compression.ts";
import { forEachRecord } from "../deb822-records.ts";
import { wholeStanzas } from "../deb822-stream.ts";
import type { ListIndex } from "./layout.ts";
import { tableOf } from "./name-table.ts";

const FIELDS: ReadonlySet<string> = new Set(["package", "architecture", "provides"]);

/** What was found, by the number of the build in the file: there are tens of thousands, so texts and numbers stand for objects. */
interface Found {
  readonly names: string[];
  /** Numbers in `architectures`. */
  readonly arches: number[];
  readonly starts: number[];
  readonly lengths: number[];
  /** Each name that a build provides, and the number of the build. */
  readonly provided: string[];
  readonly providers: number[];
}

/**
 * Unpacks a Packages file once, from its beginning to its end: its bytes go to `keep`, piece by piece, and what is returned says
 * where everything stands. Never more than a part of it lies in memory. Errors: those of
 * `decompressedPieces`, `list-malformed`.
 */
export async function buildIndex(path: string, stamp: string, keep: (piece: Buffer) => void): Promise<ListIndex> {
  const hash = createHash("sha256");
  const architectures: string[] = [];
  const found: Found = { names: [], arches: [], starts: [], lengths: [], provided: [], providers: [] };
  let size = 0;
  async function* unpacked(): AsyncGenerator<Buffer> {
    for await (const piece of decompressedPieces(path)) {
      hash.update(piece);
      keep(piece);
      size += piece.length;
      yield piece;
    }
  }
  let before = 0;
  for await (const part of wholeStanzas(unpacked())) {
    if (part.includes("\r\n")) throw malformed(path);
    const names: string[] = [];
    const provided: string[] = [];
    forEachRecord(part, FIELDS, (record) => {
      const name = record.get("package");
      if (name === undefined) return;
      for (const each of providedNames(record.get("provides"))) {
        provided.push(each);
        found.providers.push(found.starts.length);
      }
      names.push(name);
      found.arches.push(numberOf(record.get("architecture") ?? "", architectures));
      found.starts.push(before + record.start);
      found.lengths.push(record.end - record.start);
    });
    append(found.names, names);
    append(found.provided, provided);
    before += part.length;
  }
  return indexOf(found, { stamp, sha256: hash.digest("hex"), size, architectures });
}

/** Positions would not be those of the bytes. No archive writes such a list. */
function malformed(path: string): OmgError {
  return new OmgError({
    code: "list-malformed",
    exit: "error",
    message: `${path} has lines that end in a carriage return.`,
    state: "Nothing was read from it.",
    hint: "Fetch it again (apt-get update); if it stays, its source is broken.",
  });
}

function numberOf(architecture: string, known: string[]): number {
  const number = known.indexOf(architecture);
  return number < 0 ? known.push(architecture) - 1 : number;
}

/** Adds texts that were cut out of a part, without holding on to that: cut anew, out of one text that has them alone. */
function append(all: string[], texts: readonly string[]): void {
  const text = texts.join("");
  let at = 0;
  for (const { length } of texts) {
    all.push(text.slice(at, at + length));
    at += length;
  }
}

/** deb-control(5), Provides: names, each perhaps with a version in brackets. */
function providedNames(text: string | undefined): readonly string[] {
  if (text === undefined) return [];
  return text.split(",").flatMap((one) => /^[^\s(]+/.exec(one.trim())?.[0] ?? []);
}

function indexOf(found: Found, facts: Pick<ListIndex, "stamp" | "sha256" | "size" | "architectures">): ListIndex {
  const order = inOrder(found.names);
  const sorted = (numbers: readonly number[]) => Uint32Array.from(order.map((build) => numbers[build] ?? 0));
  return {
    ...facts,
    names: tableOf(order.map((build) => found.names[build] ?? "")),
    starts: sorted(found.starts),
    lengths: sorted(found.lengths),
    arches: sorted(found.arches),
    ...provisionsOf(found, order),
  };
}

/** Numbers of names in order, those of equal ones by another number, or as they come. */
function inOrder(names: readonly string[], then: (number: number) => number = () => 0): number[] {
  return Array.from(names.keys()).sort((a, b) => {
    const [one = "", other = ""] = [names[a], names[b]];
    return one < other ? -1 : one > other ? 1 : then(a) - then(b);
  });
}

function provisionsOf(
  { provided, providers }: Found,
  order: readonly number[],
): Pick<ListIndex, "provided" | "providedStarts" | "providers"> {
  const places = new Uint32Array(order.length);
  for (const [place, build] of order.entries()) places[build] = place;
  const placeOf = (provision: number) => places[providers[provision] ?? 0] ?? 0;
  const provisions = inOrder(provided, placeOf);
  const names: string[] = [];
  const starts: number[] = [];
  for (const [at, provision] of provisions.entries()) {
    const name = provided[provision] ?? "";
    if (name === names.at(-1)) continue;
    names.push(name);
    starts.push(at);
  }
  return {
    provided: tableOf(names),
    providedStarts: Uint32Array.from([...starts, provisions.length]),
    providers: Uint32Array.from(provisions.map(placeOf)),
  };
}

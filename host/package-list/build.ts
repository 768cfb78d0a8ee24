import { createHash } from "node:crypto";
import { OmgError } from "../../schema/error.ts";
import { decompressedPieces } from "../compression.ts";
import { type ControlRecord, forEachRecord } from "../deb822-records.ts";
import { wholeStanzas } from "../deb822-stream.ts";
import type { ListIndex } from "./layout.ts";
import { tableOf } from "./name-table.ts";

const FIELDS: ReadonlySet<string> = new Set(["package", "architecture", "provides"]);

interface Entry {
  readonly name: string;
  readonly arch: number;
  readonly start: number;
  readonly length: number;
  readonly provides: readonly string[];
}

/**
 * Unpacks a Packages file once, from its beginning to its end: its bytes go to `keep`, piece by piece, and what is returned says
 * where everything stands. Never more than a part of it lies in memory. Errors: those of
 * `decompressedPieces`, `list-malformed`.
 */
export async function buildIndex(path: string, stamp: string, keep: (piece: Buffer) => void): Promise<ListIndex> {
  const hash = createHash("sha256");
  const architectures: string[] = [];
  const entries: Entry[] = [];
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
    forEachRecord(part, FIELDS, (record) => {
      const name = record.get("package");
      if (name !== undefined) entries.push(entryOf(name, record, before, architectures));
    });
    before += part.length;
  }
  return indexOf(entries, { stamp, sha256: hash.digest("hex"), size, architectures });
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

function entryOf(name: string, record: ControlRecord, before: number, architectures: string[]): Entry {
  const arch = record.get("architecture") ?? "";
  if (!architectures.includes(arch)) architectures.push(arch);
  const provides = record.get("provides");
  return {
    // A copy, or it would hold on to the whole part.
    name: Buffer.from(name, "latin1").toString("latin1"),
    arch: architectures.indexOf(arch),
    start: before + record.start,
    length: record.end - record.start,
    provides: provides === undefined ? [] : providedNames(provides),
  };
}

/** deb-control(5), Provides: names, each perhaps with a version in brackets. */
function providedNames(text: string): readonly string[] {
  return text.split(",").flatMap((one) => /^[^\s(]+/.exec(one.trim())?.[0] ?? []);
}

function indexOf(entries: Entry[], facts: Pick<ListIndex, "stamp" | "sha256" | "size" | "architectures">): ListIndex {
  entries.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  return {
    ...facts,
    names: tableOf(entries.map(({ name }) => name)),
    starts: Uint32Array.from(entries, ({ start }) => start),
    lengths: Uint32Array.from(entries, ({ length }) => length),
    arches: Uint32Array.from(entries, ({ arch }) => arch),
    ...provisionsOf(entries),
  };
}

function provisionsOf(entries: readonly Entry[]): Pick<ListIndex, "provided" | "providedStarts" | "providers"> {
  const found = new Map<string, number[]>();
  for (const [index, { provides }] of entries.entries()) {
    for (const name of provides) {
      const list = found.get(name);
      if (list === undefined) found.set(name, [index]);
      else list.push(index);
    }
  }
  const names = [...found.keys()].sort();
  const providers = names.flatMap((name) => found.get(name) ?? []);
  let start = 0;
  const starts = names.map((name) => {
    const here = start;
    start += found.get(name)?.length ?? 0;
    return here;
  });
  return {
    provided: tableOf(names),
    providedStarts: Uint32Array.from([...starts, start]),
    providers: Uint32Array.from(providers),
  };
}

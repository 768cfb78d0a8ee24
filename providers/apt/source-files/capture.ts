import { basename, extname } from "node:path";
import { KEYRING } from "../../../schema/files/source-words.ts";
import type { SourceRequest } from "../../../schema/model/lock.ts";
import type { AptConfig } from "../machine/config.ts";
import { ownerOf } from "../machine/protection.ts";
import type { SourceEntry } from "../sources/source-entry.ts";
import { readSources } from "../sources/sources.ts";
import { attributesOf, plainUri } from "../sources/stanza-text.ts";
import { keyOf, keyringBlock } from "./keys.ts";
import { sourceFault, sourceNameOf } from "./source-file.ts";

export interface CapturedSources {
  readonly sources: Readonly<Record<string, SourceRequest>>;
  /** Entries that a lock cannot hold, and why. */
  readonly notes: readonly string[];
}

interface Named {
  readonly name: string;
  readonly source: SourceRequest;
}

/**
 * Every enabled source of the machine, named after its file. A keyring that a package brings stays a path; other keys are
 * written out. Errors: OmgError `apt-sources-invalid`; system errors pass.
 */
export function captureSources(config: AptConfig): CapturedSources {
  const notes: string[] = [];
  const named = readSources(config)
    .filter((entry) => entry.enabled)
    .flatMap((entry): Named[] => {
      const captured = requestOf(entry, config);
      if (typeof captured !== "string") return [{ name: nameOf(entry.file, config), source: captured }];
      notes.push(`${entry.file}:${entry.line} was left out: ${captured}`);
      return [];
    });
  return { sources: numbered(joined(named)), notes };
}

/** The source as a lock has it, or why it cannot. */
function requestOf(entry: SourceEntry, config: AptConfig): SourceRequest | string {
  if (entry.trusted !== undefined) return "it sets Trusted, which a lock cannot";
  const key = keyFor(entry.signedBy, config);
  if (key === undefined) return "its Signed-By is not one keyring or one block of keys that could be read";
  const { types, suites, components, architectures } = entry;
  const source = { types, uris: entry.uris.map(plainUri), suites, components, architectures, key };
  return sourceFault(attributesOf(source, key)) ?? source;
}

function keyFor(signedBy: readonly string[], config: AptConfig): string | undefined {
  const key = keyOf(signedBy);
  if (!key.startsWith("/")) return key === "" || key.includes("\n") ? key : undefined;
  if (signedBy.length > 1) return undefined;
  if (KEYRING.test(key) && ownerOf(key, config) !== undefined) return key;
  try {
    return keyringBlock(key);
  } catch {
    return undefined;
  }
}

function nameOf(file: string, { paths }: AptConfig): string {
  const plain = sourceNameOf(file, paths.sourceParts) ?? basename(file, extname(file));
  const name = plain
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, "-")
    .replace(/^[-_]+/, "")
    .slice(0, 60);
  return name === "" ? "source" : name;
}

/** One-line entries of a file that differ in their suites only, then those that differ in their types only, become one. */
function joined(sources: readonly Named[]): readonly Named[] {
  return mergedBy(mergedBy(sources, "suites"), "types");
}

function mergedBy(sources: readonly Named[], field: "suites" | "types"): readonly Named[] {
  const merged = new Map<string, Named>();
  for (const each of sources) {
    const exact = each.source.suites.some((suite) => suite.endsWith("/"));
    const rest = JSON.stringify([each.name, exact, { ...each.source, [field]: [] }]);
    const before = merged.get(rest)?.source[field] ?? [];
    const values = [...new Set([...before, ...each.source[field]])];
    merged.set(rest, { ...each, source: { ...each.source, [field]: values } });
  }
  return [...merged.values()];
}

function numbered(sources: readonly Named[]): Record<string, SourceRequest> {
  const taken = new Map<string, SourceRequest>();
  for (const { name, source } of sources) {
    let free = name;
    for (let number = 2; taken.has(free); number++) free = `${name}-${number}`;
    taken.set(free, source);
  }
  return Object.fromEntries(taken);
}

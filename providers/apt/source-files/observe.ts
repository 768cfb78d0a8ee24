import { basename } from "node:path";
import { withoutCredentials } from "../../../host/address.ts";
import { readIfPresent } from "../../../host/files.ts";
import { OmgError } from "../../../schema/error.ts";
import type { Desired, Wanted } from "../../../schema/model/desired.ts";
import type { Attributes, Observed, ObservedResource } from "../../../schema/model/resource.ts";
import type { AptConfig } from "../machine/config.ts";
import { unfetched } from "../sources/list-names.ts";
import type { SourceEntry } from "../sources/source-entry.ts";
import { parseSourceStanzas } from "../sources/source-stanzas.ts";
import { readSourceFile, sourceFiles } from "../sources/sources.ts";
import { attributesOf, FIELDS } from "../sources/stanza-text.ts";
import { SOURCES } from "../sources/upcoming.ts";
import { keyOf } from "./keys.ts";
import { offering } from "./offered.ts";
import { fileText, sourceNameOf } from "./source-file.ts";

/**
 * The machine's sources. Those of omg's own files go by their names. One that is desired and that other entries offer, whoever
 * wrote them, is there as it is desired. The other entries go by their file (`debian.sources`, `sources.list:2`), which is
 * never the name of a source of omg's. Errors: OmgError `apt-sources-invalid`; system errors pass.
 */
export function observe(config: AptConfig, desired: Desired | undefined): Observed {
  const wanted = new Map((desired?.wanted ?? []).map(({ name, attributes }) => [name, attributes]));
  const own = ownSources(config, wanted);
  const entries = foreignEntries(config);
  const matched = (desired?.wanted ?? [])
    .filter(({ name, presence }) => presence === "present" && !own.has(name))
    .flatMap((wanted) => matchOf(wanted, entries, config));
  const taken = new Set(matched.flatMap(({ givers }) => givers));
  const others = entries.filter((entry) => !taken.has(entry)).map((entry) => foreignResource(entry, entries));
  const resources = [...own.values(), ...matched.map(({ resource }) => resource), ...others];
  return {
    provider: SOURCES,
    resources: new Map(resources.map((resource) => [resource.name, resource])),
    interrupted: [],
    // The counts are those of packages, and there are none here.
    counts: { total: 0, explicit: 0, orphans: 0, updates: 0 },
  };
}

/** Enabled entries of files that omg did not write. */
export function foreignEntries(config: AptConfig): SourceEntry[] {
  const files = sourceFiles(config).filter((file) => sourceNameOf(file, config.paths.sourceParts) === undefined);
  return files.flatMap(readSourceFile).filter((entry) => entry.enabled);
}

interface Match {
  readonly resource: ObservedResource;
  readonly givers: readonly SourceEntry[];
}

function matchOf({ name, attributes }: Wanted, entries: readonly SourceEntry[], config: AptConfig): readonly Match[] {
  const known = { name, attributes, requested: true } as const;
  try {
    const givers = offering(attributes, entries, [config.architecture, ...config.foreignArchitectures]);
    return givers === undefined ? [] : [{ resource: { ...known, health: "installed" }, givers }];
  } catch (fault) {
    const reason = `the keys of a source that may be this one could not be read: ${String(fault)}`;
    return [{ resource: { ...known, health: "unavailable", reason }, givers: [] }];
  }
}

function foreignResource(entry: SourceEntry, entries: readonly SourceEntry[]): ObservedResource {
  const file = basename(entry.file);
  const place = entries.filter((other) => other.file === entry.file).indexOf(entry);
  const attributes = rememberable(entry);
  return { name: place === 0 ? file : `${file}:${place + 1}`, health: "installed", attributes, requested: true };
}

/** Without logins: what omg remembers of a source is for all to read. */
function rememberable(entry: SourceEntry): Attributes {
  return attributesOf({ ...entry, uris: entry.uris.map(withoutCredentials) }, keyOf(entry.signedBy));
}

type WantedOnes = ReadonlyMap<string, Attributes>;

function ownSources(config: AptConfig, wanted: WantedOnes): ReadonlyMap<string, ObservedResource> {
  return new Map(
    sourceFiles(config).flatMap((file) => {
      const name = sourceNameOf(file, config.paths.sourceParts);
      const resource = name === undefined ? undefined : ownSource(file, name, config, wanted.get(name));
      return name === undefined || resource === undefined ? [] : [[name, resource]];
    }),
  );
}

function ownSource(
  file: string,
  name: string,
  { paths }: AptConfig,
  wanted: Attributes | undefined,
): ObservedResource | undefined {
  const bytes = readIfPresent(file);
  if (bytes === undefined) return undefined;
  const broken = (reason: string, attributes = {}): ObservedResource => {
    return { name, attributes, requested: true, health: "needs-repair", reason: `${file}: ${reason}` };
  };
  const entries = parsed(bytes, file);
  const [entry] = entries;
  if (entry === undefined || entries.length > 1) return broken("it was changed by hand and is not one source any more");
  const attributes = rememberable(entry);
  if (fileText(name, attributes) !== bytes.toString("utf8")) return broken("it was changed by hand", attributes);
  // Nobody misses the lists of a source that is to be another one.
  const stays = wanted === undefined || FIELDS.every((field) => wanted[field] === attributes[field]);
  const missing = stays ? unfetched(attributes, paths.lists) : [];
  if (missing.length > 0) return broken(`what it offers was never fetched: ${missing.join(", ")}`, attributes);
  return { name, attributes, requested: true, health: "installed" };
}

/** A file that apt refuses is no source at all. */
function parsed(bytes: Buffer, file: string): readonly SourceEntry[] {
  try {
    return parseSourceStanzas(bytes, file);
  } catch (fault) {
    if (fault instanceof OmgError) return [];
    throw fault;
  }
}

import { basename } from "node:path";
import { withoutCredentials } from "../../../host/address.ts";
import { OmgError } from "../../../schema/error.ts";
import type { AptConfig } from "../machine/config.ts";
import { listName } from "./list-names.ts";
import type { SourceFiles } from "./overlay-sources.ts";
import { findRelease, readReleaseFacts } from "./release-file.ts";
import { type Archived, type SnapshotAddresses, snapshotAddress } from "./snapshot-address.ts";
import type { SourceEntry } from "./source-entry.ts";
import { readSources } from "./sources.ts";
import { stanzaText } from "./stanza-text.ts";

/** The sources of a machine as they were at one time. */
export interface SnapshotSources {
  readonly files: SourceFiles;
  /** Addresses of the archives, with a slash at the end; what is read as it is now is not among them. */
  readonly archives: readonly string[];
  /** Nothing of it is read as it is now. */
  readonly lasting: boolean;
}

/**
 * Every enabled source of packages, read from its snapshot archive. The sources' Release files, as far as they were fetched, say
 * what they are. Errors: OmgError `no-snapshot-archive` that names each source without one; those of `readSources`.
 */
export function snapshotSources(config: AptConfig, id: string, own: SnapshotAddresses): SnapshotSources {
  const archives = new Set<string>();
  const missing: string[] = [];
  let lasting = true;
  const stanzas = placesOf(config).map(({ entry, uri, suite }) => {
    const address = snapshotAddress(describe(config, uri, suite), id, { tree: config.tree, own });
    if (address === undefined)
      missing.push(`${withoutCredentials(uri)} ${suite} (${basename(entry.file)}:${entry.line})`);
    else if (address === false) lasting = false;
    else archives.add(repoUri(address));
    return stanzaFor(entry, address || uri, suite);
  });
  if (missing.length > 0) throw withoutArchive(missing);
  return {
    files: { main: "", parts: { "omg-snapshot.sources": [...new Set(stanzas)].join("\n") } },
    archives: [...archives],
    lasting,
  };
}

/** The address as apt prints it: one slash at the end, and one at the beginning of a local path. */
function repoUri(address: string): string {
  return address.replace(/\/*$/, "/").replace(/^(file|copy):\/+/, "$1:/");
}

interface Place {
  readonly entry: SourceEntry;
  readonly uri: string;
  readonly suite: string;
}

function placesOf(config: AptConfig): readonly Place[] {
  return readSources(config)
    .filter(({ enabled, types }) => enabled && types.includes("deb"))
    .flatMap((entry) => entry.uris.flatMap((uri) => entry.suites.map((suite) => ({ entry, uri, suite }))));
}

function describe({ paths }: AptConfig, uri: string, suite: string): Archived {
  const release = findRelease(paths.lists + listName(uri, suite));
  if (release === undefined) return { uri, label: "", origin: "", snapshots: "" };
  const { label, origin, snapshots = "" } = readReleaseFacts(release.path);
  return { uri, label, origin, snapshots };
}

function stanzaFor(entry: SourceEntry, uri: string, suite: string): string {
  const stanza = stanzaText({
    types: "deb",
    uris: uri,
    suites: suite,
    components: entry.components.join(" "),
    architectures: entry.architectures.join(" "),
    key: entry.signedBy.join(" "),
  });
  return entry.trusted === undefined ? stanza : `${stanza}Trusted: ${entry.trusted ? "yes" : "no"}\n`;
}

function withoutArchive(sources: readonly string[]): OmgError {
  return new OmgError({
    code: "no-snapshot-archive",
    exit: "error",
    message:
      sources.length === 1
        ? "The lock sets apt.snapshot, and no snapshot archive is known for a source of this machine."
        : `The lock sets apt.snapshot, and no snapshot archive is known for ${sources.length} sources of this machine.`,
    state: "Nothing was changed.",
    hint: 'Name it in /etc/omg/config.toml: [apt] snapshots = { NAME = "https://…/@SNAPSHOTID@/" }, where NAME is the source\'s name as `from` in the lock, or false to read it as it is now. What was never fetched (apt-get update) is not known by its name.',
    details: sources,
  });
}

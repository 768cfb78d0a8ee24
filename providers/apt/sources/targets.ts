import { existsSync } from "node:fs";
import { basename, dirname } from "node:path";
import { digestOf } from "../../../host/canonical-json.ts";
import { stanzasOf } from "../../../host/deb822.ts";
import { readIfPresent } from "../../../host/files.ts";
import { keptAnswer } from "../../../host/kept-answer.ts";
import { run } from "../../../host/run.ts";
import { OmgError } from "../../../schema/error.ts";
import type { DebianChain } from "../../../schema/model/artifact.ts";
import type { AptConfig } from "../machine/config.ts";
import { asFileName } from "./list-names.ts";
import { findRelease, listsContent, type ReleaseFacts, type ReleaseFile, readReleaseFacts } from "./release-file.ts";
import type { SourceEntry } from "./source-entry.ts";
import { sourceNames } from "./source-name.ts";
import { readSources, sourceFiles } from "./sources.ts";
import { trustedKeyFiles } from "./trusted-keys.ts";
import { type Vouchers, vouchersOf } from "./vouchers.ts";

/** One Packages file on the disk, and where it comes from. */
export interface IndexTarget extends ReleaseFacts, Vouchers {
  /** Absolute path, in whatever compression apt keeps it. */
  readonly file: string;
  /** Its name in the Release file, uncompressed: `main/binary-amd64/Packages`. */
  readonly key: string;
  /** Base of the addresses of its packages, with a slash at the end: `http://mirror.example.org/debian/`. */
  readonly repoUri: string;
  /** What `Pin: origin` is matched with: `mirror.example.org`, empty for local sources. */
  readonly host: string;
  readonly component: string;
  /** Architecture of the index; `all` for an index of such packages alone. */
  readonly arch: string;
  /** Absent where the source publishes none (apt takes it only when told to trust it). */
  readonly release?: ReleaseFile;
  /** The source says `trusted=yes`. */
  readonly trusted: boolean;
  /** As `from` in the lock; see source-name.ts. */
  readonly sourceName: string;
  /** RFC 3339: it is read as it was then. */
  readonly asOf?: string;
  /** The files are those that were kept when a lock was made. */
  readonly kept?: true;
}

/** A Packages file that was never fetched: what its source says of it. */
export interface MissingTarget
  extends Vouchers,
    Pick<IndexTarget, "key" | "repoUri" | "host" | "component" | "arch" | "trusted"> {
  /** Of the source: one of them is the index's. */
  readonly suites: readonly string[];
}

/** What the configured sources have on this disk, and what they should have. */
export interface Targets {
  /** In apt's order of preference. */
  readonly fetched: readonly IndexTarget[];
  /** Names of the indexes that were never fetched, as in `indextargets`: what they offer is not known. */
  readonly unfetched: readonly string[];
  /** The same, and those that may be published or not. */
  readonly missing: readonly MissingTarget[];
}

/** A target as apt names it. */
interface Named extends Pick<IndexTarget, "key" | "repoUri" | "component" | "arch"> {
  /** Of the file in apt's folder of lists, unpacked. */
  readonly name: string;
  /** `file:line`, or `file:number` of the stanza. */
  readonly source: string;
  /** apt asks for it, and does without where it is not published: an index of `all` packages alone. */
  readonly optional: boolean;
}

/** A target as its source alone describes it. */
interface Described extends Omit<IndexTarget, "sourceName" | keyof Vouchers>, Pick<Named, "optional"> {
  readonly suites: readonly string[];
  /** As `SourceEntry` has it. */
  readonly signedBy: readonly string[];
}

const APT_GET = "/usr/bin/apt-get";
const BINARY_INDEX = "Identifier: Packages";

/** Endings in the order in which apt looks for a list (apt.conf(5), APT::Compressor). */
const ENDINGS = ["", ".lz4", ".zst", ".gz", ".xz", ".bz2", ".lzma"];

/**
 * The Packages files that apt would read, and the names of those that it would if they had ever been fetched. Errors: OmgError
 * `apt-lists-unreadable`, `apt-sources-invalid`.
 */
export async function readTargets(config: AptConfig): Promise<Targets> {
  const described = describeTargets(await indexTargets(config), config.paths.lists, readSources(config));
  const targets = described.map((target) => ({ ...target, file: fileOf(target) }));
  const present = targets.flatMap(({ file, ...target }) => (file === undefined ? [] : [{ ...target, file }]));
  const names = sourceNames(present);
  const trusted = trustedKeyFiles(config);
  return {
    fetched: present.map(({ signedBy, optional: _, suites: __, ...target }, index) => ({
      ...target,
      ...vouchersOf(signedBy, trusted),
      sourceName: names[index] ?? "",
      ...(config.snapshot?.archives.includes(target.repoUri) === true && { asOf: config.snapshot.time }),
    })),
    unfetched: targets.flatMap((target) =>
      target.file === undefined && isPublished(target) ? [`${target.repoUri} ${target.key}`] : [],
    ),
    missing: targets.flatMap((target) => (target.file === undefined ? [missingOf(target, trusted)] : [])),
  };
}

/**
 * What `apt-get indextargets` says, which takes no lock. It would parse every list to print what the release files say, some
 * 400 ms, so it is told that there are none: what it derives from the sources alone is all that is needed. That stays the same
 * while configuration and sources do.
 */
async function indexTargets(config: AptConfig): Promise<readonly Named[]> {
  const { dump, env, cache } = config;
  const sources = sourceFiles(config).map((file) => [file, readIfPresent(file)?.toString("latin1") ?? null]);
  const key = digestOf({ dump, env, sources });
  const store = cache === undefined ? undefined : keptAnswer(cache, "apt-targets.json");
  const kept = store?.read() as { readonly key?: unknown; readonly targets?: unknown } | null | undefined;
  if (kept?.key === key && Array.isArray(kept.targets)) return kept.targets;
  const noLists = ["-o", "Dir::State::lists=/nonexistent/", "-o", "Dir::State::status=/dev/null"];
  const args = ["indextargets", "--no-release-info", ...noLists, BINARY_INDEX];
  const { code, stdout, stderr } = await run(APT_GET, args, { env });
  if (code !== 0) throw unreadable(stderr.trim() || `apt-get indextargets ended with ${code}`);
  const targets = parseTargets(stdout);
  store?.write({ key, targets });
  return targets;
}

/** How the packages of an index are vouched for; undefined where nothing is published that could be checked. */
export function chainOf(target: IndexTarget): DebianChain | undefined {
  if (target.release === undefined) return undefined;
  const { path, signature } = target.release;
  const { keyrings, keyBlock, fingerprints, bound } = target;
  return {
    type: "debian",
    release: path,
    ...(signature !== undefined && { signature }),
    keyrings,
    ...(keyBlock !== undefined && { keyBlock }),
    ...(fingerprints !== undefined && { fingerprints }),
    bound,
    trusted: target.trusted,
    index: target.file,
    indexKey: target.key,
    ...(target.asOf !== undefined && { asOf: target.asOf }),
    ...(target.kept === true && { kept: true }),
  };
}

/** What `apt-get indextargets` prints. Pure. */
export function parseTargets(text: string): Named[] {
  return stanzasOf(text).map((stanza) => {
    const value = (field: string) => stanza.get(field) ?? "";
    return {
      name: basename(value("Filename")),
      key: value("MetaKey"),
      source: value("Sourcesentry"),
      repoUri: value("Repo-URI"),
      component: value("Component"),
      arch: value("Architecture"),
      optional: value("Optional") === "yes",
    };
  });
}

/** What apt would fetch, as if it all lay unpacked in `lists`. Reads the release files there. */
export function describeTargets(named: readonly Named[], lists: string, sources: readonly SourceEntry[]): Described[] {
  const found = new Map<string, Described>();
  const factsOf = rememberedFacts();
  for (const one of named) {
    // Two entries for the same index are read once, as the first one says, after a warning of apt's.
    if (!found.has(one.name)) found.set(one.name, describeOne(one, lists + one.name, sources, factsOf));
  }
  return [...found.values()];
}

type FactsReader = (release: ReleaseFile | undefined) => ReleaseFacts;

/** Several indexes have the same release file, of a hundred kilobytes and more. */
function rememberedFacts(): FactsReader {
  const known = new Map<string, ReleaseFacts>();
  return (release) => {
    if (release === undefined) return NO_FACTS;
    const facts = known.get(release.path) ?? readReleaseFacts(release.path);
    known.set(release.path, facts);
    return facts;
  };
}

function missingOf(
  { key, repoUri, host, component, arch, trusted, suites, signedBy }: Omit<Described, "file">,
  keys: readonly string[],
): MissingTarget {
  return { key, repoUri, host, component, arch, trusted, suites, ...vouchersOf(signedBy, keys) };
}

/** The file that is there, whatever its compression. */
function fileOf({ file }: Described): string | undefined {
  return ENDINGS.map((ending) => file + ending).find(existsSync);
}

/** Whether a fetch would leave a file here: apt passes over what the release file does not list, and keeps nothing empty. */
function isPublished({ key, optional, release }: Pick<Described, "key" | "optional" | "release">): boolean {
  return !optional && (release === undefined || listsContent(release.path, key));
}

function describeOne(
  { key, source, repoUri, component, arch, optional }: Named,
  file: string,
  sources: readonly SourceEntry[],
  factsOf: FactsReader,
): Described {
  const entry = entryOf(source, sources);
  const release = findRelease(prefixOf(file, key));
  return {
    ...factsOf(release),
    file,
    key,
    repoUri,
    host: hostOf(repoUri),
    component,
    arch,
    ...(release !== undefined && { release }),
    suites: entry.suites,
    signedBy: entry.signedBy,
    trusted: entry.trusted === true,
    optional,
  };
}

const NO_FACTS: ReleaseFacts = {
  origin: "",
  label: "",
  suite: "",
  codename: "",
  version: "",
  notAutomatic: false,
  butAutomaticUpgrades: false,
};

/** apt names a source `file:line`, or `file:number` of its stanza. Without it, the keys of an index would be anybody's guess. */
function entryOf(text: string, sources: readonly SourceEntry[]): SourceEntry {
  const colon = text.lastIndexOf(":");
  const file = text.slice(0, colon);
  const found = sources.find((source) => source.file === file && String(source.ordinal) === text.slice(colon + 1));
  if (found === undefined)
    throw unreadable(`the source ${JSON.stringify(text)} of an index is not in the files of sources`);
  return found;
}

/**
 * Path of the release file without its last word. apt names its files after the address; the index's own name ends in the name
 * that it has in the release file, spelled likewise.
 */
function prefixOf(file: string, key: string): string {
  const name = basename(file);
  const ending = asFileName(key);
  if (!name.endsWith(ending)) throw unreadable(`${file} is not named after ${key}`);
  return `${dirname(file)}/${name.slice(0, -ending.length)}`;
}

function hostOf(uri: string): string {
  return /^[a-z0-9+.-]+:\/\/(?:[^/@]*@)?([^/:]*)/i.exec(uri)?.[1] ?? "";
}

function unreadable(reason: string): OmgError {
  return new OmgError({
    code: "apt-lists-unreadable",
    exit: "error",
    message: `apt's package lists cannot be read: ${reason}.`,
    state: "What the sources offer is not known; nothing was concluded or changed.",
    hint: "Run `apt-get update`, and look at what it says.",
  });
}

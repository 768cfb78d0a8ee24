import type { Stanza } from "../../../host/deb822.ts";
import { sha256File } from "../../../host/digest.ts";
import { OmgError } from "../../../schema/error.ts";
import type { Artifact } from "../../../schema/model/artifact.ts";
import type { IndexDigests } from "../../../schema/model/desired.ts";
import type { FindKept } from "../../../schema/model/provider.ts";
import type { AptConfig } from "../machine/config.ts";
import { bareName } from "../names.ts";
import { packageKey } from "../package-key.ts";
import { type Indexes, indexKeyOf } from "../sources/index-digests.ts";
import { indexedPackage } from "../sources/indexed-package.ts";
import { namedStanzas } from "../sources/named-stanzas.ts";
import { readReleaseFacts, releaseDate } from "../sources/release-file.ts";
import { possibleNames } from "../sources/source-name.ts";
import type { IndexTarget, MissingTarget } from "../sources/targets.ts";
import { artifactOf } from "./open-market.ts";

/** What a lock's own indexes, kept from the day when it was made, are looked at with. */
export interface KeptQuestion {
  /** Keys of the packages. */
  readonly keys: ReadonlySet<string>;
  readonly indexes: Indexes;
  readonly find: FindKept;
  /** Today's indexes: whose keys may vouch, and where packages lie. */
  readonly targets: readonly IndexTarget[];
  /** Indexes that the sources should have, and that were never fetched. */
  readonly missing: readonly MissingTarget[];
  readonly config: Pick<AptConfig, "architecture">;
  /** Base of an address where the packages of a source were at a time. */
  readonly archive: (target: IndexTarget, time: Date) => string | undefined;
}

export interface KeptAnswer {
  /** By key. */
  readonly builds: ReadonlyMap<string, readonly Artifact[]>;
  /** Indexes of the lock that are not kept here. */
  readonly absent: readonly string[];
}

/** Snapshot archives look several times a day; what a release lists is there by then, and stays for a while. */
const AFTER_MS = 6 * 3600 * 1000;

/**
 * Builds as the indexes list them that a lock was made with. The chain of each leads through the kept files to the keys that its
 * source is bound to today, and is verified like any other. A source that the machine does not have vouches for nothing. Errors:
 * OmgError `evidence-damaged`; system errors pass.
 */
export async function keptBuilds(question: KeptQuestion): Promise<KeptAnswer> {
  const builds = new Map<string, Artifact[]>();
  const absent: string[] = [];
  for (const [name, digests] of Object.entries(question.indexes)) {
    const { architecture } = question.config;
    const fetched = question.targets.filter((target) => indexKeyOf(target, architecture) === plain(name));
    const missing = fetched.length > 0 ? [] : question.missing.filter((each) => maybeNamed(name, each, architecture));
    if (fetched.length + missing.length === 0) continue;
    const files = await findAll(digests, question.find);
    if (files === undefined) {
      absent.push(plain(name));
      continue;
    }
    const named = missing.flatMap((each) => asNamed(name, each, files, architecture));
    const targets = [...fetched, ...named];
    if (targets.length === 0) continue;
    for (const artifact of await readKept(name, digests, files, targets, question)) append(builds, artifact);
  }
  return { builds, absent };
}

/** An index that an earlier state of the source is pinned with has its digest behind an `@`. */
function plain(name: string): string {
  return name.replace(/@.*$/, "");
}

/** Whether a release file could give that index this name. */
function maybeNamed(name: string, { component, arch }: MissingTarget, native: string): boolean {
  const end = arch === native ? component : `${component}/${arch}`;
  return plain(name).endsWith(`/${end}`);
}

/**
 * Where the machine has not fetched what its source has, the kept release file itself says what that is called. The source has to ask for that very suite, and its keys
 * vouch for the file or nothing does, as at apt's own first fetch.
 */
function asNamed(
  name: string,
  { suites, ...missing }: MissingTarget,
  { release, packages }: KeptFiles,
  native: string,
): readonly IndexTarget[] {
  const facts = readReleaseFacts(release);
  if (![facts.suite, facts.codename].some((each) => each !== "" && suites.includes(each))) return [];
  return possibleNames({ ...facts, repoUri: missing.repoUri })
    .map((sourceName): IndexTarget => ({ ...missing, ...facts, sourceName, file: packages }))
    .filter((target) => indexKeyOf(target, native) === plain(name));
}

interface KeptFiles {
  readonly release: string;
  readonly signature?: string;
  readonly packages: string;
}

async function findAll(digests: IndexDigests, find: FindKept): Promise<KeptFiles | undefined> {
  const release = await find(digests.release);
  const packages = release === undefined ? undefined : await find(digests.packages);
  const signature = digests.signature === undefined ? undefined : await find(digests.signature);
  if (release === undefined || packages === undefined) return undefined;
  if (digests.signature === undefined) return { release, packages };
  return signature === undefined ? undefined : { release, packages, signature };
}

async function readKept(
  name: string,
  digests: IndexDigests,
  files: KeptFiles,
  targets: readonly IndexTarget[],
  question: KeptQuestion,
): Promise<readonly Artifact[]> {
  refuseOther(name, files.release, (await sha256File(files.release)).sha256, digests.release);
  if (files.signature !== undefined)
    refuseOther(name, files.signature, (await sha256File(files.signature)).sha256, digests.signature);
  const { sha256, stanzas } = await namedStanzas(files.packages, new Set([...question.keys].map(bareName)));
  refuseOther(name, files.packages, sha256, digests.packages);
  refuseStranger(name, files.release, targets[0]);
  const date = releaseDate(files.release);
  const places = targets.map((target) => keptTarget(target, files, date));
  const all = [...places, ...archivedTarget(places[0], date, question)];
  return stanzas.flatMap((stanza) => buildOf(stanza, all, question));
}

/** One build, from wherever it may be had. */
function buildOf(stanza: Stanza, places: readonly IndexTarget[], { keys, config }: KeptQuestion): readonly Artifact[] {
  const key = packageKey(stanza.get("Package") ?? "", stanza.get("Architecture") ?? "", config.architecture);
  if (!keys.has(key)) return [];
  const all = places.flatMap((target) => artifactOf(key, indexedPackage(stanza, target)) ?? []);
  const [first] = all;
  return first === undefined ? [] : [{ ...first, urls: [...new Set(all.flatMap(({ urls }) => urls))] }];
}

function keptTarget(
  target: IndexTarget,
  { release, signature, packages }: KeptFiles,
  date: Date | undefined,
): IndexTarget {
  return {
    ...target,
    file: packages,
    release: { path: release, ...(signature === undefined ? {} : { signature }) },
    kept: true,
    // It was good on the day when the lock was made, and it is the lock that says so today.
    ...(date === undefined ? {} : { asOf: date.toISOString() }),
  };
}

function archivedTarget(
  target: IndexTarget | undefined,
  date: Date | undefined,
  { archive }: KeptQuestion,
): readonly IndexTarget[] {
  if (target === undefined || date === undefined) return [];
  const repoUri = archive(target, new Date(date.getTime() + AFTER_MS));
  return repoUri === undefined ? [] : [{ ...target, repoUri }];
}

function refuseOther(name: string, path: string, found: string, digest: string | undefined): void {
  if (found === digest) return;
  throw new OmgError({
    code: "evidence-damaged",
    exit: "refused",
    message: `${path}, which was kept to prove pins from ${plain(name)}, is not what it was: its bytes have changed.`,
    state: "Nothing was changed, and nothing in it was believed.",
    hint: "Find out who could write there. Without the file these pins cannot be proved: take them out of the lock, and `omg lock` pins what the sources have now.",
  });
}

/**
 * One key may sign many suites and archives: a release file speaks only for the source that it names itself after, as the lock's
 * key for it does.
 */
function refuseStranger(name: string, path: string, target: IndexTarget | undefined): void {
  const found = readReleaseFacts(path);
  const suite = target?.codename === "" ? found.suite === target.suite : found.codename === target?.codename;
  if (suite && found.origin === target?.origin && found.label === target.label) return;
  throw new OmgError({
    code: "evidence-damaged",
    exit: "refused",
    message: `${path}, which the lock names for pins from ${plain(name)}, is the release file of something else: ${found.label || found.origin} ${found.codename || found.suite}.`,
    state: "Nothing was changed, and nothing in it was believed.",
    hint: "Find out who wrote the lock's `indexes:`. `omg lock` writes them anew.",
  });
}

function append(builds: Map<string, Artifact[]>, artifact: Artifact): void {
  const list = builds.get(artifact.name);
  if (list === undefined) builds.set(artifact.name, [artifact]);
  else list.push(artifact);
}

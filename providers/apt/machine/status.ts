import { statSync } from "node:fs";
import { type ControlRecord, forEachRecord } from "../../../host/deb822-records.ts";
import { stampOf } from "../../../host/file-stamp.ts";
import { readIfPresent } from "../../../host/files.ts";
import { listFolder } from "../../../host/folder.ts";
import { OmgError } from "../../../schema/error.ts";
import { packageKey } from "../package-key.ts";
import type { AptConfig } from "./config.ts";
import {
  type Field,
  isYes,
  type MultiArch,
  multiArchOf,
  type PackageRelations,
  relationsOf,
  sourceOf,
} from "./package-fields.ts";

/** dpkg(1), "Package selection states". */
export type Want = "unknown" | "install" | "hold" | "deinstall" | "purge";

/** dpkg(1), "Package states". */
export type PackageState =
  | "not-installed"
  | "config-files"
  | "half-installed"
  | "unpacked"
  | "half-configured"
  | "triggers-awaited"
  | "triggers-pending"
  | "installed";

/** What dpkg knows about a package of this machine, in whatever state. Relations are raw field values; see relations.ts. */
export interface InstalledPackage extends PackageRelations {
  /** See package-key.ts. */
  readonly key: string;
  readonly name: string;
  /** `all` included. */
  readonly arch: string;
  readonly version: string;
  readonly want: Want;
  readonly state: PackageState;
  /** dpkg's error flag `reinstreq`: broken, and to be installed again. */
  readonly reinstallRequired: boolean;
  readonly essential: boolean;
  /** `Protected: yes` (deb-control(5)), or apt's older `Important: yes`. */
  readonly protected: boolean;
  readonly source: string;
  readonly sourceVersion: string;
  readonly multiArch: MultiArch;
  /** KiB. */
  readonly installedSize?: number;
  readonly maintainer?: string;
  /** Names of packages whose triggers it waits for. */
  readonly triggersAwaited: readonly string[];
  /** Names of its own triggers that have to run. */
  readonly triggersPending: readonly string[];
}

export interface DpkgStatus {
  /** By key; packages that are merely known of (`not-installed`) are left out. */
  readonly packages: ReadonlyMap<string, InstalledPackage>;
  /** Names of the journal files in `updates/` that were laid over the status file, in order. */
  readonly journal: readonly string[];
}

const WANTS: readonly Want[] = ["unknown", "install", "hold", "deinstall", "purge"];
const STATES: readonly PackageState[] = [
  "not-installed",
  "config-files",
  "half-installed",
  "unpacked",
  "half-configured",
  "triggers-awaited",
  "triggers-pending",
  "installed",
];

/** Fields that are read, in lower case. */
const FIELDS: ReadonlySet<string> = new Set(
  (
    "package status version config-version architecture essential protected important source pre-depends depends recommends " +
    "conflicts breaks provides multi-arch installed-size maintainer triggers-awaited triggers-pending"
  ).split(" "),
);

/** How often a database that dpkg is just writing is read again before that is reported. */
const ATTEMPTS = 5;

/**
 * dpkg's database as the next dpkg would see it: the status file, with the journal files over it in numeric order, each a
 * stanza that replaces the package's whole record. Read again when dpkg changed it meanwhile, since no lock is taken. Errors:
 * OmgError `dpkg-status-missing`, `dpkg-status-changing`, and `dpkg-status-unreadable` for data that is not a package record;
 * system errors pass.
 */
export function readStatus(config: AptConfig): DpkgStatus {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const before = databaseStamp(config);
    if (latest?.stamp === before) return latest.found;
    const found = readOnce(config);
    if (databaseStamp(config) !== before) continue;
    latest = { stamp: before, found };
    return found;
  }
  throw new OmgError({
    code: "dpkg-status-changing",
    exit: "busy",
    message: `${config.paths.status} kept changing while it was read.`,
    state: "What is installed is not known; nothing was concluded or changed.",
    hint: "Wait until the running dpkg is done, then run the command again.",
  });
}

/** A run asks several times, mostly of a database that has not changed in between. */
let latest: { readonly stamp: string; readonly found: DpkgStatus } | undefined;

/** Whether apt counts the package as having a version here; configuration files left over are none. */
export function isInstalled(found: InstalledPackage | undefined): found is InstalledPackage {
  return found !== undefined && found.state !== "config-files" && found.state !== "not-installed";
}

const UNPACKED: ReadonlySet<PackageState> = new Set([
  "unpacked",
  "half-configured",
  "triggers-awaited",
  "triggers-pending",
]);

/** Whether it waits for its scripts alone, or for those of others. */
export function awaitsScripts({ state }: InstalledPackage): boolean {
  return UNPACKED.has(state);
}

/** Changes whenever dpkg writes: it replaces the status file, and adds or removes files of the journal. */
function databaseStamp({ paths, architecture }: AptConfig): string {
  const facts = statSync(paths.status, { bigint: true, throwIfNoEntry: false });
  if (facts === undefined) throw missing(paths.status);
  const { dev, ino, mtimeNs, ctimeNs, size } = facts;
  return [paths.status, architecture, dev, ino, mtimeNs, ctimeNs, size, ...journalStamps(paths.updates)].join(" ");
}

function readOnce({ paths, architecture }: AptConfig): DpkgStatus {
  const records = new Map<string, InstalledPackage>();
  const journal = journalFiles(paths.updates);
  for (const file of [paths.status, ...journal.map((name) => paths.updates + name)])
    addFile(records, file, architecture);
  for (const [key, record] of records) if (record.state === "not-installed") records.delete(key);
  return { packages: records, journal };
}

/** dpkg names its journal files with digits alone; what it is still writing is called otherwise, and never read. */
function journalFiles(folder: string): string[] {
  const names = listFolder(folder).filter((name) => /^\d+$/.test(name));
  return names.sort((a, b) => Number(a) - Number(b));
}

function journalStamps(folder: string): string[] {
  return journalFiles(folder).map((name) => stampOf(folder + name));
}

function addFile(records: Map<string, InstalledPackage>, path: string, native: string): void {
  // A file that is gone by now shows in the stamp, and everything is read again.
  const bytes = readIfPresent(path) ?? Buffer.alloc(0);
  forEachRecord(bytes, FIELDS, (found) => {
    const record = parseRecord(found, path, native);
    if (record.state === "not-installed" && record.arch === "") forget(records, record.name);
    else records.set(record.key, record);
  });
}

/** A record of a purged package may have lost its architecture: it means the only one there is. */
function forget(records: Map<string, InstalledPackage>, name: string): void {
  const keys = [...records.keys()].filter((key) => key === name || key.startsWith(`${name}:`));
  const [only] = keys.length === 1 ? keys : keys.filter((key) => key === name);
  if (only !== undefined) records.delete(only);
}

function parseRecord(found: ControlRecord, path: string, native: string): InstalledPackage {
  const field: Field = found.get;
  const name = field("package");
  const status = parseState(field("status"));
  const version = field("version") ?? field("config-version") ?? "";
  if (name === undefined || name === "" || status === undefined || found.isMalformed()) {
    throw unreadable(path, found);
  }
  if (version === "" && status.state !== "not-installed" && status.state !== "half-installed") {
    throw unreadable(path, found);
  }
  const arch = field("architecture") ?? "";
  return {
    key: packageKey(name, arch, native),
    name,
    arch,
    version,
    ...status,
    essential: isYes(field("essential")),
    protected: isYes(field("protected")) || isYes(field("important")),
    ...sourceOf(field, name, version),
    ...relationsOf(field),
    multiArch: multiArchOf(field),
    ...detailsOf(field),
  };
}

function detailsOf(
  field: Field,
): Pick<InstalledPackage, "triggersAwaited" | "triggersPending" | "installedSize" | "maintainer"> {
  const size = Number(field("installed-size") ?? Number.NaN);
  const maintainer = field("maintainer");
  return {
    triggersAwaited: wordsOf(field("triggers-awaited")),
    triggersPending: wordsOf(field("triggers-pending")),
    ...(Number.isFinite(size) && { installedSize: size }),
    ...(maintainer !== undefined && { maintainer }),
  };
}

/** `Status: want flag state`. Undefined for words that dpkg does not have. */
function parseState(
  text: string | undefined,
): Pick<InstalledPackage, "want" | "state" | "reinstallRequired"> | undefined {
  const [wantText, flag, stateText] = wordsOf(text);
  const want = WANTS.find((each) => each === wantText);
  const state = STATES.find((each) => each === stateText);
  if (want === undefined || state === undefined || (flag !== "ok" && flag !== "reinstreq")) return undefined;
  return { want, state, reinstallRequired: flag === "reinstreq" };
}

function wordsOf(text: string | undefined): string[] {
  return (text ?? "").split(/\s+/).filter((word) => word !== "");
}

function missing(path: string): OmgError {
  return new OmgError({
    code: "dpkg-status-missing",
    exit: "error",
    message: `${path} does not exist.`,
    state: "What is installed is not known; nothing was concluded or changed.",
    hint: "If dpkg is running, try again when it is done. Otherwise restore the file: dpkg keeps a copy in status-old.",
  });
}

function unreadable(path: string, found: ControlRecord): OmgError {
  return new OmgError({
    code: "dpkg-status-unreadable",
    exit: "error",
    message: `${path} has a record that is not one of dpkg's.`,
    state: "What is installed is not known; nothing was concluded or changed.",
    hint: "Run `dpkg --audit`, which reads the same file, and repair what it names.",
    details: [found.text().split("\n", 3).join("\n")],
  });
}

import { lstatSync, readlinkSync } from "node:fs";
import { basename, join } from "node:path";
import { isRuntime } from "../schema/runtimes/names.ts";
import { compareVersions } from "../schema/runtimes/versions.ts";
import { readIfPresent } from "./files.ts";
import { listFolder } from "./folder.ts";

// `<data>/versions/<runtime>/<version>/bin/<executable>`, whatever the publisher's own layout is, and `current` beside the
// versions, a symbolic link to one of them. A folder that is there is a whole install: it only ever appears by a rename.

/** The file inside an installed version that says what it was made of. */
export const RECEIPT = ".omg-runtime.json";
const CURRENT = "current";
const VERSION = /^[A-Za-z0-9][A-Za-z0-9.+_-]{0,99}$/;
/** As `runtimes:` of a lock has them. */
const TOOL = /^[a-z][a-z0-9+._-]{0,63}$/;
const MAX_RECEIPT = 1 << 16;

/** What an installed version was made of. */
export interface Receipt {
  /** Hex SHA-256 of its artifact; of several, of the first. */
  readonly sha256: string;
  readonly url?: string;
  /** As in `Candidate`. */
  readonly lts?: string;
  /** Of what mise unpacked: where mise has it from, `aqua:jqlang/jq`. */
  readonly from?: string;
}

/** A version that omg has installed for this user. */
export interface InstalledVersion {
  readonly version: string;
  /** Absolute. */
  readonly folder: string;
  /** Whether `current` leads to it. */
  readonly current: boolean;
  readonly lts?: string;
  /** Absent where somebody else put the folder there. */
  readonly receipt?: Receipt;
}

/** Where all versions of a runtime lie. `data`: the user's data folder. */
export function versionsFolder(data: string, runtime: string): string {
  return join(toolsFolder(data), runtime);
}

export function versionFolder(data: string, runtime: string, version: string): string {
  return join(versionsFolder(data, runtime), version);
}

/** The symbolic link to the version that holds everywhere where nothing else is asked for. */
export function currentLink(data: string, runtime: string): string {
  return join(versionsFolder(data, runtime), CURRENT);
}

/** The version that `current` leads to; undefined where there is none, or it leads elsewhere. */
export function currentVersion(data: string, runtime: string): string | undefined {
  const link = currentLink(data, runtime);
  if (lstatSync(link, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return undefined;
  const target = readlinkSync(link);
  return target === basename(target) && VERSION.test(target) ? target : undefined;
}

/** What is installed of a runtime, the newest first. Reads; system errors pass, but for folders that are not there. */
export function installedVersions(data: string, runtime: string): readonly InstalledVersion[] {
  const current = currentVersion(data, runtime);
  const folder = versionsFolder(data, runtime);
  return listFolder(folder)
    .filter((name) => name !== CURRENT && VERSION.test(name))
    .filter((name) => lstatSync(join(folder, name), { throwIfNoEntry: false })?.isDirectory() === true)
    .sort((a, b) => compareVersions(b, a))
    .map((version) => {
      const receipt = readReceipt(join(folder, version));
      return {
        version,
        folder: join(folder, version),
        current: version === current,
        ...(receipt?.lts === undefined ? {} : { lts: receipt.lts }),
        ...(receipt === undefined ? {} : { receipt }),
      };
    });
}

/** Tools that mise unpacked something of for omg: folders beside those of the runtimes. */
export function toolFolders(data: string): readonly string[] {
  return listFolder(toolsFolder(data))
    .filter((name) => TOOL.test(name) && !isRuntime(name))
    .filter((name) => lstatSync(versionsFolder(data, name), { throwIfNoEntry: false })?.isDirectory() === true)
    .sort();
}

/** Those of which a version is installed. */
export function installedTools(data: string): readonly string[] {
  return toolFolders(data).filter((name) => installedVersions(data, name).length > 0);
}

/** Where the folders of all runtimes and tools lie. */
export function toolsFolder(data: string): string {
  return join(data, "versions");
}

function readReceipt(folder: string): Receipt | undefined {
  const bytes = readIfPresent(join(folder, RECEIPT), MAX_RECEIPT);
  if (bytes === undefined) return undefined;
  try {
    const { sha256, url, lts, from } = JSON.parse(bytes.toString("utf8")) as Readonly<Record<string, unknown>>;
    if (typeof sha256 !== "string" || !/^[0-9a-f]{64}$/.test(sha256)) return undefined;
    return {
      sha256,
      ...(typeof url === "string" ? { url } : {}),
      ...(typeof lts === "string" && /^[a-z]{0,40}$/.test(lts) ? { lts } : {}),
      ...(typeof from === "string" && /^[!-~]{1,200}$/.test(from) ? { from } : {}),
    };
  } catch {
    return undefined;
  }
}

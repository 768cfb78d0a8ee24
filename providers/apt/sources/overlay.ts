import { existsSync, lstatSync, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { digestOf } from "../../../host/canonical-json.ts";
import { makeFolder, writeAtomic } from "../../../host/files.ts";
import { acquireLock } from "../../../host/lock.ts";
import { OmgError } from "../../../schema/error.ts";
import { type AptConfig, readAptConfig } from "../machine/config.ts";
import { type OverlayPaths, overlayConfiguration, overlayPaths } from "./overlay-config.ts";
import { fetchLists } from "./overlay-fetch.ts";
import { seedLists } from "./overlay-lists.ts";
import type { SourceFiles } from "./overlay-sources.ts";

export interface OverlayOptions {
  /** Settings of apt that count in this overlay alone. */
  readonly settings?: readonly (readonly [name: string, value: string])[];
  /** The sources never change: once everything was fetched, nobody is asked again. */
  readonly lasting?: boolean;
}

type Settings = NonNullable<OverlayOptions["settings"]>;

/** Overlays that nobody used for so long are taken away by whoever comes next. */
const STALE_MS = 14 * 24 * 3600 * 1000;
/** A plan that still works with one was begun not longer ago. */
const IN_USE_MS = 10 * 60_000;
/** How many are kept besides the one in use. */
const MOST_OTHERS = 4;
const WAIT_MS = 60_000;
const PAUSE_MS = 100;

/**
 * What apt would see with these sources: its configuration, reading private copies of the source files and private lists, into
 * which is fetched here what the machine has not. Nothing of the machine's is written, and no privilege is needed. The lists stay in a folder
 * below `parent`, by the digest of the sources, so that the next plan only asks whether they are still current; apt itself
 * verifies what it fetches, and the gate does so again. Errors: OmgError `sources-unreachable` with apt's words for each source
 * that it could not read, `overlay-unsafe`, `overlay-failed`, `busy`.
 */
export async function overlaid(
  machine: AptConfig,
  sources: SourceFiles,
  parent: string,
  { settings = [], lasting = false }: OverlayOptions = {},
): Promise<AptConfig> {
  const folder = join(parent, nameOf(machine, sources, settings));
  // apt's unprivileged helper works inside; what a user has is nobody else's business.
  const mode = process.geteuid?.() === 0 ? 0o711 : 0o700;
  for (const each of [parent, folder]) ownFolder(each, mode);
  const release = await lockWhenFree(join(folder, "lock"));
  try {
    const paths = overlayPaths(folder);
    writeOverlay(machine, sources, paths, settings);
    const config = await readOverlay(machine, paths);
    if (!lasting || !existsSync(join(folder, "complete"))) {
      seedLists(machine.paths.lists, paths.lists);
      await fetchLists(config, machine, sources.fresh, join(folder, "fresh"));
      if (lasting) writeAtomic(join(folder, "complete"), "");
    }
    removeStale(parent, folder);
    // What is found out about these lists goes when they go.
    return machine.cache === undefined ? config : { ...config, cache: join(folder, "answers") };
  } finally {
    release();
  }
}

function nameOf({ env, paths, ...machine }: AptConfig, sources: SourceFiles, settings: Settings): string {
  const architectures = [machine.architecture, ...machine.foreignArchitectures];
  return digestOf({ sources, settings, architectures, config: env.APT_CONFIG, lists: paths.lists });
}

function writeOverlay(machine: AptConfig, { main, parts }: SourceFiles, paths: OverlayPaths, settings: Settings): void {
  mkdirSync(paths.sourceParts, { recursive: true });
  mkdirSync(`${paths.lists}partial`, { recursive: true });
  const files = {
    [paths.sourceList]: main,
    ...Object.fromEntries(Object.entries(parts).map(([name, text]) => [paths.sourceParts + name, text])),
    ...overlayConfiguration(machine, paths, settings),
  };
  // A source may hold a password.
  for (const [path, text] of Object.entries(files)) writeAtomic(path, text, 0o600);
}

/** The configuration as apt itself reads it; one that did not take our settings would write over the machine's lists. */
async function readOverlay(machine: AptConfig, own: OverlayPaths): Promise<AptConfig> {
  const config = await readAptConfig({ ...machine.env, APT_CONFIG: own.first });
  const { sourceList, sourceParts, lists } = config.paths;
  if (sourceList === own.sourceList && sourceParts === own.sourceParts && lists === own.lists) return config;
  throw new OmgError({
    code: "overlay-failed",
    exit: "error",
    message:
      "apt's own configuration does not let other sources be looked at: it sets Dir::Etc or Dir::State::lists anew.",
    state: "Nothing was changed.",
    hint: "Look at `apt-config dump Dir`, and take these settings out of /etc/apt/apt.conf.d.",
  });
}

function ownFolder(path: string, mode: number): void {
  makeFolder(path, mode);
  const found = lstatSync(path);
  if (found.isDirectory() && found.uid === process.geteuid?.() && (found.mode & 0o022) === 0) return;
  throw new OmgError({
    code: "overlay-unsafe",
    exit: "refused",
    message: `${path} is not a folder that only this user can write.`,
    state: "Nothing was read or changed.",
    hint: "Look at what it is (ls -ld), and remove it: it is only a cache.",
  });
}

async function lockWhenFree(path: string): Promise<() => void> {
  for (let waited = 0; ; waited += PAUSE_MS) {
    const lock = await acquireLock(path);
    if (lock.held) return lock.release;
    if (waited >= WAIT_MS) {
      throw new OmgError({
        code: "busy",
        exit: "busy",
        message: `Another omg is reading the same sources: ${lock.by}.`,
        state: "Nothing was changed.",
        hint: "Try again when it is done.",
      });
    }
    await setTimeout(PAUSE_MS);
  }
}

/** Whoever uses an overlay writes to its lock. Nobody may fill the disk by asking for ever other ones. */
function removeStale(parent: string, used: string): void {
  const others = readdirSync(parent)
    .filter((name) => /^[0-9a-f]{64}$/.test(name) && join(parent, name) !== used)
    .map((name) => ({ folder: join(parent, name), seen: lastSeen(join(parent, name)) }))
    .sort((a, b) => b.seen - a.seen);
  for (const [index, { folder, seen }] of others.entries()) {
    const age = Date.now() - seen;
    if (age > STALE_MS || (index >= MOST_OTHERS && age > IN_USE_MS)) rmSync(folder, { recursive: true, force: true });
  }
}

function lastSeen(folder: string): number {
  const paths = [join(folder, "lock"), folder];
  return Math.max(...paths.map((path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0));
}

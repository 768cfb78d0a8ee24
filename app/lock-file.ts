import { lstatSync, realpathSync, type Stats } from "node:fs";
import { hostname } from "node:os";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { readRegular } from "../host/files.ts";
import { type Repository, readRepository } from "../host/git-head.ts";
import { pathsFor } from "../host/paths.ts";
import { readPlatform } from "../host/platform.ts";
import { OmgError } from "../schema/error.ts";
import type { LockInput } from "../schema/files/lock.ts";
import type { LockIdentity, Position } from "../schema/model/desired.ts";
import type { PlatformLock } from "../schema/model/lock.ts";
import type { Context, Selection } from "./context.ts";
import { foreignness } from "./foreign.ts";
import { throughCache } from "./lock-cache.ts";
import { readTextFile } from "./text-file.ts";

/** A lock as it was found and read for this platform. */
export interface FoundLock {
  readonly lock: PlatformLock;
  readonly identity: LockIdentity;
  readonly text: string;
  /** Absolute paths of the files that it includes. */
  readonly includes: readonly string[];
  /** The file that holds this platform's pins, or will. */
  readonly pinsFile: string;
  /** Pins for this platform that only other hosts' documents ask for; whoever writes pins keeps them. */
  readonly pinsElsewhere: PlatformLock["pins"];
  readonly commit?: string;
}

const MAX_BYTES = 4 * 1024 * 1024;

/** Texts that stand for what lies on the disk, by absolute path: an edit that is not written yet. */
export type Drafts = ReadonlyMap<string, string>;

/**
 * Reads the lock that this command is about: the one named, the nearest `omg.lock` upwards, or the user's own.
 * @param stalePins `drop` for whoever is about to write the pins anew
 * @throws OmgError `no-lock`, `lock-invalid`, `not-a-regular-file`, `lock-of-another`
 */
export async function readLock(
  ctx: Context,
  selection: Selection,
  stalePins: "refuse" | "drop" = "refuse",
): Promise<FoundLock> {
  return readLockAt(ctx, requireLock(ctx, selection), stalePins);
}

/** As `findLock`. @throws OmgError `no-lock` */
export function requireLock(ctx: Context, selection: Selection): string {
  const path = findLock(ctx, selection);
  if (path === undefined) throw noLock(ctx);
  return path;
}

/** As `readLock`, for a path that is known. */
export async function readLockAt(
  ctx: Context,
  path: string,
  stalePins: "refuse" | "drop" = "refuse",
  drafts: Drafts = new Map(),
): Promise<FoundLock> {
  const { input, repository } = lockInput(ctx, path, drafts);
  const { text, read, platform, own } = input;
  const folder = dirname(path);
  const about = {
    platform,
    own,
    stalePins,
    ...(repository === undefined ? {} : { repository: repository.root }),
  };
  const includes: string[] = [];
  const noting = (name: string) => {
    const include = read(name);
    includes.push(include.path);
    return include;
  };
  const parsed = await throughCache(ctx, { path, text, about }, noting, async (readNoted) => {
    const { openLock } = await import("../schema/files/lock.ts");
    const { lock, pinsFile, pinsElsewhere } = openLock({ path, text, ...about, read: readNoted });
    return { lock, pinsFile: pinsFile ?? path, pinsElsewhere };
  });
  return {
    ...parsed,
    text,
    includes: [...new Set(includes)],
    identity: { name: parsed.lock.name, repository: repository?.origin ?? `local:${folder}` },
    ...(repository?.commit === undefined ? {} : { commit: repository.commit }),
  };
}

/** What it takes to parse the lock at a path, for this machine. */
export function lockInput(
  ctx: Context,
  path: string,
  drafts: Drafts,
): { readonly input: LockInput; readonly repository: Repository | undefined } {
  const folder = dirname(path);
  const repository = readRepository(folder);
  const input = {
    path,
    text: drafts.get(path) ?? readLockText(path),
    platform: readPlatform(),
    own: path === ownLockPath(ctx),
    ...(repository === undefined ? {} : { repository: repository.root }),
    read: (name: string) => readInside(repository?.root ?? folder, folder, name, drafts),
  };
  return { input, repository };
}

/** Where a lock that was read has its entries: the request, or else the pin, by address. Parses the lock anew. */
export async function positionsIn(ctx: Context, path: string): Promise<(address: string) => Position | undefined> {
  const { openLock } = await import("../schema/files/lock.ts");
  const { positionOf } = openLock({ ...lockInput(ctx, path, new Map()).input, stalePins: "drop" });
  return (address) => {
    const [, section = "", name = ""] = /^(?:shell\.)?([a-z]+)\.(.*)$/s.exec(address) ?? [];
    return positionOf(section === "alias" ? "aliases" : section, name);
  };
}

/** The repository's name, with the folder in it, so that two locks of one repository are two; else the host's. */
export function nameOfLock(ctx: Context, path: string): string {
  const root = readRepository(dirname(path))?.root;
  if (root === undefined || root === ctx.home) return hostname();
  return [basename(root), ...relative(root, dirname(path)).split(sep)].filter((part) => part !== "").join("-");
}

/** Where the user's own lock is, or would be. */
export function ownLockPath(ctx: Context): string {
  return join(pathsFor("user", ctx).config, "omg.lock");
}

/** Absolute path of the lock, or undefined when there is none. */
export function findLock(ctx: Context, selection: Selection): string | undefined {
  if (selection.lock !== undefined) return resolve(ctx.cwd, selection.lock);
  return projectLock(ctx, ctx.cwd) ?? (stat(ownLockPath(ctx)) === undefined ? undefined : ownLockPath(ctx));
}

/**
 * The nearest omg.lock from a folder upwards. The search ends at the first that somebody else could have put there.
 * @throws OmgError `lock-of-another`
 */
export function projectLock(ctx: Context, folder: string): string | undefined {
  const path = join(folder, "omg.lock");
  const found = stat(path);
  if (found !== undefined) {
    refuseForeign(ctx, path, found);
    refuseForeign(ctx, folder, lstatSync(realpathSync(folder)));
    return path;
  }
  const parent = dirname(folder);
  return parent === folder ? undefined : projectLock(ctx, parent);
}

function stat(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}

function refuseForeign(ctx: Context, path: string, found: Stats): void {
  const why = foreignness(ctx, found);
  if (why === undefined) return;
  throw new OmgError({
    code: "lock-of-another",
    exit: "refused",
    message: `${path} ${why}, so what it says may not be what you want.`,
    state: "Nothing was read from it.",
    hint: `If you trust it, name it: --lock ${join(dirname(path), basename(path) === "omg.lock" ? "omg.lock" : `${basename(path)}/omg.lock`)}`,
  });
}

function readLockText(path: string): string {
  const text = readTextFile(path, MAX_BYTES);
  if (text !== undefined) return text;
  throw new OmgError({
    code: "no-lock",
    exit: "invalid",
    message: `There is no lock at ${path}.`,
    state: "Nothing was changed.",
    hint: "`omg env capture` writes one for this machine.",
  });
}

/** An include: a regular file of the same repository, also after every link on the way was followed. */
function readInside(root: string, folder: string, name: string, drafts: Drafts): { path: string; text: string } {
  const path = resolve(folder, name);
  const real = join(realpathSync(dirname(path)), basename(path));
  if (relative(realpathSync(root), real).startsWith("..")) {
    throw new OmgError({
      code: "include-outside",
      exit: "invalid",
      message: `The include ${name} leads out of the repository.`,
      state: "Nothing was read from there.",
      hint: "Includes are files of the same repository.",
    });
  }
  return { path, text: drafts.get(path) ?? readRegular(real, MAX_BYTES).toString("utf8") };
}

function noLock(ctx: Context): OmgError {
  return new OmgError({
    code: "no-lock",
    exit: "invalid",
    message: `There is no omg.lock in ${ctx.cwd} or above it, and you have none of your own.`,
    state: "Nothing was changed.",
    hint: "`omg env capture` writes one for this machine.",
  });
}

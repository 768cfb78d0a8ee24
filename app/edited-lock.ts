import { existsSync } from "node:fs";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { makeFolder, writeOwned } from "../host/files.ts";
import { OmgError } from "../schema/error.ts";
import type { RequestEdit } from "../schema/files/lock-edit.ts";
import type { PackageRequest, PlatformLock } from "../schema/model/lock.ts";
import type { PinUpdate } from "../schema/model/provider.ts";
import type { Context, Selection } from "./context.ts";
import { refuseLaidOut } from "./laid-out.ts";
import { type FoundLock, lockInput, readLockAt } from "./lock-file.ts";
import { pinRequests, refuseChanged } from "./pinning.ts";
import type { LockEditing } from "./results.ts";

/** A lock as a command would leave it: edited and pinned, in memory. */
export interface EditedLock {
  readonly found: FoundLock;
  readonly editing: LockEditing;
  /** Whether any byte would change. */
  readonly changes: boolean;
  /**
   * Writes what changed, in whole files, and before it what proves the pins; refuses where somebody edited them meanwhile.
   * @throws OmgError `lock-changed`
   */
  write(): Promise<void>;
}

/** What a command wants of the lock. */
export interface Wish {
  /** Word of the command, for what to run again. */
  readonly command: string;
  readonly edits: readonly RequestEdit[];
  readonly update?: PinUpdate;
}

/** Where the lock is, and what it says before the edit. */
export interface LockBefore {
  readonly path: string;
  readonly found: FoundLock;
  /** It is not there yet: this is how it would begin. */
  readonly created: boolean;
}

/**
 * The lock that there is, or how a new one of the user's own would begin. Pins that contradict the requests do not count.
 * @throws OmgError `lock-followed`
 */
export async function lockBefore(
  ctx: Context,
  path: string,
  mayCreate: boolean,
  name: string = hostname(),
): Promise<LockBefore> {
  refuseLaidOut(path);
  const created = mayCreate && !existsSync(path);
  if (!created) return { path, created, found: await readLockAt(ctx, path, "drop") };
  const { newLock } = await import("../schema/files/new-lock.ts");
  const text = newLock({ name, sections: {} });
  return { path, created, found: await readLockAt(ctx, path, "drop", new Map([[path, text]])) };
}

/** Edits, pins and reads again. Nothing is written before `write`. */
export async function editLock(
  ctx: Context,
  selection: Selection,
  { path, found, created }: LockBefore,
  wish: Wish,
): Promise<EditedLock> {
  const drafts = new Map([[path, await withEdits(ctx, path, found.text, wish.edits)]]);
  const asked = await readLockAt(ctx, path, "drop", drafts);
  const update = wish.update === undefined ? {} : { update: wish.update };
  ctx.emit({ type: "stage", stage: "plan", state: "started" });
  const pinning = await pinRequests(ctx, selection, asked, { drafts, since: found.lock.pins, ...update });
  ctx.emit({ type: "stage", stage: "plan", state: "finished" });
  const before = new Map([[path, found.text]]).set(pinning.path, pinning.path === path ? found.text : pinning.before);
  drafts.set(pinning.path, pinning.onlyIndexes ? pinning.before : pinning.after);
  const changed = [...drafts].filter(([file, text]) => before.get(file) !== text);
  const result = await readLockAt(ctx, path, "refuse", drafts);
  return {
    found: result,
    editing: {
      path,
      platform: result.lock.platform,
      created,
      requests: requestChanges(found.lock, result.lock),
      pins: pinning.changes,
      notes: pinning.notes,
    },
    changes: created || changed.length > 0,
    write: async () => {
      await pinning.keepEvidence();
      if (created) refusePresent(path);
      refuseChanged(new Map([...before].filter(([file]) => !created || file !== path)), wish.command);
      if (created) makeFolder(dirname(path));
      for (const [file, text] of created ? drafts : changed) {
        writeOwned(file, text);
        ctx.emit({ type: "edited", path });
      }
    },
  };
}

async function withEdits(ctx: Context, path: string, text: string, edits: readonly RequestEdit[]): Promise<string> {
  if (edits.length === 0) return text;
  const { editRequest } = await import("../schema/files/lock-edit.ts");
  return edits.reduce((edited, edit) => editRequest(lockInput(ctx, path, new Map([[path, edited]])).input, edit), text);
}

function requestChanges(before: PlatformLock, after: PlatformLock): LockEditing["requests"] {
  const old = requestsOf(before);
  const now = requestsOf(after);
  return [...new Set([...old.keys(), ...now.keys()])].sort().flatMap((address) => {
    const from = old.get(address) ?? null;
    const to = now.get(address) ?? null;
    return from === to ? [] : [{ address, from, to }];
  });
}

function requestsOf({ packages, runtimes }: PlatformLock): ReadonlyMap<string, string> {
  return new Map([
    ...Object.entries(runtimes).map(([name, version]) => [`runtimes.${name}`, version] as const),
    ...Object.entries(packages).flatMap(([section, { packages: requests }]) =>
      Object.entries(requests).map(([name, request]) => [`${section}.${name}`, inWords(request)] as const),
    ),
  ]);
}

function inWords({ presence, version, from, hold }: PackageRequest): string {
  if (presence !== "present") return presence;
  return [version, from === undefined ? "" : `from ${from}`, hold === true ? "held" : ""].filter(Boolean).join(" ");
}

function refusePresent(path: string): void {
  if (!existsSync(path)) return;
  throw new OmgError({
    code: "lock-changed",
    exit: "error",
    message: `Somebody wrote ${path} meanwhile.`,
    state: "It was left as it is now.",
    hint: "Run the command again.",
  });
}

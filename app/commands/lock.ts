import { writeOwned } from "../../host/files.ts";
import type { Context, Selection } from "../context.ts";
import { refuseLaidOut } from "../laid-out.ts";
import { readLock } from "../lock-file.ts";
import { pinRequests, refuseChanged } from "../pinning.ts";
import type { LockResult, PinChange } from "../results.ts";

export interface LockOptions extends Selection {
  /** Only show what would change. */
  readonly print?: boolean;
}

/** Pins every request for this platform. Keeps what is pinned and still answers its request; changes nothing else in the file. */
export async function lock(ctx: Context, options: LockOptions): Promise<LockResult> {
  const found = await readLock(ctx, options, "drop");
  if (options.print !== true) refuseLaidOut(found.lock.path);
  const { path, before, after, changes, notes, keepEvidence } = await pinRequests(ctx, options, found);
  const written = options.print !== true && after !== before;
  if (written) {
    await keepEvidence();
    refuseChanged(new Map([[found.lock.path, found.text]]).set(path, before), "lock");
    writeOwned(path, after);
  }
  return { path, platform: found.lock.platform, ...byKind(changes), written, notes };
}

function byKind(changes: readonly PinChange[]): Pick<LockResult, "added" | "removed" | "changed"> {
  return {
    added: changes.filter(({ from }) => from === null).map(({ address }) => address),
    removed: changes.filter(({ to }) => to === null).map(({ address }) => address),
    changed: changes.flatMap(({ address, from, to }) =>
      from === null || to === null ? [] : [{ name: address, from, to }],
    ),
  };
}

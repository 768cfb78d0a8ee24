import { hostname } from "node:os";
import { takeLeases } from "../../reconciler/lease.ts";
import { note } from "../../reconciler/note.ts";
import { OmgError } from "../../schema/error.ts";
import { readReceived, withoutSender, writeReceived } from "../../team/bundle/received.ts";
import { alone, ownPaths, refuseElevated } from "../bundle/place.ts";
import type { Context } from "../context.ts";
import { witnessesFor } from "../witness.ts";
import { readOnlyScope } from "../world.ts";

/** A machine whose bundles were accepted here. */
export interface Sender {
  readonly key: string;
  /** What it calls itself. */
  readonly host: string;
  /** When it was accepted; RFC 3339. */
  readonly since: string;
  /** Names of the locks that it sent. */
  readonly locks: readonly string[];
}

export interface TeamSendersResult {
  /** Those that count now. */
  readonly senders: readonly Sender[];
  /** Who counts no more from now on. */
  readonly removed?: Sender;
}

/**
 * Whose bundles count here because somebody accepted them once; with `remove`, one of these keys does no more. How far its bundles had come stays
 * remembered, so that no older one counts should it be accepted again.
 * @throws OmgError `elevated`, `busy`, `record-damaged`, `no-such-sender`
 */
export async function teamSenders(ctx: Context, remove: string | undefined): Promise<TeamSendersResult> {
  refuseElevated(ctx);
  const { state } = ownPaths(ctx);
  const known = () =>
    Object.entries(readReceived(state).senders).map(
      ([key, { host, since }]): Sender => ({
        key,
        host,
        since,
        locks: Object.keys(readReceived(state).newest[key] ?? {}),
      }),
    );
  if (remove === undefined) return { senders: known() };
  return alone(ctx, async () => {
    const removed = known().find(({ key }) => key === remove);
    if (removed === undefined) throw unknown(remove);
    await logEnd(ctx, removed);
    writeReceived(state, withoutSender(readReceived(state), remove));
    return { senders: known(), removed };
  });
}

/** In the log before it is so. Errors: those of the log. */
async function logEnd(ctx: Context, { key, host }: Sender): Promise<void> {
  const scope = readOnlyScope(ctx, ctx.uid === 0 ? "system" : "user", await witnessesFor(ctx));
  const leases = await takeLeases({ scopes: [{ ...scope, providers: [] }] });
  try {
    note({ actor: ctx.user, host: hostname() }, scope, "sender.removed", key, { host });
  } finally {
    for (const lease of leases) lease.release();
  }
}

function unknown(key: string): OmgError {
  return new OmgError({
    code: "no-such-sender",
    exit: "error",
    message: `No bundle of ${key} was accepted here.`,
    state: "Nothing was changed.",
    hint: "`omg team senders` lists the keys, each to be given whole. Machines in a folder's .omg/members.toml count for that folder by that list alone.",
  });
}

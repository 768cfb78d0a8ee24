import type { Context } from "../app/context.ts";
import { lockHolder } from "../host/lock.ts";
import { foldersOf, lockPathOf, readSettings } from "./settings.ts";
import { readState, readSuspension, type State, type Suspension } from "./state.ts";
import { type Telling, tellingsOf } from "./tell.ts";

/** What omgd knows and does. */
export interface DaemonStatus {
  readonly running: boolean;
  /** Of the omgd that runs. */
  readonly pid?: number;
  readonly state?: State;
  readonly suspension?: Suspension;
  /** The same in words. */
  readonly tellings: readonly Telling[];
  /** For `--lock`. */
  readonly lock: string;
}

/** From the file that omgd writes; asks it nothing. Errors: as for `readSettings`. */
export async function daemonStatus(ctx: Context): Promise<DaemonStatus> {
  const settings = await readSettings(ctx);
  const folders = foldersOf(ctx);
  const pid = lockHolder(folders.lease);
  const state = readState(folders.state);
  const suspension = readSuspension(folders.suspension);
  return {
    running: pid !== undefined,
    ...(pid === undefined ? {} : { pid }),
    ...(state === undefined ? {} : { state }),
    ...(suspension === undefined ? {} : { suspension }),
    tellings: state === undefined ? [] : tellingsOf(state, settings, suspension, ctx.now()),
    lock: lockPathOf(ctx, settings),
  };
}

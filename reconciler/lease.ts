import { dirname } from "node:path";
import { makeFolder } from "../host/files.ts";
import { acquireLock } from "../host/lock.ts";
import { OmgError } from "../schema/error.ts";
import type { World } from "./world.ts";

export interface Lease {
  release(): void;
}

/**
 * Makes this process the only writer of every scope that it writes itself.
 * @throws OmgError `busy`
 */
export async function takeLeases(world: Pick<World, "scopes">): Promise<readonly Lease[]> {
  const leases: Lease[] = [];
  for (const scope of world.scopes.filter((candidate) => candidate.remote === undefined)) {
    makeFolder(dirname(scope.leasePath));
    const lock = await acquireLock(scope.leasePath);
    if (lock.held) {
      leases.push(lock);
      continue;
    }
    for (const lease of leases) lease.release();
    throw new OmgError({
      code: "busy",
      exit: "busy",
      message: `Another omg is changing this machine: ${lock.by}.`,
      state: "This one changed nothing.",
      hint: "Wait until it is done, then run the command again.",
    });
  }
  return leases;
}

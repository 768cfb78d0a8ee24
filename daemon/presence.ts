import { setTimeout as pause } from "node:timers/promises";
import { acquireLock, type Lock } from "../host/lock.ts";
import { OmgError } from "../schema/error.ts";
import type { Service } from "./serve/service.ts";
import { openWatch } from "./watch.ts";

type Lease = Extract<Lock, { held: true }>;

/** What others find this omgd by: the lock file of its scope, and its sockets. */
export interface Presence {
  /** Makes anew what somebody removed, and says so. @throws OmgError `busy` where another omgd came in this one's place */
  look(): Promise<void>;
  end(): void;
}

interface PresenceOptions {
  readonly lease: Lease;
  readonly leasePath: string;
  readonly service: Service;
  readonly onChange: () => void;
}

export function openPresence({ lease: first, leasePath, service, onChange }: PresenceOptions): Presence {
  let lease = first;
  const watch = openWatch(onChange);
  const paths = [leasePath, ...service.paths];
  watch.set(paths);
  const look = async () => {
    const isGone = !lease.isThere();
    if (isGone) {
      const gone = lease;
      lease = await takeLease(leasePath, "The lock file of this one was removed: it ends, and changed nothing since.");
      gone.release();
      service.tell([{ about: "omgd", tone: "warn", text: `somebody removed ${leasePath}, which is there again` }]);
    }
    // First the lease: who has another's place leaves its sockets alone.
    const isOther = (await service.renew()) || isGone;
    if (!isOther) return;
    // The folder may be another, too.
    watch.set([]);
    watch.set(paths);
  };
  return {
    look: async () => {
      try {
        await look();
      } catch (error) {
        if (!(error instanceof Error) || (error instanceof OmgError && error.code === "busy")) throw error;
        // What cannot be seen or made there is nobody else's either: it goes on without.
        service.tell([{ about: "omgd", tone: "bad", text: `is not found by others: ${error.message}` }]);
      }
    },
    end: () => {
      watch.end();
      lease.release();
    },
  };
}

/** A fetch by hand has it for a moment, too. */
const LEASE_TRIES = 5;

/** Makes this omgd the one of its scope. @throws OmgError `busy` */
export async function takeLease(path: string, state = "This one did nothing."): Promise<Lease> {
  let lock = await acquireLock(path);
  for (let again = 1; !lock.held && again < LEASE_TRIES; again++) {
    await pause(100);
    lock = await acquireLock(path);
  }
  if (lock.held) return lock;
  throw new OmgError({
    code: "busy",
    exit: "busy",
    message: `Another omgd follows already: ${lock.by}.`,
    state,
    hint: "`omg daemon status` shows what it does.",
  });
}

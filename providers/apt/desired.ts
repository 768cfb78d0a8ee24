import { satisfiesRequest } from "../../host/debian-version.ts";
import { unmanagedIn, type WantedRules, wantedIn } from "../../schema/files/wanted.ts";
import type { Desired } from "../../schema/model/desired.ts";
import type { PlatformLock } from "../../schema/model/lock.ts";
import { packageKey, splitKey } from "./package-key.ts";
import { snapshotId } from "./sources/snapshot-time.ts";

const RULES: WantedRules = {
  provider: "apt",
  satisfies: satisfiesRequest,
  attributesOf: ({ hold }) => (hold === undefined ? {} : { hold }),
};

/**
 * What the `apt` section of a lock wants, and its pins. Pure. A pin that no longer answers its request does not count, and is
 * named in the notes. Errors: OmgError `snapshot-invalid`.
 */
export function desiredOf(lock: PlatformLock): Desired {
  const section = lock.packages.apt;
  const native = lock.platform.slice(lock.platform.lastIndexOf("-") + 1);
  const requests = keyed(section?.packages ?? {}, native);
  const pins = keyed(lock.pins.apt ?? {}, native);
  const notes: string[] = [];
  return {
    provider: "apt",
    wanted: wantedIn({ requests, pins }, RULES, notes),
    unmanaged: unmanagedIn(section),
    notes,
    ...(section === undefined && pins.size === 0 ? { silent: true } : {}),
    ...(Object.keys(lock.indexes).length === 0 ? {} : { indexes: lock.indexes }),
    ...(section?.snapshot === undefined ? {} : { settings: { snapshot: snapshotId(section.snapshot) } }),
  };
}

/** A lock may write the machine's own architecture out: `curl:amd64` is `curl` here. */
function keyed<T>(entries: Readonly<Record<string, T>>, native: string): Map<string, T> {
  return new Map(
    Object.entries(entries).map(([key, value]) => {
      if (!key.includes(":")) return [key, value];
      const { name, arch } = splitKey(key, native);
      return [packageKey(name, arch, native), value];
    }),
  );
}

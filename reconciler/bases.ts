import { join } from "node:path";
import { canonical } from "../host/canonical-json.ts";
import { sha256 } from "../host/digest.ts";
import { makeFolder, readIfPresent, writeAtomic } from "../host/files.ts";
import type { Base } from "../schema/model/base.ts";
import type { LockIdentity } from "../schema/model/desired.ts";
import { isRecord, readJson } from "./json-file.ts";

/** What the last generation of each lock wanted, and what omg owns on that lock's behalf. One file a lock. */
export interface Bases {
  read(lock: LockIdentity): Base | undefined;
  write(base: Base): void;
}

export function openBases(folder: string): Bases {
  const path = (lock: LockIdentity) =>
    join(folder, `${lock.name.replace(/[^A-Za-z0-9_-]/g, "_")}-${sha256(canonical(lock)).slice(0, 16)}.json`);
  return {
    read: (lock) => readJson<Base>(readIfPresent(path(lock)), path(lock), (base) => isBaseOf(lock, base)),
    write: (base) => {
      makeFolder(folder);
      writeAtomic(path(base.lock), `${JSON.stringify(base, undefined, 1)}\n`);
    },
  };
}

/** A base that says of itself that it belongs to another lock was put there by somebody. */
function isBaseOf(lock: LockIdentity, base: { readonly [K in keyof Base]?: unknown }): boolean {
  const fits = Number.isInteger(base.generation) && Array.isArray(base.wanted) && isRecord(base.owned);
  return fits && canonical(base.lock ?? null) === canonical(lock);
}

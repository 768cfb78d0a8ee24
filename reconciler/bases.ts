import { join } from "node:path";
import { canonical } from "../host/canonical-json.ts";
import { sha256 } from "../host/digest.ts";
import { makeFolder, readIfPresent, writeAtomic } from "../host/files.ts";
import { listFolder } from "../host/folder.ts";
import type { Base } from "../schema/model/base.ts";
import type { LockIdentity } from "../schema/model/desired.ts";
import { isRecord, readJson } from "./json-file.ts";

/** What the last generation of each lock wanted, and what omg owns on that lock's behalf. One file a lock. */
export interface Bases {
  read(lock: LockIdentity): Base | undefined;
  /** Those of every other lock that was ever applied here. */
  others(lock: LockIdentity): readonly Base[];
  /** Those of every lock that was ever applied here. */
  all(): readonly Base[];
  write(base: Base): void;
}

/** @param mode of the files: what a user's lock wants may be private */
export function openBases(folder: string, mode: number): Bases {
  const nameOf = (lock: LockIdentity) =>
    `${lock.name.replace(/[^A-Za-z0-9_-]/g, "_")}-${sha256(canonical(lock)).slice(0, 16)}.json`;
  const readFile = (name: string) => {
    const path = join(folder, name);
    return readJson<Base>(
      readIfPresent(path),
      path,
      (base) => isBase(base) && nameOf(base.lock as LockIdentity) === name,
    );
  };
  return {
    read: (lock) => readFile(nameOf(lock)),
    others: (lock) =>
      listFolder(folder)
        .filter((name) => name.endsWith(".json") && name !== nameOf(lock))
        .flatMap((name) => readFile(name) ?? []),
    all: () =>
      listFolder(folder)
        .filter((name) => name.endsWith(".json"))
        .flatMap((name) => readFile(name) ?? []),
    write: (base) => {
      makeFolder(folder, mode === 0o600 ? 0o700 : 0o755);
      writeAtomic(join(folder, nameOf(base.lock)), `${JSON.stringify(base, undefined, 1)}\n`, mode);
    },
  };
}

/** The base of a lock that was never applied. */
export function emptyBase(lock: LockIdentity, generation: number): Base {
  return { lock, generation, wanted: [], owned: {} };
}

/** A base that says of itself that it belongs to another lock was put there by somebody. */
function isBase(base: { readonly [K in keyof Base]?: unknown }): boolean {
  return Number.isInteger(base.generation) && Array.isArray(base.wanted) && isRecord(base.owned) && isRecord(base.lock);
}

import { join } from "node:path";
import { digestOf } from "../host/canonical-json.ts";
import { makeFolder, readIfPresent, writeAtomic } from "../host/files.ts";
import type { Base } from "../schema/model/base.ts";
import type { Goal } from "../schema/model/plan.ts";
import type { Transaction } from "../schema/model/transaction.ts";
import { readJson } from "./json-file.ts";
import type { Entry } from "./log.ts";
import type { ScopeWorld } from "./world.ts";

/** What a run is about to make true. On the disk before its intent is in the log, so that a killed run can be finished. */
export interface Pending {
  readonly goal: Goal;
  readonly transactions: readonly Transaction[];
  /** The base as it stands once everything was done. */
  readonly base: Base;
  readonly lockDigest: string;
}

/** @returns the digest that the intent names */
export function writePending(scope: ScopeWorld, pending: Pending): string {
  makeFolder(scope.workspace, 0o700);
  writeAtomic(pathOf(scope), `${JSON.stringify(pending)}\n`, 0o600);
  return digestOf(pending);
}

/** The pending run that this intent names; absent when what lies there belongs to something else. */
export function readPending(scope: ScopeWorld, intent: Entry): Pending | undefined {
  const pending = readJson<Pending>(readIfPresent(pathOf(scope)), pathOf(scope), () => true);
  return pending !== undefined && digestOf(pending) === intent.data.pending ? pending : undefined;
}

function pathOf(scope: ScopeWorld): string {
  return join(scope.workspace, "pending.json");
}

import type { Entry } from "../../reconciler/log.ts";
import type { ScopeWorld } from "../../reconciler/world.ts";
import type { Generation } from "../../schema/model/base.ts";
import type { Scope } from "../../schema/model/resource.ts";
import type { Context } from "../context.ts";
import type { HistoryEntry, HistoryResult } from "../results.ts";
import { readOnlyScope } from "../world.ts";

/** Every generation of both scopes, newest first, and whether their logs are whole. */
export async function history(ctx: Context): Promise<HistoryResult> {
  const scopes = (["system", "user"] as const).map((scope) => readOnlyScope(ctx, scope));
  const entries = scopes.flatMap(entriesOf);
  const logs = scopes
    .map((scope) => [scope.scope, scope.log.verify()] as const)
    .filter(([, verified]) => verified.entries > 0 || verified.broken !== undefined);
  return {
    entries: entries.sort((a, b) => b.time.localeCompare(a.time)),
    log: Object.fromEntries(logs),
  };
}

function entriesOf(scope: Pick<ScopeWorld, "scope" | "log" | "generations">): readonly HistoryEntry[] {
  const intents = new Map(scope.log.entries().map((entry) => [entry.hash, entry]));
  const latest = scope.generations.latest();
  return scope.generations
    .numbers()
    .map((number) => describe(scope.scope, scope.generations.read(number), intents, latest));
}

function describe(
  scope: Scope,
  generation: Generation,
  intents: ReadonlyMap<string, Entry>,
  latest: number,
): HistoryEntry {
  const { number, time, cause, lock, installed, evidence } = generation;
  const resources = Object.values(installed).flatMap((each) => Object.values(each));
  const packages = resources.filter(({ version, value }) => (version ?? value) !== undefined).length;
  return {
    id: `${scope}:${number}`,
    scope,
    number,
    time,
    cause,
    lock,
    packages,
    ...(evidence === undefined ? {} : { evidence }),
    changes: changesOf(intents.get(generation.entry)),
    current: number === latest,
  };
}

function changesOf(intent: Entry | undefined): Readonly<Record<string, number>> {
  const steps = (intent?.data.steps ?? []) as readonly { readonly kind: string }[];
  const counts: Record<string, number> = {};
  for (const { kind } of steps) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

import type { Generation } from "../../schema/model/base.ts";
import type { Address } from "../../schema/model/resource.ts";
import type { Entry } from "../log.ts";
import type { ScopeWorld } from "../world.ts";

/**
 * Digests of everything that a way back to these generations needs: what they name, and what omg's records have of the versions
 * that were installed then (the first generation is older than its records), the bundles that prove how these were built
 * included. Reads the records.
 */
export function neededBy(scope: Pick<ScopeWorld, "records">, kept: readonly Generation[]): ReadonlySet<string> {
  const needed = new Set<string>();
  for (const { artifacts, installed } of kept) {
    for (const sha256 of Object.values(artifacts)) needed.add(sha256);
    for (const [provider, resources] of Object.entries(installed))
      for (const [name, { version }] of Object.entries(resources)) {
        const address: Address = `${provider}.${name}`;
        const record = typeof version === "string" ? scope.records.artifact(address, version) : undefined;
        if (record === undefined) continue;
        needed.add(record.sha256);
        for (const { facts } of record.evidence) if (facts.bundle !== undefined) needed.add(facts.bundle);
      }
  }
  return needed;
}

/** Digests of everything that an interrupted run has still to finish with, or to go back to. Pure. */
export function neededToRecover(intent: Entry | undefined): ReadonlySet<string> {
  const named = [intent?.data.steps, intent?.data.evidence].flatMap((list) => (Array.isArray(list) ? list : []));
  return new Set((named as { readonly sha256?: string }[]).flatMap(({ sha256 }) => sha256 ?? []));
}

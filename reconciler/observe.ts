import type { Observed, Scope } from "../schema/model/resource.ts";
import { providersOf, type World } from "./world.ts";

/** Live state of every provider that takes part, by provider. Reads; changes nothing. */
export async function observe(world: World, scope?: Scope): Promise<ReadonlyMap<string, Observed>> {
  const taking = providersOf(world).filter((entry) => scope === undefined || entry.scope.scope === scope);
  const seen = await Promise.all(taking.map(({ provider }) => provider.observe()));
  return new Map(seen.map((observed) => [observed.provider, observed]));
}

/** What interrupted runs of package managers left behind, in words. */
export function interruptions(observed: ReadonlyMap<string, Observed>): readonly string[] {
  return [...observed.values()].flatMap((one) => one.interrupted);
}

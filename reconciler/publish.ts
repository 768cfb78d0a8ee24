import type { Diff } from "../schema/model/change.ts";
import type { Observed } from "../schema/model/resource.ts";
import { heldAt } from "./held.ts";
import { installedDigest } from "./installed-digest.ts";
import { interruptions } from "./observe.ts";
import type { StatusSnapshot, World } from "./world.ts";

/** Every run that observed says so in the status file, best effort. What could not be counted stays out. */
export function publish(world: World, observed: ReadonlyMap<string, Observed>, diff: Diff): void {
  const held = world.scopes.some((scope) => heldAt(world, scope) !== undefined);
  const open = world.scopes.some((scope) => scope.log.open() !== undefined) || interruptions(observed).length > 0;
  const settled = diff.changes.length === 0 && diff.unreadable.length === 0 && !open;
  world.publish({
    state: held ? "held" : settled ? "in sync" : "drifted",
    counts: sumCounts([...observed.values()].map((one) => one.counts)),
    installed: () => installedDigest(observed.values()),
    ...(diff.unreadable.length === 0 ? { drift: diff.changes.length } : {}),
    generation: Math.max(0, world.scopes[0]?.generations.latest() ?? 0),
  });
}

/** Says that the machine is being changed, or that changing it failed; the numbers are those of the last look. */
export function publishState(
  world: World,
  state: "applying" | "failed",
  observed: ReadonlyMap<string, Observed>,
  generation: number,
): void {
  world.publish({ state, counts: sumCounts([...observed.values()].map((one) => one.counts)), generation });
}

/** A sum in which one part is unknown is unknown. */
function sumCounts(parts: readonly StatusSnapshot["counts"][]): StatusSnapshot["counts"] {
  const names = ["total", "explicit", "orphans", "updates"] as const;
  const sums = names.flatMap((name) => {
    const known = parts.flatMap((part) => part[name] ?? []);
    return known.length === parts.length && parts.length > 0 ? [[name, known.reduce((a, b) => a + b, 0)] as const] : [];
  });
  return Object.fromEntries(sums);
}

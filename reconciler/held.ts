import { OmgError } from "../schema/error.ts";
import type { ScopeWorld, World } from "./world.ts";

/** The generation that a rollback holds a scope at, for as long as the lock is the one that was gone back from. */
export function heldAt({ binding }: Pick<World, "binding">, { bases }: Pick<ScopeWorld, "bases">): number | undefined {
  const held = bases.read(binding.lock)?.held;
  const isSame = held !== undefined && [held.lockDigest, held.tried].includes(binding.lockDigest);
  return isSame ? held.generation : undefined;
}

/** @throws OmgError `held` where a rollback holds any scope */
export function refuseHeld(world: Pick<World, "binding" | "scopes">): void {
  for (const scope of world.scopes) {
    const generation = heldAt(world, scope);
    if (generation === undefined) continue;
    throw new OmgError({
      code: "held",
      exit: "stale",
      message: `A rollback holds this machine at ${scope.scope}:${generation}, and the lock is still the one that was gone back from.`,
      state: "Nothing was changed.",
      hint: "To go forward again, run `omg apply` without --unless-held.",
    });
  }
}

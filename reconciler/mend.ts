import { observe } from "./observe.ts";
import { refuseBusy, repair } from "./recover.ts";
import type { ScopeWorld, World } from "./world.ts";

/** Brings package managers back that somebody else left half done. @throws OmgError `busy`, `repair-failed` */
export async function mend(world: World, scope: ScopeWorld): Promise<void> {
  await refuseBusy(scope);
  await repair(world, scope, await observe(world, undefined, scope.scope), undefined);
}

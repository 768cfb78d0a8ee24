import { rmSync } from "node:fs";
import { observe } from "./observe.ts";
import { freshWorkspace, runOperations } from "./perform.ts";
import { refuseBusy, repair } from "./recover.ts";
import type { ScopeWorld, World } from "./world.ts";

/** Brings package managers back that somebody else left half done. @throws OmgError `busy`, `repair-failed` */
export async function mend(world: World, scope: ScopeWorld): Promise<void> {
  await refuseBusy(scope);
  await repair(world, scope, await observe(world, undefined, scope.scope), undefined);
}

/** Fetches what the package managers know of their sources. @throws OmgError `busy`, `operation-failed` */
export async function refresh(world: World, scope: ScopeWorld): Promise<void> {
  await refuseBusy(scope);
  for (const provider of scope.providers) {
    const operations = (await provider.refresh?.()) ?? [];
    const workspace = freshWorkspace(scope, provider.name);
    await runOperations(world, scope, operations);
    rmSync(workspace, { recursive: true, force: true });
  }
}

import { rmSync } from "node:fs";
import { execute } from "../host/execute.ts";
import { failpoint } from "../host/failpoint.ts";
import { makeFolder } from "../host/files.ts";
import type { Operation, Transaction } from "../schema/model/transaction.ts";
import { workspaceOf } from "./plan.ts";
import type { ScopeWorld, World } from "./world.ts";

/** Runs every provider's operations, each in an empty workspace that is gone afterwards. */
export async function perform(world: World, scope: ScopeWorld, transactions: readonly Transaction[]): Promise<void> {
  for (const provider of scope.providers) {
    const transaction = transactions.find(
      (candidate) => candidate.provider === provider.name && candidate.steps.length > 0,
    );
    if (transaction === undefined) continue;
    const workspace = freshWorkspace(scope, provider.name);
    await runOperations(world, scope, provider.operations(transaction, workspace));
    failpoint("apply.before-cleanup");
    rmSync(workspace, { recursive: true, force: true });
  }
}

export async function runOperations(world: World, scope: ScopeWorld, operations: readonly Operation[]): Promise<void> {
  for (const [index, operation] of operations.entries()) {
    const at = { operation, index, count: operations.length };
    failpoint("apply.before-operation");
    world.emit({ type: "operation", state: "started", ...at });
    await execute(operation, {
      objectPath: scope.store.path,
      onOutput: (line) => world.emit({ type: "output", line }),
      onAlarm: (message) => world.emit({ type: "warning", message }),
    });
    world.emit({ type: "operation", state: "finished", ...at });
    failpoint("apply.after-operation");
  }
}

export function freshWorkspace(scope: ScopeWorld, provider: string): string {
  const workspace = workspaceOf(scope, provider);
  rmSync(workspace, { recursive: true, force: true });
  makeFolder(workspace, 0o755);
  return workspace;
}

import type { Operation, Step } from "../../../schema/model/transaction.ts";
import { qualified } from "../names.ts";

/**
 * Sets the marks that the steps end in: whether a package came along as a dependency, and whether it is held. Set again
 * even where nothing should have changed them, because apt marks what it is named, and forgets a hold that it works over.
 */
export function markOperations(
  steps: readonly Step[],
  configuration: string,
  env: Readonly<Record<string, string>>,
): readonly Operation[] {
  const kept = steps.filter((step) => step.after !== null);
  const groups: readonly (readonly [string, string, readonly Step[]])[] = [
    ["auto", "mark as dependencies", kept.filter((step) => step.after?.auto === true)],
    ["manual", "mark as asked for", kept.filter((step) => step.after?.auto === false)],
    ["unhold", "release holds", kept.filter((step) => step.before?.hold === true && step.after?.hold !== true)],
    ["hold", "hold", kept.filter((step) => step.after?.hold === true)],
  ];
  return groups.flatMap(([verb, label, members]) => {
    if (members.length === 0) return [];
    const args = ["-c", configuration, "-q", verb, ...members.map((step) => qualified(step.name))];
    return [{ type: "exec", label, file: "/usr/bin/apt-mark", args, env, show: false } as const];
  });
}

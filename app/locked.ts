import { OmgError } from "../schema/error.ts";
import type { Desired, Wanted } from "../schema/model/desired.ts";
import type { Plan } from "../schema/model/plan.ts";
import type { Step } from "../schema/model/transaction.ts";

// What `--locked` demands: nothing is asked for, and nothing is installed, but what the lock pins for this platform.

/**
 * Requests without a pin. Pure.
 * @throws OmgError `unpinned`
 */
export function refuseUnpinned(desired: readonly Desired[], platform: string): void {
  const open = desired
    .flatMap((one) => one.wanted)
    .filter((wanted) => wanted.presence === "present" && wanted.request !== undefined && wanted.pin === undefined);
  if (open.length === 0) return;
  throw unpinned(
    `${open.length} ${open.length === 1 ? "request is" : "requests are"} not pinned for ${platform}, and --locked was given.`,
    open.map((wanted) => `${wanted.provider}.${wanted.name}: ${wanted.request ?? "*"}`),
  );
}

/**
 * Versions that a plan would install and no pin names, dependencies included. Pure.
 * @throws OmgError `unpinned`
 */
export function refuseUnpinnedSteps(plan: Pick<Plan, "steps" | "binding">, desired: readonly Desired[]): void {
  const wanted = new Map(desired.flatMap((one) => one.wanted).map((each) => [`${each.provider}.${each.name}`, each]));
  const open = plan.steps.filter((step) => installs(step) && !isPinned(step, wanted.get(step.address)));
  if (open.length === 0) return;
  throw unpinned(
    `The plan would install ${open.length} ${open.length === 1 ? "version that is" : "versions that are"} not pinned for ${plan.binding.platform}, and --locked was given.`,
    open.map((step) => `${step.address}: ${String(step.after?.version)}`),
  );
}

function installs(step: Step): boolean {
  return step.kind !== "modify" && step.after?.version !== undefined;
}

function isPinned(step: Step, wanted: Wanted | undefined): boolean {
  return wanted?.pin !== undefined && wanted.pin.version === step.after?.version;
}

function unpinned(message: string, details: readonly string[]): OmgError {
  return new OmgError({
    code: "unpinned",
    exit: "invalid",
    message,
    state: "Nothing was changed.",
    hint: "`omg lock` pins them.",
    details,
  });
}

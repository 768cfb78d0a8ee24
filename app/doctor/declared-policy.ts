import { waiverState } from "../../policy/index.ts";
import type { Finding } from "../../schema/model/finding.ts";
import type { PlatformLock } from "../../schema/model/lock.ts";
import type { Context } from "../context.ts";
import { heldNote, policiesOf, readPolicies } from "../policies.ts";

/** The policies that count here: beside the lock at `path`, whether that can be read or not. Errors: those of reading them. */
export async function policyFinding(
  ctx: Context,
  path: string | undefined,
  lock: PlatformLock | undefined,
): Promise<Finding> {
  const judging = lock === undefined ? undefined : await policiesOf(ctx, lock);
  const { machine, repository } = judging?.policies ?? (await readPolicies(ctx, path));
  const [held] = judging === undefined ? [] : heldNote(judging);
  if (held !== undefined) return { check: "policy", level: "warn", found: held, next: "omg policy accept" };
  const expired = [...(machine?.waivers ?? []), ...(repository?.waivers ?? [])].filter(
    ({ value }) => waiverState(value, false, ctx.now()) === "expired",
  );
  if (expired.length === 0)
    return { check: "policy", level: "ok", found: "Every rule of the policies here is one that this build holds." };
  const places = expired.map(({ value, file, line }) => `${value.rule} of ${value.package} (${file}:${line ?? 1})`);
  return {
    check: "policy",
    level: "warn",
    found: `Waivers that have ended lift nothing any more: ${places.join(", ")}.`,
    next: "take them out, or give them another day",
  };
}

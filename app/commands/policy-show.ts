import { dirname, join } from "node:path";
import { pathsFor } from "../../host/paths.ts";
import { BUILT_IN_POLICY, rulebook, shownRules } from "../../policy/index.ts";
import type { Context, Selection } from "../context.ts";
import { findLock } from "../lock-file.ts";
import { type HeldPolicies, readPolicies } from "../policies.ts";
import { policiesInReach } from "../policies-in-reach.ts";
import type { PolicyShowResult } from "../policy-results.ts";
import { waiverUses } from "./policy-check.ts";

/** Every rule that counts here, with the place that it comes from. Without a lock, the machine's alone. */
export async function policyShow(ctx: Context, selection: Selection): Promise<PolicyShowResult> {
  const lockPath = findLock(ctx, selection);
  const found: Pick<HeldPolicies, "policies" | "held"> =
    lockPath === undefined ? { policies: await readPolicies(ctx, undefined) } : await policiesInReach(ctx, selection);
  const { policies, held } = found;
  const machine = join(pathsFor("system", ctx).config, "policy.toml");
  const beside = lockPath === undefined ? machine : join(dirname(lockPath), "policy.toml");
  const book = rulebook({ builtIn: BUILT_IN_POLICY, ...policies });
  return {
    files: [
      { role: "machine", path: machine, there: policies.machine !== undefined },
      ...(beside === machine
        ? []
        : [{ role: "repository" as const, path: beside, there: policies.repository !== undefined }]),
    ],
    rules: shownRules({ builtIn: BUILT_IN_POLICY, ...policies }),
    waivers: waiverUses(policies, { waived: [] }, ctx.now()),
    loosenings: held?.loosenings ?? [],
    digest: book.digest,
  };
}

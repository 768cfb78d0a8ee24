import { resolve } from "node:path";
import { canonical } from "../../host/canonical-json.ts";
import type { Request } from "../../reconciler/world.ts";
import { OmgError } from "../../schema/error.ts";
import type { Evidence } from "../../schema/model/artifact.ts";
import type { Plan } from "../../schema/model/plan.ts";
import { offerAcceptance } from "../accepting.ts";
import { asking, carryOut } from "../carry-out.ts";
import type { Context, Selection } from "../context.ts";
import { refreshShims } from "../here/shims.ts";
import { keepForTeammates } from "../peers/nearby.ts";
import { planDocument, withoutSecrets } from "../plan-document.ts";
import type { ApplyResult } from "../results.ts";
import { prepare } from "../run.ts";
import { readPlanFile } from "../saved-plan.ts";

export interface ApplyOptions extends Selection {
  /** A plan that `omg plan --out` kept: only exactly that is applied. */
  readonly planFile?: string;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly locked?: boolean;
  readonly allowDowngrades?: boolean;
  /** Called once lock and policies have been read: what happens to the files then is of no account. */
  readonly onRead?: () => void;
  /** Not while a rollback holds the machine. */
  readonly unlessHeld?: boolean;
}

/** Makes the machine what the lock says, or shows the operations that would. */
export async function apply(ctx: Context, options: ApplyOptions): Promise<ApplyResult> {
  const saved = options.planFile === undefined ? undefined : readSavedPlan(resolve(ctx.cwd, options.planFile));
  const allowDowngrades = options.allowDowngrades ?? saved?.downgrades ?? false;
  if (asks(options)) await offerAcceptance(ctx, options);
  const { world, admit, judging } = await prepare(ctx, options);
  options.onRead?.();
  const agree =
    saved === undefined ? asking(ctx, options.yes ?? false) : async (plan: Plan) => refuseStale(plan, saved);
  const request: Request = {
    goal: { type: "lock" },
    until: options.dryRun === true ? "operations" : "end",
    allowDowngrades,
    unlessHeld: options.unlessHeld ?? false,
    consent: async (plan) => {
      admit(plan);
      await agree(plan);
      await judging.remember();
    },
  };
  const result = await carryOut(world, request);
  if (result.outcome !== "shown") {
    refreshShims(ctx);
    await keepForTeammates(ctx, world);
  }
  if (result.outcome === "shown") admit(result.plan);
  if (saved !== undefined && result.outcome === "shown") refuseStale(result.plan, saved);
  return result;
}

/** Whoever gave their consent beforehand consented to a plan, not to another policy. */
function asks({ planFile, yes, dryRun }: ApplyOptions): boolean {
  return planFile === undefined && yes !== true && dryRun !== true;
}

interface SavedPlan {
  readonly path: string;
  /** As `comparable` has it. */
  readonly content: string;
  readonly downgrades: boolean;
}

/** A saved plan is never executed: it is only compared with the plan that is made now. */
function readSavedPlan(path: string): SavedPlan {
  const parsed = readPlanFile(path);
  const steps = (parsed.omg as { readonly steps?: readonly { readonly kind?: unknown }[] } | undefined)?.steps ?? [];
  return {
    path,
    content: comparable(parsed),
    downgrades: Array.isArray(steps) && steps.some((step) => step.kind === "downgrade"),
  };
}

/**
 * Canonical form without what changes while the plan stays the same: its time, and whether the bytes lie in the store already.
 * Everything else is compared, also what is only there to be read: somebody agreed because of it. Secrets are not in the file; that
 * none of them changed since, the digest of the lock says.
 */
function comparable(plan: Readonly<Record<string, unknown>>): string {
  const omg = plan.omg as { readonly verdict?: { readonly judgements?: unknown } } | undefined;
  const judged = omg?.verdict?.judgements;
  const verdict = { ...omg?.verdict, judgements: Array.isArray(judged) ? judged.map(withoutArrival) : judged };
  return canonical(withoutSecrets({ ...plan, timestamp: undefined, omg: { ...omg, verdict } }));
}

function withoutArrival(judgement: { readonly evidence?: unknown } | null): unknown {
  if (!Array.isArray(judgement?.evidence)) return judgement;
  const arrived = ({ check, verdict }: Partial<Evidence>) =>
    check === "checksum" && (verdict === "pending" || verdict === "pass");
  return {
    ...judgement,
    evidence: judgement.evidence.filter((piece: Partial<Evidence> | null) => piece === null || !arrived(piece)),
  };
}

function refuseStale(plan: Plan, saved: SavedPlan): void {
  if (comparable(JSON.parse(JSON.stringify(planDocument(plan))) as Readonly<Record<string, unknown>>) === saved.content)
    return;
  throw new OmgError({
    code: "plan-stale",
    exit: "stale",
    message: `${saved.path} is not the plan that would be made now: the lock, a policy, the sources or the machine have changed since, or the file was edited.`,
    state: "Nothing was changed.",
    hint: "Make a new one with the same options: `omg plan --out FILE`.",
  });
}

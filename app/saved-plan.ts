import { errnoOf } from "../host/disk.ts";
import { readRegular } from "../host/files.ts";
import { OmgError } from "../schema/error.ts";
import type { Artifact, Judgement } from "../schema/model/artifact.ts";
import type { Step, Transaction } from "../schema/model/transaction.ts";

const MAX_PLAN_BYTES = 64 * 1024 * 1024;

/** The JSON of a file that `omg plan --out` wrote. @throws OmgError `plan-invalid` */
export function readPlanFile(path: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(readRegular(path, MAX_PLAN_BYTES).toString("utf8"));
    if (typeof value === "object" && value !== null) return value as Readonly<Record<string, unknown>>;
  } catch (cause) {
    throw invalidPlan(path, cause);
  }
  throw invalidPlan(path, undefined);
}

/** What a saved plan says of itself, as far as policy asks. None of it was verified by whoever reads it. */
export interface SavedPlan {
  readonly name: string;
  readonly platform: string;
  /** RFC 3339, UTC: when it was made. */
  readonly time: string;
  readonly transactions: readonly Transaction[];
  /** Grades are not read: they follow from the evidence. */
  readonly judgements: readonly Omit<Judgement, "grade">[];
}

/** Reads a plan for judging it, never for carrying it out. @throws OmgError `plan-invalid` */
export async function readSavedPlan(path: string): Promise<SavedPlan> {
  const { planSchema } = await import("../schema/files/plan-schema.ts");
  const parsed = planSchema.safeParse(readPlanFile(path));
  if (!parsed.success) throw invalidPlan(path, parsed.error);
  const { omg, resource_changes: changes, timestamp } = parsed.data;
  const facts = new Map(omg.steps.map((step) => [step.address, step]));
  const steps = changes.map(({ address, type, name, change }): Step => {
    const step = facts.get(address);
    if (step === undefined) throw invalidPlan(path, undefined);
    const { kind, cause, because, sha256, protected_by: protectedBy, undo } = step;
    return {
      ...{ address, provider: type, name, kind, cause, before: change.before, after: change.after },
      ...(because === undefined ? {} : { because }),
      ...(sha256 === undefined ? {} : { sha256 }),
      ...(protectedBy === undefined ? {} : { protectedBy }),
      undo: undo.possible ? { possible: true } : { possible: false, reason: undo.reason ?? "" },
    };
  });
  if (steps.length !== omg.steps.length) throw invalidPlan(path, undefined);
  const artifacts = omg.artifacts.map((artifact): Artifact => {
    const { size, ...rest } = artifact;
    return {
      ...rest,
      ...(size === undefined ? {} : { size }),
      name: artifact.address.slice(artifact.address.indexOf(".") + 1),
      urls: [],
      chain: { type: "recorded", evidence: [] },
    };
  });
  return {
    name: omg.binding.lock.name,
    platform: omg.platform,
    time: timestamp,
    transactions: [{ provider: "", steps, artifacts, problems: [], notes: [] }],
    judgements: omg.verdict.judgements.map(({ address, sha256, evidence }) => ({ address, sha256, evidence })),
  };
}

function invalidPlan(path: string, cause: unknown): OmgError {
  const missing = errnoOf(cause) === "ENOENT";
  const unread = cause instanceof OmgError ? cause.message : `${path} is not a plan that omg wrote.`;
  return new OmgError({
    code: "plan-invalid",
    exit: "error",
    message: missing ? `There is no plan file ${path}.` : unread,
    state: "Nothing was changed.",
    hint: "`omg plan --out FILE` writes one.",
    cause,
  });
}

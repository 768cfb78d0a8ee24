import type { Artifact, BuildChain, Evidence, Grade, Verdict, Violation, Waived } from "../model/artifact.ts";
import type { Cause, Drift, Kind } from "../model/change.ts";
import type { Goal, Plan } from "../model/plan.ts";
import type { Address, Attributes } from "../model/resource.ts";
import type { ProblemCode, Step } from "../model/transaction.ts";

/**
 * A plan as `omg plan --json` prints it and `--out` saves it. The members beside `omg` are those of Terraform's plan
 * representation ("JSON Output Format" in its documentation) and mean the same; see docs/plan-json.md.
 */
export interface PlanJson {
  readonly format_version: "1.0";
  readonly resource_drift: readonly ResourceChangeJson[];
  readonly resource_changes: readonly ResourceChangeJson[];
  /** RFC 3339, UTC. The only member that differs between two runs that would do the same. */
  readonly timestamp: string;
  readonly applyable: boolean;
  readonly complete: boolean;
  readonly errored: boolean;
  readonly omg: OmgPlanJson;
}

/** Terraform's actions; a replacement is `["delete", "create"]`. */
export type ActionsJson =
  | readonly ["create"]
  | readonly ["update"]
  | readonly ["delete"]
  | readonly ["delete", "create"];

export interface ResourceChangeJson {
  readonly address: Address;
  readonly mode: "managed";
  readonly type: string;
  readonly name: string;
  readonly provider_name: string;
  readonly change: {
    readonly actions: ActionsJson;
    readonly before: Attributes | null;
    readonly after: Attributes | null;
    /** `true` for each attribute that only applying will tell. */
    readonly after_unknown: Readonly<Record<string, true>>;
  };
  readonly action_reason?: "delete_because_no_resource_config" | "replace_because_tainted";
}

/** What Terraform has no member for. */
export interface OmgPlanJson {
  readonly goal: Goal;
  readonly platform: string;
  readonly digest: string;
  readonly binding: BindingJson;
  readonly steps: readonly StepJson[];
  readonly artifacts: readonly ArtifactJson[];
  readonly problems: readonly {
    readonly code: ProblemCode;
    readonly address: Address;
    readonly message: string;
    readonly hint: string;
  }[];
  readonly verdict: VerdictJson;
  readonly satisfied: number;
  readonly ahead: readonly { readonly address: Address; readonly installed: string; readonly pinned: string }[];
  readonly unmanaged: readonly Address[];
  readonly foreign: readonly Address[];
  readonly unpinned: readonly Address[];
  readonly unreadable: readonly { readonly address: Address; readonly reason: string }[];
  readonly notes: readonly string[];
}

export interface BindingJson {
  readonly lock: { readonly name: string; readonly repository: string };
  readonly lock_digest: string;
  readonly commit?: string;
  readonly policies: Readonly<Record<string, string>>;
  readonly providers: Readonly<Record<string, string>>;
}

export interface StepJson {
  readonly address: Address;
  readonly kind: Kind;
  readonly cause: Cause;
  readonly because?: Address;
  readonly sha256?: string;
  readonly protected_by?: string;
  readonly undo: { readonly possible: boolean; readonly reason?: string };
}

export interface ArtifactJson {
  readonly address: Address;
  readonly version: string;
  readonly arch: string;
  readonly role: Artifact["role"];
  readonly sha256: string;
  readonly size?: number;
  readonly origin: string;
  readonly filename: string;
  /** Of what is built from sources. `not yet`: `sha256` is a digest of what it will be built from. */
  readonly build?: Pick<BuildChain, "built" | "base" | "commit">;
}

export interface VerdictJson {
  readonly policy: string;
  readonly judgements: readonly {
    readonly address: Address;
    readonly sha256: string;
    readonly grade: Grade;
    readonly evidence: readonly Evidence[];
  }[];
  readonly violations: readonly ViolationJson[];
  readonly warnings: readonly ViolationJson[];
  readonly waived: readonly WaivedJson[];
}

export interface ViolationJson {
  readonly address: Address;
  readonly rule: string;
  readonly file: string;
  readonly line?: number;
  readonly message: string;
  readonly remedy: string;
  readonly ids?: readonly string[];
}

/** A violation, and the waiver that lifts it. */
export interface WaivedJson extends ViolationJson {
  readonly waiver: {
    readonly id?: string;
    readonly package: string;
    readonly reason: string;
    readonly owner: string;
    readonly expires: string;
    readonly file: string;
    readonly line?: number;
  };
}

/** The plan as JSON data. Pure, and in one order: plans that do the same differ in `timestamp` at most. */
export function planJson(plan: Plan): PlanJson {
  const { problems, verdict, diff } = plan;
  return {
    format_version: "1.0",
    resource_drift: sorted(diff.drift, addressOf).map(driftJson),
    resource_changes: plan.steps.map(changeJson),
    timestamp: plan.time,
    applyable: plan.steps.length > 0 && problems.length === 0 && verdict.violations.length === 0,
    complete: problems.length === 0 && diff.unreadable.length === 0,
    errored: problems.length > 0,
    omg: omgJson(plan),
  };
}

function changeJson(step: Step): ResourceChangeJson {
  const reason = reasonOf(step);
  return {
    ...identity(step.address, step.provider, step.name),
    change: {
      actions: ACTIONS[step.kind],
      before: attributesJson(step.before),
      after: attributesJson(step.after),
      after_unknown: unknownJson(step),
    },
    ...(reason === undefined ? {} : { action_reason: reason }),
  };
}

const ACTIONS: Readonly<Record<Kind, ActionsJson>> = {
  install: ["create"],
  upgrade: ["update"],
  downgrade: ["update"],
  modify: ["update"],
  reinstall: ["delete", "create"],
  remove: ["delete"],
  purge: ["delete"],
};

function reasonOf(step: Step): ResourceChangeJson["action_reason"] {
  if (step.cause === "left" || step.cause === "unmanaged") return "delete_because_no_resource_config";
  return step.kind === "reinstall" ? "replace_because_tainted" : undefined;
}

/** An artifact brings a version; where the step cannot say which, only the bytes will. */
function unknownJson(step: Step): Readonly<Record<string, true>> {
  return step.sha256 !== undefined && step.after !== null && step.after.version === undefined ? { version: true } : {};
}

function driftJson({ address, before, after }: Drift): ResourceChangeJson {
  const dot = address.indexOf(".");
  return {
    ...identity(address, address.slice(0, dot), address.slice(dot + 1)),
    change: {
      actions: before === null ? ["create"] : after === null ? ["delete"] : ["update"],
      before: attributesJson(before),
      after: attributesJson(after),
      after_unknown: {},
    },
  };
}

function identity(
  address: Address,
  provider: string,
  name: string,
): Pick<ResourceChangeJson, "address" | "mode" | "type" | "name" | "provider_name"> {
  return { address, mode: "managed", type: provider, name, provider_name: provider };
}

function omgJson(plan: Plan): OmgPlanJson {
  const { diff, binding } = plan;
  const artifacts = plan.transactions.flatMap((transaction) => transaction.artifacts);
  return {
    goal: goalJson(plan.goal),
    platform: binding.platform,
    digest: plan.digest,
    binding: {
      lock: { name: binding.lock.name, repository: binding.lock.repository },
      lock_digest: binding.lockDigest,
      ...given("commit", binding.commit),
      policies: byKey(binding.policies),
      providers: byKey(binding.providers),
    },
    steps: plan.steps.map(stepJson),
    artifacts: sorted(artifacts, (each) => `${each.address} ${each.role} ${each.sha256}`).map(artifactJson),
    problems: plan.problems.map(({ code, address, message, hint }) => ({ code, address, message, hint })),
    verdict: verdictJson(plan.verdict),
    satisfied: diff.satisfied,
    ahead: sorted(diff.ahead, addressOf).map(({ address, installed, pinned }) => ({ address, installed, pinned })),
    unmanaged: sorted(diff.unmanaged, String),
    foreign: sorted(diff.foreign, String),
    unpinned: sorted(diff.unpinned, String),
    unreadable: sorted(diff.unreadable, addressOf).map(({ address, reason }) => ({ address, reason })),
    notes: [...plan.notes],
  };
}

function goalJson(goal: Goal): Goal {
  return goal.type === "lock" ? { type: "lock" } : { type: "generation", scope: goal.scope, number: goal.number };
}

function stepJson({ address, kind, cause, because, sha256, protectedBy, undo }: Step): StepJson {
  return {
    address,
    kind,
    cause,
    ...given("because", because),
    ...given("sha256", sha256),
    ...given("protected_by", protectedBy),
    undo: undo.possible ? { possible: true } : { possible: false, reason: undo.reason },
  };
}

function artifactJson(artifact: Artifact): ArtifactJson {
  const { address, version, arch, role, sha256, size, origin, filename, chain } = artifact;
  const build = chain.type === "build" ? { built: chain.built, base: chain.base, commit: chain.commit } : undefined;
  return { address, version, arch, role, sha256, ...given("size", size), origin, filename, ...given("build", build) };
}

export function verdictJson({ policy, judgements, violations, warnings, waived }: Verdict): VerdictJson {
  return {
    policy,
    judgements: sorted(judgements, (each) => `${each.address} ${each.sha256}`).map(
      ({ address, sha256, grade, evidence }) => ({
        address,
        sha256,
        grade,
        evidence: evidence.map(({ check, verdict, code, detail, facts, vulnerabilities }) => ({
          check,
          verdict,
          code,
          detail,
          facts: byKey(facts),
          ...given("vulnerabilities", vulnerabilities),
        })),
      }),
    ),
    violations: violations.map(violationJson),
    warnings: warnings.map(violationJson),
    waived: waived.map(waivedJson),
  };
}

function violationJson({ address, rule, file, line, message, remedy, ids }: Violation): ViolationJson {
  return { address, rule, file, ...given("line", line), message, remedy, ...given("ids", ids) };
}

function waivedJson({ violation, waiver, file, line }: Waived): WaivedJson {
  const { id, package: name, reason, owner, expires } = waiver;
  return {
    ...violationJson(violation),
    waiver: { ...given("id", id), package: name, reason, owner, expires, file, ...given("line", line) },
  };
}

/** A member that is left out where it has no value. */
function given<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]: V });
}

function attributesJson(attributes: Attributes | null): Attributes | null {
  return attributes === null ? null : byKey(attributes);
}

function byKey<V>(record: Readonly<Record<string, V>>): Readonly<Record<string, V>> {
  return Object.fromEntries(sorted(Object.entries(record), ([key]) => key));
}

function addressOf(each: { readonly address: Address }): string {
  return each.address;
}

/** By code units: the same order in every language. */
function sorted<T>(list: readonly T[], key: (item: T) => string): T[] {
  return list.toSorted((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
}

import { digestOf } from "../host/canonical-json.ts";
import type { Judgement, Verdict, Violation } from "../schema/model/artifact.ts";
import type { Policies, PolicyFile, PolicyMode } from "../schema/model/policy.ts";
import type { Transaction } from "../schema/model/transaction.ts";
import { type EffectivePolicy, effectivePolicy } from "./effective.ts";
import { evaluate } from "./evaluate.ts";
import { inMode, rulesIn } from "./modes.ts";
import { type Settled, settle, waiversFor } from "./waivers.ts";

export type Decision = Omit<Verdict, "judgements">;

/** All that a run is held to, made ready once. */
export interface Rulebook {
  /** What must be satisfied. */
  readonly enforced: EffectivePolicy;
  /** What is told where it is not. */
  readonly warned: EffectivePolicy;
  /** Hex SHA-256 over the values of both and of the waivers, whichever files they came from. */
  readonly digest: string;
  /** What the judgements add up to. Pure: the time comes in, and evidence was found before. */
  decide(transactions: readonly Transaction[], judgements: readonly Judgement[], now: Date): Decision;
  /** The same of whatever `judge` says that one effective policy refuses: modes and waivers count as everywhere. Pure. */
  decideBy(judge: (policy: EffectivePolicy) => readonly Violation[], now: Date): Decision;
}

/**
 * Modes and waivers stand around the rules, which know nothing of them: each mode has an effective policy of its own, and what
 * breaks the enforced one is then held against the waivers. A warning that is a violation as well is not said twice.
 */
export function rulebook(policies: Policies): Rulebook {
  const enforced = effectivePolicy(partOf(policies, "enforce"));
  const warned = effectivePolicy(partOf(policies, "warn"));
  const warns = filesOf(policies).some((file) => rulesIn(inMode(file, "warn")).length > 0);
  const waivers = filesOf(policies).some(({ waivers: placed = [] }) => placed.length > 0);
  const digest = digestWith(enforced, warns ? warned : undefined, policies);
  const decideBy: Rulebook["decideBy"] = (judge, now) => {
    const held = (of: Policies, policy: EffectivePolicy): Settled =>
      waivers ? withWaivers(policies, of, policy, judge, now) : { violations: judge(policy), waived: [] };
    const { violations, waived } = held(partOf(policies, "enforce"), enforced);
    const told = warns ? held(partOf(policies, "warn"), warned).violations : [];
    const warnings = told.filter((warning) => !isBuiltIn(warning) && !violations.some(isSameAs(warning)));
    return { violations: violations.map(withAccept(policies)), warnings, waived, policy: digest };
  };
  return {
    enforced,
    warned,
    digest,
    decide: (transactions, judgements, now) =>
      decideBy((policy) => evaluate(policy, transactions, judgements, now), now),
    decideBy,
  };
}

/**
 * The strictest rule hides laxer ones of other files, and a waiver that lifts it must not lift those: each file is judged by
 * itself as well, and what was hidden comes out.
 */
function withWaivers(
  all: Policies,
  part: Policies,
  policy: EffectivePolicy,
  judge: (policy: EffectivePolicy) => readonly Violation[],
  now: Date,
): Settled {
  const waiversOf = waiversFor(all);
  const first = settle(judge(policy), waiversOf, now);
  if (first.waived.length === 0) return first;
  const alone = filesOf(part).map((file) => judge(effectivePolicy({ builtIn: {}, repository: file })));
  const hidden = settle(
    alone.flat().filter((violation) => !isBuiltIn(violation)),
    waiversOf,
    now,
  );
  const violations = [...first.violations];
  for (const each of hidden.violations) if (!violations.some(isSameAs(each))) violations.push(each);
  const waived = [...first.waived];
  for (const each of hidden.waived)
    if (!waived.some(({ violation, waiver }) => waiver === each.waiver && isSameAs(violation)(each.violation)))
      waived.push(each);
  return { violations, waived };
}

function filesOf({ machine, repository, earlier = [] }: Policies): readonly PolicyFile[] {
  return [machine, repository, ...earlier].filter((file) => file !== undefined);
}

/** Built-in demands have no mode: they are in force, and nothing warns of them. */
function partOf({ builtIn, machine, repository, earlier }: Policies, mode: PolicyMode): Policies {
  return {
    builtIn: mode === "enforce" ? builtIn : {},
    ...(machine === undefined ? {} : { machine: inMode(machine, mode) }),
    ...(repository === undefined ? {} : { repository: inMode(repository, mode) }),
    ...(earlier === undefined ? {} : { earlier: earlier.map((file) => inMode(file, mode)) }),
  };
}

function isBuiltIn({ file }: Violation): boolean {
  return file === "built-in";
}

function isSameAs(violation: Violation): (other: Violation) => boolean {
  const about = ({ address, rule, ids = [] }: Violation) => JSON.stringify([address, rule, ids]);
  return (other) => about(other) === about(violation);
}

/** What only the repository's earlier policy refuses could be had by accepting the looser one. */
function withAccept({ earlier = [] }: Policies): (violation: Violation) => Violation {
  const places = new Set(earlier.flatMap((file) => rulesIn(file).map(({ rule }) => rule.file)));
  return (violation) =>
    places.has(violation.file)
      ? {
          ...violation,
          remedy: `${violation.remedy} Or accept on this machine what the policy.toml asks for now: \`omg policy accept\`.`,
        }
      : violation;
}

function digestWith(enforced: EffectivePolicy, warned: EffectivePolicy | undefined, policies: Policies): string {
  const waivers = [policies.machine, policies.repository, ...(policies.earlier ?? [])].map((file) =>
    (file?.waivers ?? []).map(({ value }) => value),
  );
  if (warned === undefined && waivers.every((placed) => placed.length === 0)) return enforced.digest;
  return digestOf({ enforced: enforced.digest, warned: warned?.digest, waivers });
}

import { globMatches } from "../../schema/files/glob.ts";
import type { Artifact, Judgement, Violation } from "../../schema/model/artifact.ts";
import type { Kind } from "../../schema/model/change.ts";
import type { Rule } from "../../schema/model/policy.ts";
import type { Step } from "../../schema/model/transaction.ts";
import type { EffectivePolicy } from "../effective.ts";

/** A step that brings a version of something to the machine, with what is known about its bytes. */
export interface Arrival {
  readonly step: Step;
  /** Absent when the transaction names no bytes for it. */
  readonly artifact?: Artifact;
  readonly judgement?: Judgement;
}

/** What every rule is asked about: the whole transaction set at once, so that all violations are found in one go. */
export interface RuleContext {
  readonly policy: EffectivePolicy;
  readonly steps: readonly Step[];
  readonly arrivals: readonly Arrival[];
  /** The time of the run. */
  readonly now: Date;
}

const ARRIVING: readonly Kind[] = ["install", "upgrade", "downgrade", "reinstall"];

/** Whether a step puts a version of something on the machine. Values and marks have no version and no bytes. */
export function arrives(step: Step): boolean {
  return ARRIVING.includes(step.kind) && typeof step.after?.version === "string";
}

/** `curl 7.88.1-10 from debian` */
export function describeArrival({ step, artifact }: Arrival): string {
  const origin = artifact === undefined ? "" : ` from ${artifact.origin}`;
  return `${step.name} ${String(step.after?.version)}${origin}`;
}

/** Whether some pattern covers the resource, by its name or by its address. */
export function covers(patterns: readonly string[], { name, address }: Pick<Step, "name" | "address">): boolean {
  return patterns.some((pattern) => globMatches(pattern, name) || coversAddress(pattern, address));
}

/** Part by part, so that `a*` is about names alone, and not about all that apt has. */
function coversAddress(pattern: string, address: string): boolean {
  const [, provider, name] = /^([^.]+)\.(.*)$/s.exec(pattern) ?? [];
  const dot = address.indexOf(".");
  if (provider === undefined || name === undefined) return false;
  return globMatches(provider, address.slice(0, dot)) && globMatches(name, address.slice(dot + 1));
}

/** What would satisfy a rule that something of this name must not come. */
export function cut({ step }: Arrival): string {
  return step.because === undefined
    ? "Take it out of the lock."
    : `Take ${step.because}, which needs it, out of the lock.`;
}

/** What breaks a rule about one thing that would be installed. */
export function refusal(name: string, rule: Rule<unknown>, arrival: Arrival, why: string, remedy: string): Violation {
  return {
    address: arrival.step.address,
    rule: name,
    file: rule.file,
    ...(rule.line === undefined ? {} : { line: rule.line }),
    message: `${describeArrival(arrival)}: ${why}`,
    remedy,
  };
}

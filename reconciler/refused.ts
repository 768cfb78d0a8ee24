import { OmgError } from "../schema/error.ts";
import type { Verdict, Violation } from "../schema/model/artifact.ts";
import { summaryOf } from "./evidence.ts";
import { note } from "./note.ts";
import type { ScopeWorld, World } from "./world.ts";

/** Reasons that a line names; a lock can have any number of them. */
const MOST_REASONS = 50;
/** Refusals for others that root writes down within a day: whoever may ask omg-root must not be able to fill its disk with them. */
const MOST_FOR_OTHERS = 20;
const DAY_MS = 24 * 3600 * 1000;

/**
 * Lets a plan through that policy has nothing against. Otherwise the refusal is written down, in the log of the scope it is about as
 * far as this process writes that, and thrown.
 * @throws OmgError `refused` with every violation
 */
export function decide(world: World, verdict: Verdict): void {
  const { violations } = verdict;
  if (violations.length === 0) return;
  for (const scope of concerned(world, violations)) {
    if (world.forOthers === true && written(world, scope) >= MOST_FOR_OTHERS) continue;
    try {
      note(world, scope, "apply.refused", world.binding.lock.name, refusal(world, verdict));
    } catch (cause) {
      // Nothing is done either way, and why it is refused is what counts.
      const why = cause instanceof Error ? cause.message : String(cause);
      world.emit({ type: "warning", message: `The refusal could not be written to the log: ${why}` });
    }
  }
  refuseViolations(violations);
}

/** A plain user's run writes its own log only: what it may not do to the system stands there. */
function concerned({ scopes }: World, violations: readonly Violation[]): readonly ScopeWorld[] {
  const own = scopes.filter(({ remote }) => remote === undefined);
  const named = own.filter(({ providers }) =>
    providers.some(({ name }) => violations.some(({ address }) => address.startsWith(`${name}.`))),
  );
  return named.length > 0 ? named : own.slice(0, 1);
}

function written({ now }: World, { log }: ScopeWorld): number {
  const since = now().getTime() - DAY_MS;
  return log.recent().filter(({ event, time }) => event === "apply.refused" && Date.parse(time) >= since).length;
}

function refusal({ binding }: World, { violations, judgements, policy }: Verdict): Readonly<Record<string, unknown>> {
  const named = violations.slice(0, MOST_REASONS);
  const about = new Set(named.map(({ address }) => address));
  return {
    lock: binding.lock,
    lockDigest: binding.lockDigest,
    commit: binding.commit,
    policy,
    reasons: named.map(({ address, rule, file, line, message }) => ({
      address: short(address),
      rule,
      file,
      line,
      message: short(message),
    })),
    ...(violations.length > named.length ? { more: violations.length - named.length } : {}),
    evidence: judgements
      .filter(({ address }) => about.has(address))
      .slice(0, MOST_REASONS)
      .map(summaryOf),
  };
}

const LONGEST = 500;

function short(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

function refuseViolations(violations: readonly Violation[]): void {
  if (violations.length === 0) return;
  throw new OmgError({
    code: "refused",
    exit: "refused",
    message:
      violations.length === 1
        ? "Policy refuses this plan."
        : `Policy refuses this plan, for ${violations.length} reasons.`,
    state: "Nothing was changed.",
    details: violations.map(
      ({ address, rule, file, line, message, remedy }) =>
        `${address}: ${message} [${rule}, ${file}${line === undefined ? "" : `:${line}`}] ${remedy}`,
    ),
  });
}

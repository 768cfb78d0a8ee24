import type { Artifact, Evidence, Grade, Judgement } from "../schema/model/artifact.ts";
import type { Policies } from "../schema/model/policy.ts";
import type { Address } from "../schema/model/resource.ts";
import type { Step, Transaction } from "../schema/model/transaction.ts";
import { rulebook } from "./decide.ts";
import { grade } from "./grade.ts";

/** One package in a situation, and what is known of its bytes. */
export interface Situation {
  readonly address: Address;
  readonly version: string;
  readonly origin: string;
  readonly kind: Step["kind"];
  /** Whether a rollback could bring back what is there. */
  readonly undo: boolean;
  readonly evidence: readonly Evidence[];
}

/** What a policy makes of a situation. */
export interface Outcome {
  readonly verdict: "allowed" | "warned" | "waived" | "refused";
  /** Absent where nothing is installed. */
  readonly grade?: Grade;
  /** Every rule that said something, by its name in policy.toml. */
  readonly rules: readonly string[];
  /** What the rules said. */
  readonly messages: readonly string[];
}

const SHA256 = "0".repeat(64);

/** Asks the very rules that a run asks. Pure. */
export function outcomeOf(policies: Policies, situation: Situation, now: Date): Outcome {
  const { evidence } = situation;
  const transaction = transactionOf(situation);
  const arrives = transaction.artifacts.length > 0;
  const graded = grade(evidence);
  const judgements: Judgement[] = arrives
    ? [{ address: situation.address, sha256: SHA256, evidence, grade: graded }]
    : [];
  const { violations, warnings, waived } = rulebook(policies).decide([transaction], judgements, now);
  const said = [...violations, ...warnings, ...waived.map(({ violation }) => violation)];
  return {
    verdict:
      violations.length > 0 ? "refused" : waived.length > 0 ? "waived" : warnings.length > 0 ? "warned" : "allowed",
    ...(arrives ? { grade: graded } : {}),
    rules: [...new Set(said.map(({ rule }) => rule))].sort(),
    messages: said.map(({ rule, message }) => `${rule}: ${message}`),
  };
}

function transactionOf({ address, version, origin, kind, undo }: Situation): Transaction {
  const dot = address.indexOf(".");
  const [provider, name] = [address.slice(0, dot), address.slice(dot + 1)];
  const goes = kind === "remove" || kind === "purge";
  const step: Step = {
    ...{ address, provider, name, kind, cause: "lock", before: goes ? { version } : null },
    after: goes ? null : { version },
    ...(goes ? {} : { sha256: SHA256 }),
    undo: undo ? { possible: true } : { possible: false, reason: "the case says so" },
  };
  const artifact: Artifact = {
    ...{ address, name, version, arch: "all", sha256: SHA256, urls: [], filename: `${name}.pkg`, origin },
    ...{ chain: { type: "recorded", evidence: [] }, role: "install" },
  };
  return { provider, steps: [step], artifacts: goes ? [] : [artifact], problems: [], notes: [] };
}

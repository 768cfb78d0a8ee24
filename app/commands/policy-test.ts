import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { BUILT_IN_POLICY, outcomeOf, type Situation } from "../../policy/index.ts";
import { OmgError } from "../../schema/error.ts";
import type { PolicyTestFile } from "../../schema/files/policy-test.ts";
import type { Evidence } from "../../schema/model/artifact.ts";
import type { Policies } from "../../schema/model/policy.ts";
import type { Address } from "../../schema/model/resource.ts";
import type { Context, Selection } from "../context.ts";
import { findLock } from "../lock-file.ts";
import { readPolicyAt } from "../policies.ts";
import type { PolicyTestCase, PolicyTestResult } from "../policy-results.ts";
import { readTextFile } from "../text-file.ts";

export interface PolicyTestOptions extends Selection {
  /** The table of cases; default: policy-test.toml or policy-test.yaml beside the policy. */
  readonly file?: string;
  /** Default: the policy.toml beside the table. */
  readonly policy?: string;
}

const MAX_BYTES = 1024 * 1024;
const NAMES = ["policy-test.toml", "policy-test.yaml", "policy-test.yml"];

type Case = PolicyTestFile["cases"][number];

/** Holds the user's own cases against one policy by itself: nothing of this machine has a say, so it answers alike everywhere. */
export async function policyTest(ctx: Context, options: PolicyTestOptions): Promise<PolicyTestResult> {
  const path = tablePath(ctx, options);
  const text = readTextFile(path, MAX_BYTES);
  if (text === undefined) throw noTable(path);
  const { parsePolicyTest } = await import("../../schema/files/policy-test.ts");
  const { cases, today } = parsePolicyTest({ path, text });
  const policy = options.policy === undefined ? join(dirname(path), "policy.toml") : resolve(ctx.cwd, options.policy);
  // In the machine's place, so that a rule about sources or settings can be tried as well.
  const { machine } = await readPolicyAt(policy, "machine");
  const policies = { builtIn: BUILT_IN_POLICY, ...(machine === undefined ? {} : { machine }) };
  const now = today === undefined ? ctx.now() : new Date(today);
  const results = cases.map((one) => tried(policies, one, now));
  return { path, policy, cases: results, failed: results.filter(({ passed }) => !passed).length };
}

function tablePath(ctx: Context, options: PolicyTestOptions): string {
  if (options.file !== undefined) return resolve(ctx.cwd, options.file);
  const lock = findLock(ctx, options);
  const folders = [ctx.cwd, ...(lock === undefined ? [] : [dirname(lock)])];
  const found = folders.flatMap((folder) => NAMES.map((name) => join(folder, name))).find((path) => existsSync(path));
  if (found === undefined) throw noTable(join(folders.at(-1) ?? ctx.cwd, NAMES[0] ?? ""));
  return found;
}

function tried(policies: Policies, one: Case, now: Date): PolicyTestCase {
  const { expect } = one;
  const outcome = outcomeOf(policies, situationOf(one), now);
  const rules = expect.rules?.toSorted();
  const reasons = [
    ...(outcome.verdict === expect.verdict
      ? []
      : [`It is ${outcome.verdict}, not ${expect.verdict}.`, ...outcome.messages]),
    ...(expect.grade === undefined || expect.grade === outcome.grade
      ? []
      : [`Its grade is ${outcome.grade ?? "none, for nothing is installed"}, not ${expect.grade}.`]),
    ...(rules === undefined || rules.join() === outcome.rules.join()
      ? []
      : [`What speaks is ${outcome.rules.join(", ") || "no rule"}, not ${rules.join(", ") || "none"}.`]),
  ];
  const { name, line } = one;
  const { verdict, rules: spoke, grade } = outcome;
  const about = { verdict, rules: spoke, ...(grade === undefined ? {} : { grade }) };
  return { name, line, passed: reasons.length === 0, reasons, ...about };
}

function situationOf(one: Case): Situation {
  return {
    address: (one.package.includes(".") && /^[a-z]+\./.test(one.package)
      ? one.package
      : `apt.${one.package}`) as Address,
    version: one.version ?? "1.0",
    origin: one.from ?? "",
    kind: one.step ?? "install",
    undo: one.undo ?? true,
    evidence: evidenceOf(one),
  };
}

/** What a case does not mention went well where omg always looks, and was not there where only some have it. */
function evidenceOf(one: Case): readonly Evidence[] {
  const verdicts = { checksum: "pass", signature: "pass", ...one.evidence } as const;
  return Object.entries(verdicts).map(([check, verdict]): Evidence => {
    const kind = check as Evidence["check"];
    const code = kind === "signature" && one.bound === false ? "no-keyring-bound" : "case";
    const dates = kind === "signature" ? datesOf(one) : {};
    return {
      check: kind,
      verdict,
      code,
      detail: `The case says: ${kind} ${verdict}.`,
      facts: { ...dates, ...one.facts?.[kind] },
    };
  });
}

function datesOf(one: Case): Readonly<Record<string, string>> {
  const time = (text: string) => new Date(text).toISOString();
  const signed = one["signed-on"];
  const seen = one["first-seen"];
  return {
    ...(signed === undefined ? {} : { date: time(signed) }),
    ...(seen === undefined ? {} : { firstSeen: time(seen) }),
  };
}

function noTable(path: string): OmgError {
  return new OmgError({
    code: "no-policy-test",
    exit: "invalid",
    message: `There is no table of cases ${path}.`,
    state: "Nothing was tried.",
    hint: "docs/policy.md shows what one looks like.",
  });
}

import type { Artifact, Evidence, Grade, Judgement } from "../../schema/model/artifact.ts";
import type { Rule } from "../../schema/model/policy.ts";
import type { Step, Transaction } from "../../schema/model/transaction.ts";

export function evidence(check: Evidence["check"], verdict: Evidence["verdict"], code = "some-code"): Evidence {
  return { check, verdict, code, detail: `${check}: ${verdict}.`, facts: {} };
}

/** A rule at a place that tells the files apart. */
export function rule<T>(value: T, file = "/repo/policy.toml", line = 3): Rule<T> {
  return { value, file, line };
}

export function install(name: string, parts: Partial<Step> = {}): Step {
  const step = { address: `apt.${name}`, provider: "apt", name, kind: "install", cause: "lock", before: null } as const;
  return { ...step, after: { version: "1.0" }, sha256: shaOf(name), undo: { possible: true }, ...parts };
}

export function removal(name: string): Step {
  return {
    address: `apt.${name}`,
    provider: "apt",
    name,
    kind: "remove",
    cause: "left",
    before: { version: "1.0" },
    after: null,
    undo: { possible: true },
  };
}

export function setting(name: string, value = "x"): Step {
  return {
    address: `shell.${name}`,
    provider: "shell",
    name,
    kind: "install",
    cause: "lock",
    before: null,
    after: { value },
    undo: { possible: true },
  };
}

export function artifactOf(name: string, parts: Partial<Artifact> = {}): Artifact {
  const file = { filename: `${name}.deb`, urls: [], origin: "debian", role: "install" } as const;
  return {
    address: `apt.${name}`,
    name,
    version: "1.0",
    arch: "amd64",
    sha256: shaOf(name),
    ...file,
    chain: { type: "recorded", evidence: [] },
    ...parts,
  };
}

export function judged(name: string, grade: Grade, pieces: readonly Evidence[] = []): Judgement {
  return { address: `apt.${name}`, sha256: shaOf(name), evidence: pieces, grade };
}

export function transaction(steps: readonly Step[], artifacts: readonly Artifact[] = []): Transaction {
  return { provider: "apt", steps, artifacts, problems: [], notes: [] };
}

function shaOf(name: string): string {
  return Buffer.from(name).toString("hex").padEnd(64, "0").slice(0, 64);
}

import type { Artifact } from "../../schema/model/artifact.ts";
import type { Kind } from "../../schema/model/change.ts";
import type { Attributes } from "../../schema/model/resource.ts";
import type { Step, Transaction } from "../../schema/model/transaction.ts";
import type { AptLab } from "./apt-lab.ts";
import type { Bench } from "./apt-run.ts";

/** Transactions written by hand, for tests of what carries them out. */
export function step(kind: Kind, name: string, before: Attributes | null, after: Attributes | null): Step {
  return {
    address: `apt.${name}`,
    provider: "apt",
    name,
    kind,
    cause: "lock",
    before,
    after,
    undo: { possible: true },
  };
}

export function installStep(name: string, version: string, marks: Attributes = {}): Step {
  return step("install", name, null, { version, auto: false, hold: false, ...marks });
}

/** The lab's package as an artifact, its bytes put into the bench's store. */
export function labArtifact(lab: AptLab, bench: Bench, name: string, version: string): Artifact {
  const { sha256, size, control, filename } = lab.repo.deb(name, version);
  bench.store(name, version);
  const chain = { type: "recorded", evidence: [] } as const;
  const place = { urls: [], filename, origin: "omg", chain, role: "install" } as const;
  return { address: `apt.${name}`, name, version, arch: "all", sha256, size, control, ...place };
}

export function transaction(steps: readonly Step[], artifacts: readonly Artifact[] = []): Transaction {
  return { provider: "apt", steps, artifacts, problems: [], notes: [] };
}

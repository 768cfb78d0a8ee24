import type { Artifact, Evidence } from "../schema/model/artifact.ts";
import type { Policies } from "../schema/model/policy.ts";
import type { ProvenanceNeed } from "../schema/model/provenance.ts";
import type { Transaction } from "../schema/model/transaction.ts";
import { type Rulebook, rulebook } from "./decide.ts";
import { type ProvenanceRule, provenanceDemands } from "./provenance-tables.ts";
import type { ProvenanceOptions } from "./slsa/artifacts.ts";

/** Every rule about provenance, those that only warn among them: what is asked for is asked for by either. */
export function askedBy({ enforced, warned }: Rulebook): readonly ProvenanceRule[] {
  return [...enforced.provenance, ...warned.provenance];
}

/** Whether any of these policies says something about provenance. Pure. */
export function hasProvenanceRules(policies: Policies): boolean {
  return askedBy(rulebook(policies)).length > 0;
}

/** Of what would be installed, that whose provenance these policies have rules about. Pure. */
export function provenanceNeeds(policies: Policies, transactions: readonly Transaction[]): readonly ProvenanceNeed[] {
  const rules = rulebook(policies);
  const asked = askedBy(rules);
  if (asked.length === 0) return [];
  const artifacts = transactions.flatMap((transaction) => transaction.artifacts);
  return artifacts
    .filter(({ role }) => role === "install")
    .flatMap((artifact) => {
      const demands = provenanceDemands(asked, artifact);
      if (demands === undefined) return [];
      const repositories = demands.repositories.flatMap(({ value }) => value);
      const exact = [...new Set(repositories)].filter((pattern) => !/[*?]/.test(pattern));
      const required = provenanceDemands(rules.enforced.provenance, artifact)?.required !== undefined;
      return [{ artifact, required, repositories: exact }];
    });
}

/** What can be said of one artifact's provenance, whether or not these policies ask for it. */
export async function provenanceEvidenceOf(
  policies: Policies,
  artifact: Artifact,
  filePath: (sha256: string) => string | undefined,
  options: ProvenanceOptions,
): Promise<Evidence> {
  const { examineProvenance } = await import("./slsa/artifacts.ts");
  return examineProvenance(artifact, rulebook(policies).enforced.provenance, filePath, options);
}

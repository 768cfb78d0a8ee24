import type { Artifact, Evidence } from "../../schema/model/artifact.ts";
import type { KnownBundles } from "../../schema/model/provenance.ts";
import { type ProvenanceDemands, type ProvenanceRule, provenanceDemands } from "../provenance-tables.ts";
import { recordedProvenance } from "../recorded.ts";
import { MAX_BUNDLES } from "./bundle.ts";
import { expected } from "./expectations.ts";
import { evidenceOfRefusal, ProvenanceRefusal, provenanceEvidence } from "./finding.ts";
import type { SubjectBytes } from "./subject.ts";
import type { TrustFolder, TrustRoot } from "./trust/open.ts";

/** What the gate needs to judge provenance. */
export interface ProvenanceOptions {
  /** What is known of the artifact's bundles; undefined where nobody has asked yet. */
  known(artifact: Artifact): KnownBundles | undefined;
  /** Where this run's trust roots lie, in the order in which they count. */
  readonly trust: readonly TrustFolder[];
  /** Bytes of bundles that lie in no store, by their hex SHA-256. */
  readonly bundles?: ReadonlyMap<string, Uint8Array>;
}

/** One artifact, and everything that its provenance is judged by. */
interface Question {
  readonly artifact: Artifact;
  readonly demands: ProvenanceDemands;
  readonly options: ProvenanceOptions;
  readonly trust: () => Promise<TrustRoot>;
  /** Path of the bytes with this hash; undefined while they are not here. */
  readonly filePath: (sha256: string) => string | undefined;
}

/**
 * Evidence of each artifact's provenance, in order: for those that a policy's rules are about, and none for the others, of
 * which nothing is asked.
 */
export async function provenanceOf(
  artifacts: readonly Artifact[],
  rules: { readonly asked: readonly ProvenanceRule[]; readonly enforced: readonly ProvenanceRule[] },
  filePath: Question["filePath"],
  options: ProvenanceOptions,
): Promise<readonly (readonly Evidence[])[]> {
  const trust = trustOf(options);
  const found: Evidence[][] = [];
  for (const artifact of artifacts) {
    const covered = provenanceDemands(rules.asked, artifact) !== undefined;
    const demands = provenanceDemands(rules.enforced, artifact) ?? NO_DEMANDS;
    // Of what goes, only what is known already is worth keeping.
    const goes = artifact.role === "replaced" && options.known(artifact) === undefined;
    if (!covered || goes) found.push([]);
    else found.push([await judgeProvenance({ artifact, demands, options, trust, filePath })]);
  }
  return found;
}

/** Opens the trust root when it is first asked for. */
function trustOf({ trust: folders }: ProvenanceOptions): () => Promise<TrustRoot> {
  let opened: Promise<TrustRoot> | undefined;
  return async () => {
    const { openTrust } = await import("./trust/open.ts");
    opened ??= openTrust(folders);
    return opened;
  };
}

/** What can be said of one artifact's provenance whether or not a policy asks for it. */
export async function examineProvenance(
  artifact: Artifact,
  rules: readonly ProvenanceRule[],
  filePath: Question["filePath"],
  options: ProvenanceOptions,
): Promise<Evidence> {
  const demands = provenanceDemands(rules, artifact) ?? NO_DEMANDS;
  return judgeProvenance({ artifact, demands, options, trust: trustOf(options), filePath });
}

const NO_DEMANDS: ProvenanceDemands = { builders: [], repositories: [], workflows: [], issuers: [] };

/** What is there of one artifact's provenance, held to what is demanded of it. */
async function judgeProvenance(question: Question): Promise<Evidence> {
  return expected(await evidenceOf(question), question.demands);
}

async function evidenceOf({ artifact, options, trust, filePath }: Question): Promise<Evidence> {
  const known = options.known(artifact);
  if (known === undefined || known.bundles.length === 0) return withoutBundle(artifact, known);
  const path = filePath(artifact.sha256);
  const { sha256, name, version, arch } = artifact;
  const subject: SubjectBytes = {
    sha256,
    ...(path === undefined ? {} : { path }),
    ...(version === "" ? {} : { package: { name, version, arch } }),
  };
  const { checkBundle, readBundle } = await import("./verify.ts");
  const answers: Evidence[] = [];
  for (const bundle of known.bundles.slice(0, MAX_BUNDLES)) {
    try {
      const place = filePath(bundle);
      const bytes = options.bundles?.get(bundle) ?? (place === undefined ? undefined : readBundle(place));
      if (bytes === undefined) throw new ProvenanceRefusal("unreadable", "A bundle that was here is gone.");
      answers.push(await checkBundle(bytes, subject, await trust()));
    } catch (fault) {
      answers.push(evidenceOfRefusal(fault));
    }
  }
  return chosen(answers);
}

/** The first that passes. Else the first that failed over something that is provenance at all. */
function chosen(answers: readonly Evidence[]): Evidence {
  const best =
    answers.find(({ verdict }) => verdict === "pass") ??
    answers.find(({ code }) => code !== "predicate-unknown" && code !== "no-statement") ??
    answers[0];
  return best ?? provenanceEvidence("not-found", "Nobody published provenance for it.");
}

function withoutBundle(artifact: Artifact, known: KnownBundles | undefined): Evidence {
  const recorded = recordedProvenance(artifact);
  if (recorded !== undefined) return recorded;
  if (known === undefined) return provenanceEvidence("not-asked", "Its provenance is looked for when it is fetched.");
  const unanswered = known.others.flatMap((answer) => (answer.type === "unknown" ? [answer] : []));
  if (unanswered.length > 0)
    return provenanceEvidence(
      "unreachable",
      `Its provenance could not be checked: ${unanswered.map(({ address, reason }) => `${address}: ${reason}`).join("; ")}.`,
      { asked: unanswered.map(({ address }) => address).join(" ") },
    );
  const asked = known.others.map(({ address }) => address);
  return provenanceEvidence(
    "not-found",
    asked.length === 0
      ? "Nobody offers provenance for it."
      : `There is no provenance for it: asked ${asked.join(", ")}.`,
    asked.length === 0 ? {} : { asked: asked.join(" ") },
  );
}

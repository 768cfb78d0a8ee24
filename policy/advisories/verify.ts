import { withoutCredentials } from "../../host/address.ts";
import type { Artifact, Evidence } from "../../schema/model/artifact.ts";
import type { AdvisorySubject } from "../../schema/model/identity.ts";
import type { Vulnerability } from "../../schema/model/vulnerability.ts";
import { type Database, openDatabase } from "./database.ts";
import { vulnerabilitiesOf } from "./find.ts";
import type { AdvisorySources, OnlineAnswer } from "./sources.ts";

const DAY_MS = 86_400_000;
const NAMED = 3;

/** What is known about one version, or why nothing is. */
export type Answer =
  | {
      readonly vulnerabilities: readonly Vulnerability[];
      /** RFC 3339: how new the list is. */
      readonly date: string;
      /** Where it comes from. */
      readonly from: string;
    }
  | { readonly code: UnknownCode; readonly detail: string };

export type UnknownCode = "no-ecosystem" | "no-database" | "database-unreadable" | "lookup-failed";

/** Answers for these subjects, in their order. An online look-up is only done for what is there to be looked up. */
export async function askAll(
  subjects: readonly (AdvisorySubject | undefined)[],
  sources: AdvisorySources,
): Promise<readonly Answer[]> {
  const known = subjects.filter((subject) => subject !== undefined);
  const online = sources.online === undefined ? undefined : await sources.online(known);
  const databases = new Map<string, Database | undefined>();
  try {
    return subjects.map((subject) => {
      if (subject === undefined) return NO_ECOSYSTEM;
      const found = online?.(subject);
      return found === undefined || "code" in found ? answerBy(databases, subject, sources, found) : found;
    });
  } finally {
    for (const database of databases.values()) database?.close();
  }
}

const NO_ECOSYSTEM: Answer = {
  code: "no-ecosystem",
  detail: "No list of vulnerabilities is about what comes from its source.",
};

/** What a server did not answer, a database on the disk may. */
function answerBy(
  databases: Map<string, Database | undefined>,
  subject: AdvisorySubject,
  { folders }: AdvisorySources,
  failed: OnlineAnswer | undefined,
): Answer {
  if (!databases.has(subject.ecosystem)) databases.set(subject.ecosystem, openDatabase(folders, subject.ecosystem));
  const database = databases.get(subject.ecosystem);
  if (database === undefined) return failed ?? noDatabase(subject);
  const { date, from } = database.facts;
  try {
    return { vulnerabilities: vulnerabilitiesOf(subject, database.advisories), date, from: withoutCredentials(from) };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    return {
      code: "database-unreadable",
      detail: `The database about ${subject.ecosystem} cannot be read: ${reason}.`,
    };
  }
}

function noDatabase({ ecosystem }: AdvisorySubject): Answer {
  return {
    code: "no-database",
    detail: `There is no database about the vulnerabilities of ${ecosystem} here.`,
  };
}

/**
 * Evidence of the check `vulnerabilities` for what would be installed, in the artifacts' order; for what is replaced, none. What
 * the distribution calls unimportant is told, and does not fail the check.
 */
export async function vulnerabilityEvidence(
  artifacts: readonly Artifact[],
  sources: AdvisorySources,
  now: Date,
): Promise<readonly (readonly Evidence[])[]> {
  const asked = artifacts.filter(({ role }) => role === "install");
  const answers = await askAll(
    asked.map(({ advisory }) => advisory),
    sources,
  );
  const found = new Map(asked.map((artifact, index) => [artifact, answers[index]]));
  return artifacts.map((artifact) => {
    const answer = found.get(artifact);
    return answer === undefined ? [] : [evidenceOf(answer, now)];
  });
}

/** An answer as evidence. Pure. */
export function evidenceOf(answer: Answer, now: Date): Evidence {
  const check = "vulnerabilities";
  if ("code" in answer) return { check, verdict: "unknown", ...answer, facts: {} };
  const { vulnerabilities, date, from } = answer;
  const days = Math.max(0, Math.floor((now.getTime() - Date.parse(date)) / DAY_MS));
  const facts = { date, age: String(days), database: from };
  const counted = vulnerabilities.filter(({ severity }) => severity !== "none");
  if (counted.length === 0)
    return {
      check,
      verdict: "pass",
      code: "none-known",
      detail: `No vulnerability of it is known, by a list that is ${days} days old.`,
      facts,
      ...(vulnerabilities.length > 0 && { vulnerabilities }),
    };
  return { check, verdict: "fail", code: "vulnerable", detail: sentence(counted), facts, vulnerabilities };
}

/** `It has 4 known vulnerabilities: CVE-2026-1 (critical, fixed in 1.2-3), …` */
function sentence(found: readonly Vulnerability[]): string {
  const named = found.slice(0, NAMED).map(described).join(", ");
  const more = found.length > NAMED ? ` and ${found.length - NAMED} more` : "";
  const count = found.length === 1 ? "a known vulnerability" : `${found.length} known vulnerabilities`;
  return `It has ${count}: ${named}${more}.`;
}

/** `CVE-2026-1 (critical, fixed in 1.2-3)` */
function described({ id, severity, fixed }: Vulnerability): string {
  const rated = severity === "unknown" ? "of unknown severity" : severity;
  return `${id} (${rated}, ${fixed === undefined ? "not fixed yet" : `fixed in ${fixed}`})`;
}

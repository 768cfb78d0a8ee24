import type { PolicyFile, Rule } from "../model/policy.ts";
import { type Diagnostic, diagnostic, InvalidFile } from "./diagnostics.ts";
import { dictionary } from "./dictionary.ts";
import type { Path } from "./located.ts";
import { ENFORCED, type PolicyDocument, policySchema } from "./policy-schema.ts";
import { positionAt, sourceText } from "./source-text.ts";
import { parseToml } from "./toml-source.ts";
import { type Parsed, validate } from "./zod-issues.ts";

/**
 * Reads a policy.toml. Throws `policy-invalid` (InvalidFile) with every problem, a rule that this build cannot enforce
 * among them: a policy counts whole or not at all.
 */
export function parsePolicy({ path, text }: { readonly path: string; readonly text: string }): PolicyFile {
  const read = parseToml(sourceText(path, text));
  if (!("parsed" in read)) throw new InvalidFile("policy", read.problems);
  const { data, problems } = validate(policySchema, read.parsed);
  const refused = unenforceable(read.parsed);
  if (data === undefined || refused.length > 0) throw new InvalidFile("policy", [...problems, ...refused]);
  return rulesOf(path, data, read.parsed);
}

function unenforceable({ source, located, value }: Parsed): Diagnostic[] {
  const enforced: readonly string[] = ["version", ...ENFORCED];
  return Object.keys(policySchema.shape)
    .filter((table) => !enforced.includes(table) && typeof value === "object" && value !== null && table in value)
    .map((table) => {
      const message = `this build of omg cannot enforce [${table}] yet, and a rule is never passed over`;
      return diagnostic(source, located.keyOffset([table]), message, "remove it here, or use a build that enforces it");
    });
}

function rulesOf(file: string, data: PolicyDocument, { source, located }: Parsed): PolicyFile {
  function rule<T>(at: Path, value: T): Rule<T> {
    return { value, file, line: positionAt(source, located.keyOffset(at)).line };
  }
  function one<K extends keyof PolicyFile, T>(
    name: K,
    at: Path,
    value: T | undefined,
  ): { readonly [P in K]?: Rule<T> } {
    const rules: { [P in K]?: Rule<T> } = {};
    if (value !== undefined) rules[name] = rule(at, value);
    return rules;
  }
  function each<K extends keyof PolicyFile, T>(
    name: K,
    at: Path,
    map: Readonly<Record<string, T>> | undefined,
  ): { readonly [P in K]?: Record<string, Rule<T>> } {
    const rules: { [P in K]?: Record<string, Rule<T>> } = {};
    if (map) rules[name] = dictionary(Object.entries(map).map(([key, value]) => [key, rule([...at, key], value)]));
    return rules;
  }
  return {
    ...one("gradeMinimum", ["grade", "minimum"], data.grade?.minimum),
    ...each("gradeSources", ["grade", "sources"], data.grade?.sources),
    ...each("gradePackages", ["grade", "packages"], data.grade?.packages),
    ...one("originsAllow", ["origins", "allow"], data.origins?.allow),
    ...one("packagesAllow", ["packages", "allow"], data.packages?.allow),
    ...one("packagesDeny", ["packages", "deny"], data.packages?.deny),
    ...one("signaturesRequired", ["signatures", "required"], data.signatures?.required),
    ...one("indexesMaxAge", ["indexes", "max-age"], data.indexes?.["max-age"]),
    ...one("removalsMax", ["removals", "max"], data.removals?.max),
    ...one("undoRequired", ["undo", "required"], data.undo?.required),
    ...one("shellAllow", ["shell", "allow"], data.shell?.allow),
    ...one("sourcesAllow", ["sources", "allow"], data.sources?.allow),
    ...one("provenanceRequired", ["provenance", "required"], data.provenance?.required),
    ...one("provenanceLevel", ["provenance", "level"], data.provenance?.level),
    ...one("provenanceBuilders", ["provenance", "builders"], data.provenance?.builders),
    ...one("provenanceRepositories", ["provenance", "repositories"], data.provenance?.repositories),
    ...one("provenanceWorkflows", ["provenance", "workflows"], data.provenance?.workflows),
    ...one("provenanceIssuers", ["provenance", "issuers"], data.provenance?.issuers),
    ...each("provenanceSources", ["provenance", "sources"], data.provenance?.sources),
    ...each("provenancePackages", ["provenance", "packages"], data.provenance?.packages),
  };
}

import type { PolicyFile, PolicyMode, Rule } from "../model/policy.ts";
import { type Diagnostic, diagnostic, InvalidFile } from "./diagnostics.ts";
import { dictionary } from "./dictionary.ts";
import type { Path } from "./located.ts";
import { licenseRules } from "./policy-licenses.ts";
import { PERMISSIONS, type PolicyDocument, policySchema, TABLES } from "./policy-schema.ts";
import { vulnerabilityRules } from "./policy-vulnerabilities.ts";
import { positionAt, sourceText } from "./source-text.ts";
import { parseToml } from "./toml-source.ts";
import { type Parsed, validate } from "./zod-issues.ts";

/** Reads a policy.toml. Throws `policy-invalid` (InvalidFile) with every problem: a policy counts whole or not at all. */
export function parsePolicy({ path, text }: { readonly path: string; readonly text: string }): PolicyFile {
  const read = parseToml(sourceText(path, text));
  if (!("parsed" in read)) throw new InvalidFile("policy", read.problems);
  const { data, problems } = validate(policySchema, read.parsed);
  const refused = data === undefined ? [] : uselessWaivers(data, read.parsed);
  if (data === undefined || refused.length > 0) throw new InvalidFile("policy", [...problems, ...refused]);
  return rulesOf(path, data, read.parsed);
}

type RuleName = Exclude<keyof PolicyFile, "modes" | "waivers">;

function rulesOf(file: string, data: PolicyDocument, { source, located }: Parsed): PolicyFile {
  function rule<T>(at: Path, value: T): Rule<T> {
    return { value, file, line: positionAt(source, located.keyOffset(at)).line };
  }
  function one<K extends RuleName, T>(name: K, at: Path, value: T | undefined): { readonly [P in K]?: Rule<T> } {
    const rules: { [P in K]?: Rule<T> } = {};
    if (value !== undefined) rules[name] = rule(at, value);
    return rules;
  }
  function each<K extends RuleName, T>(
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
    ...licenseRules(data.licenses, rule),
    ...one("signaturesRequired", ["signatures", "required"], data.signatures?.required),
    ...one("indexesMaxAge", ["indexes", "max-age"], data.indexes?.["max-age"]),
    ...one("ageMinimum", ["age", "minimum-days"], data.age?.["minimum-days"]),
    ...each("ageSources", ["age", "sources"], data.age?.sources),
    ...each("agePackages", ["age", "packages"], data.age?.packages),
    ...vulnerabilityRules(data.vulnerabilities, rule),
    ...one("removalsMax", ["removals", "max"], data.removals?.max),
    ...one("removalsDeny", ["removals", "deny"], data.removals?.deny),
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
    ...one("windows", ["windows"], data.windows),
    ...one("driftMode", ["drift", "mode"], data.drift?.mode),
    ...one("rollForwardMode", ["roll-forward", "mode"], data["roll-forward"]?.mode),
    ...modesOf(data),
    ...(data.waivers === undefined
      ? {}
      : { waivers: data.waivers.map((waiver, index) => rule(["waivers", index], waiver)) }),
  };
}

function modesOf(data: PolicyDocument): Pick<PolicyFile, "modes"> {
  const tables: Record<string, PolicyMode> = {};
  for (const [table, rules] of Object.entries(data))
    if (typeof rules === "object" && "mode" in rules && isMode(rules.mode)) tables[table] = rules.mode;
  if (data.mode === undefined && Object.keys(tables).length === 0) return {};
  return { modes: { ...(data.mode === undefined ? {} : { whole: data.mode }), tables } };
}

/** `drift` and `roll-forward` have modes of another kind. */
function isMode(word: unknown): word is PolicyMode {
  return word === "enforce" || word === "warn";
}

/** A waiver of what no waiver lifts, or of what is no rule at all, would be believed in. */
function uselessWaivers(data: PolicyDocument, { source, located }: Parsed): Diagnostic[] {
  const tables = TABLES.filter((table) => table !== "waivers" && !PERMISSIONS.includes(table));
  return (data.waivers ?? []).flatMap(({ rule }, index) => {
    const [table = ""] = rule.split(".");
    if (tables.some((known) => known === table) && rule.includes(".")) return [];
    const at = located.valueOffset(["waivers", index, "rule"]);
    const permission = PERMISSIONS.includes(table) ? "it is no demand on packages" : undefined;
    const why = BUILT_IN.includes(table) ? "it is built in" : permission;
    if (why !== undefined) return [diagnostic(source, at, `no waiver lifts \`${rule}\``, why)];
    const hint = `write it as a refusal names it, such as packages.deny; its table is one of ${tables.join(", ")}`;
    return [diagnostic(source, at, `\`${rule}\` is not a rule that can be waived`, hint)];
  });
}

const BUILT_IN: readonly string[] = ["checks", "protected"];

import { type Answer, askAll, evidenceOf } from "../../policy/advisories/verify.ts";
import { rulebook } from "../../policy/decide.ts";
import { BUILT_IN_POLICY } from "../../policy/effective.ts";
import { violationsOf } from "../../policy/rules/vulnerabilities.ts";
import { LEVELS, rankOf } from "../../policy/severity/level.ts";
import { installedDigest } from "../../reconciler/installed-digest.ts";
import type { Violation } from "../../schema/model/artifact.ts";
import type { InventoryItem, Offers } from "../../schema/model/inventory.ts";
import type { Address } from "../../schema/model/resource.ts";
import type { Severity } from "../../schema/model/vulnerability.ts";
import { advisorySources } from "../advisories.ts";
import type { AuditScanResult, ScannedPackage } from "../audit-results.ts";
import type { Context, Selection } from "../context.ts";
import { findLock } from "../lock-file.ts";
import { readPolicies } from "../policies.ts";
import { type Answering, answering } from "../questions.ts";
import { keepScan } from "../scanned.ts";
import { publishVulnerabilities } from "../status-file.ts";

export interface AuditScanOptions extends Selection {
  /** Show only what is at least so bad. */
  readonly severity?: Severity;
}

type Provider = Answering<"inventory" | "offers">;

/** Everything that is installed from one source package, with what is known of it. */
interface Group {
  readonly provider: Provider;
  readonly items: readonly [InventoryItem, ...InventoryItem[]];
  readonly answer: Answer;
}

/** The known vulnerabilities of what is installed, and what policy says of them. Publishes their number where it saw everything. */
export async function auditScan(ctx: Context, options: AuditScanOptions): Promise<AuditScanResult> {
  const providers = await answering(ctx, options, "inventory", "offers");
  const groups = await groupsOf(ctx, providers);
  const policies = await readPolicies(ctx, findLock(ctx, options));
  const rules = rulebook({ builtIn: BUILT_IN_POLICY, ...policies });
  const offers = await offersFor(groups);
  const evidence = groups.map((group) => evidenceOf(group.answer, ctx.now()));
  const { violations } = rules.decideBy(
    ({ vulnerabilities }) =>
      groups.flatMap((group, index) => violationsOf(vulnerabilities, subjectOf(group, offers), evidence[index])),
    ctx.now(),
  );
  const found = groups.map((group) => scanned(group, offers, violations));
  const result = {
    packages: found.flatMap((each) => shown(each, options.severity)).sort(worstFirst),
    checked: groups.filter(({ answer }) => "vulnerabilities" in answer).length,
    counts: countsOf(found),
    lists: listsOf(groups, evidence),
    unknown: unknownOf(groups),
    violations,
    ...(options.severity !== undefined && { severity: options.severity }),
  };
  if (options.only === undefined && options.skip === undefined) await publish(ctx, providers, result);
  return result;
}

async function groupsOf(ctx: Context, providers: readonly Provider[]): Promise<readonly Group[]> {
  const found: Omit<Group, "answer">[] = [];
  for (const provider of providers) {
    const byKey = new Map<string, [InventoryItem, ...InventoryItem[]]>();
    for (const item of (await provider.inventory()).items.values()) {
      const { ecosystem = "", name = item.name, version = item.version } = item.advisory ?? {};
      const key = `${ecosystem} ${name} ${version}`;
      const known = byKey.get(key);
      if (known === undefined) byKey.set(key, [item]);
      else known.push(item);
    }
    found.push(...[...byKey.values()].map((items) => ({ provider, items })));
  }
  const answers = await askAll(
    found.map(({ items: [first] }) => first.advisory),
    await advisorySources(ctx),
  );
  return found.flatMap((group, index) => {
    const answer = answers[index];
    return answer === undefined ? [] : [{ ...group, answer }];
  });
}

type OffersBy = ReadonlyMap<Provider, ReadonlyMap<string, Offers>>;

/** Of what has vulnerabilities, or may be refused for having none known: its sources, and what is newer. */
async function offersFor(groups: readonly Group[]): Promise<OffersBy> {
  const found = new Map<Provider, ReadonlyMap<string, Offers>>();
  for (const provider of new Set(groups.map((group) => group.provider))) {
    const names = groups
      .filter((group) => group.provider === provider && isWorthOffers(group))
      .flatMap(({ items }) => items.map(({ name }) => name));
    found.set(provider, names.length === 0 ? new Map() : await provider.offers(new Set(names), { facts: false }));
  }
  return found;
}

function isWorthOffers({ answer }: Group): boolean {
  return "code" in answer || answer.vulnerabilities.length > 0;
}

function subjectOf({ provider, items: [first] }: Group, offers: OffersBy): Parameters<typeof violationsOf>[1] {
  const { name, version } = first;
  const address: Address = `${provider.name}.${name}`;
  const versions = offers.get(provider)?.get(name)?.versions ?? [];
  const source = versions.find((each) => each.version === version)?.origins[0]?.source;
  return { name, address, words: `${name} ${version}`, ...(source !== undefined && { source }) };
}

function scanned(
  { provider, items, answer }: Group,
  offers: OffersBy,
  violations: readonly Violation[],
): ScannedPackage {
  const [first] = items;
  const { ecosystem = "", name = first.name, version = first.version } = first.advisory ?? {};
  const own = violations.filter(({ address }) => address === `${provider.name}.${first.name}`);
  const refused = new Set(own.flatMap(({ ids = [] }) => ids));
  const newer = items.flatMap((item) => {
    const candidate = offers.get(provider)?.get(item.name)?.candidate;
    return candidate !== undefined && provider.versioning.compare(candidate, item.version) > 0 ? [candidate] : [];
  });
  const update = newer.sort(provider.versioning.compare).at(-1);
  return {
    provider: provider.name,
    ecosystem,
    source: name,
    version,
    packages: items.map((item) => item.name).sort(),
    ...(update !== undefined && { update }),
    vulnerabilities: ("vulnerabilities" in answer ? answer.vulnerabilities : []).map((each) => ({
      ...each,
      refused: refused.has(each.id),
    })),
  };
}

function shown(each: ScannedPackage, severity: Severity = "none"): readonly ScannedPackage[] {
  const vulnerabilities = each.vulnerabilities.filter((one) => rankOf(one.severity) >= rankOf(severity));
  return vulnerabilities.length === 0 ? [] : [{ ...each, vulnerabilities }];
}

function worstFirst(a: ScannedPackage, b: ScannedPackage): number {
  const rank = ({ vulnerabilities: [worst] }: ScannedPackage) => (worst === undefined ? -1 : rankOf(worst.severity));
  return rank(b) - rank(a) || b.vulnerabilities.length - a.vulnerabilities.length || (a.source < b.source ? -1 : 1);
}

function countsOf(found: readonly ScannedPackage[]): AuditScanResult["counts"] {
  const all = found.flatMap(({ vulnerabilities }) => vulnerabilities);
  const of = (severity: Severity) => all.filter((each) => each.severity === severity).length;
  const counts = Object.fromEntries([...LEVELS, "unknown" as const].map((severity) => [severity, of(severity)]));
  return counts as AuditScanResult["counts"];
}

function listsOf(
  groups: readonly Group[],
  evidence: readonly ReturnType<typeof evidenceOf>[],
): AuditScanResult["lists"] {
  const found = groups.flatMap(({ answer }, index) =>
    "date" in answer
      ? [[answer.from, { from: answer.from, date: answer.date, days: Number(evidence[index]?.facts.age) }]]
      : [],
  ) as readonly (readonly [string, AuditScanResult["lists"][number]])[];
  return [...new Map(found).values()];
}

function unknownOf(groups: readonly Group[]): AuditScanResult["unknown"] {
  const byReason = new Map<string, { code: string; detail: string; packages: string[] }>();
  for (const { answer, items } of groups) {
    if (!("code" in answer)) continue;
    const known = byReason.get(answer.detail) ?? { ...answer, packages: [] };
    known.packages.push(...items.map(({ name }) => name));
    byReason.set(answer.detail, known);
  }
  return [...byReason.values()].map((each) => ({ ...each, packages: each.packages.sort() }));
}

/** The number for prompts: of what counts at all. Of a machine that was only partly looked up there is none. */
async function publish(
  ctx: Context,
  providers: readonly Provider[],
  { counts, unknown }: AuditScanResult,
): Promise<void> {
  const known = unknown.every(({ code }) => code === "no-ecosystem");
  const { none: _, ...counted } = counts;
  const count = known ? Object.values(counted).reduce((sum, each) => sum + each, 0) : undefined;
  publishVulnerabilities(ctx, count);
  if (count === undefined) return;
  const observed = await Promise.all(providers.map((provider) => provider.observe()));
  keepScan(ctx, count, installedDigest(observed));
}

import type { VulnerabilityFinding } from "../../schema/model/vulnerability-finding.ts";

/** Each vulnerability once, with every package that it affects (https://cyclonedx.org/docs/1.6/json/#vulnerabilities). */
export function vulnerabilitiesOf(found: ReadonlyMap<string, readonly VulnerabilityFinding[]>): object[] {
  const byId = new Map<
    string,
    { readonly finding: VulnerabilityFinding; readonly refs: string[]; readonly fixed: Set<string> }
  >();
  for (const [ref, findings] of found) {
    for (const finding of findings) {
      const known = byId.get(finding.id) ?? { finding, refs: [], fixed: new Set<string>() };
      known.refs.push(ref);
      if (finding.fixed !== undefined) known.fixed.add(finding.fixed);
      byId.set(finding.id, known);
    }
  }
  return [...byId.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([id, { finding, refs, fixed }]) => ({
      id,
      source: { url: finding.url },
      ratings: [{ ...(finding.score !== undefined && { score: finding.score }), severity: finding.severity }],
      ...(fixed.size > 0 && { recommendation: `Fixed in ${[...fixed].sort().join(", ")}.` }),
      affects: [...new Set(refs)].sort().map((ref) => ({ ref })),
    }));
}

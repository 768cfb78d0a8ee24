import type { Vulnerability } from "../../schema/model/vulnerability.ts";

/** What was found out about vulnerabilities, by the packages' addresses. */
export interface KnownVulnerabilities {
  /** A package that has none is there with none. */
  readonly found: ReadonlyMap<string, readonly Vulnerability[]>;
  /** Why nothing could be found out. */
  readonly unknown: ReadonlyMap<string, string>;
  /** What was asked: address and RFC 3339. */
  readonly lists: readonly { readonly from: string; readonly date: string }[];
}

interface Affecting {
  readonly vulnerability: Vulnerability;
  readonly refs: string[];
  readonly fixed: Set<string>;
}

/** Each vulnerability once, with every package that it affects (https://cyclonedx.org/docs/1.6/json/#vulnerabilities). */
export function vulnerabilitiesOf(found: KnownVulnerabilities["found"]): object[] {
  const byId = new Map<string, Affecting>();
  for (const [ref, vulnerabilities] of found) {
    for (const each of vulnerabilities) {
      const known = byId.get(each.id) ?? { vulnerability: each, refs: [], fixed: new Set<string>() };
      known.refs.push(ref);
      if (each.fixed !== undefined) known.fixed.add(each.fixed);
      byId.set(each.id, known);
    }
  }
  return [...byId.values()].sort((a, b) => (a.vulnerability.id < b.vulnerability.id ? -1 : 1)).map(entryOf);
}

function entryOf({ vulnerability: { id, aliases, severity, score }, refs, fixed }: Affecting): object {
  return {
    id,
    source: { url: addressOf(id) },
    ...(aliases.length > 0 && {
      references: aliases.map((alias) => ({ id: alias, source: { url: addressOf(alias) } })),
    }),
    ratings: [{ ...(score !== undefined && { score }), severity }],
    ...(fixed.size > 0 && { recommendation: `Fixed in ${[...fixed].sort().join(", ")}.` }),
    affects: [...new Set(refs)].sort().map((ref) => ({ ref })),
  };
}

/** Where to read about it: Arch's tracker for its own names, OSV for all others. */
function addressOf(id: string): string {
  const page = encodeURIComponent(id);
  return /^(?:AVG|ASA)-/.test(id) ? `https://security.archlinux.org/${page}` : `https://osv.dev/vulnerability/${page}`;
}

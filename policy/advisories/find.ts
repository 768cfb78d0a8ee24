import type { AdvisorySubject } from "../../schema/model/identity.ts";
import type { Vulnerability } from "../../schema/model/vulnerability.ts";
import { baseOf, orderingOf } from "../osv/ordering.ts";
import { findVersion } from "../osv/ranges.ts";
import { rankOf, worse } from "../severity/level.ts";
import type { Advisory } from "./layout.ts";

/** What lists say about a package, by the ecosystem as they call it. */
export type Listing = (ecosystem: string, name: string) => readonly Advisory[];

/** The known vulnerabilities of one version, the worst first. Pure but for what `listing` does. */
export function vulnerabilitiesOf({ ecosystem, name, version }: AdvisorySubject, listing: Listing): Vulnerability[] {
  const base = baseOf(ecosystem);
  const listed = [...listing(ecosystem, name), ...(base === ecosystem ? [] : listing(base, name))];
  const ordering = orderingOf(ecosystem);
  const found = listed.flatMap((advisory): Found[] => {
    const { is, fixed } = findVersion(advisory, version, ordering);
    if (is === "unaffected") return [];
    return [
      { advisory, about: cvesIn(advisory), ...(fixed === undefined ? {} : { fixed }), unclear: is === "unclear" },
    ];
  });
  return merged(found).sort(
    (a, b) => rankOf(b.severity) - rankOf(a.severity) || (b.score ?? -1) - (a.score ?? -1) || (a.id < b.id ? -1 : 1),
  );
}

interface Found {
  readonly advisory: Advisory;
  /** CVEs that it is about. */
  readonly about: readonly string[];
  readonly fixed?: string;
  readonly unclear: boolean;
}

/** `CVE-2026-1` of `DEBIAN-CVE-2026-1`, and of a list's own advisory all that it names. */
function cvesIn({ id, aliases }: Advisory): readonly string[] {
  const own = /(?:^|-)(CVE-\d{4}-\d{4,})$/.exec(id)?.[1];
  if (own !== undefined) return [own];
  return [...new Set(aliases.flatMap((alias) => /(?:^|-)(CVE-\d{4}-\d{4,})$/.exec(alias)?.[1] ?? []))];
}

/**
 * One vulnerability is listed more than once: by its CVE, and by the advisory that brought the fix. Those that are about a single
 * CVE come first, and what is only about CVEs that are there already is one more name for them.
 */
function merged(found: readonly Found[]): Vulnerability[] {
  const byId = new Map<string, Vulnerability>();
  const order = found.toSorted((a, b) => weight(a) - weight(b) || (a.advisory.id < b.advisory.id ? -1 : 1));
  for (const each of order) {
    const known = each.about.flatMap((cve) => byId.get(cve) ?? []);
    if (known.length > 0 && known.length === each.about.length) {
      for (const one of known) byId.set(one.id, enriched(one, each));
    } else {
      const one = vulnerabilityIn(each);
      byId.set(one.id, one);
    }
  }
  return [...byId.values()];
}

function weight({ about }: Found): number {
  return about.length === 0 ? Number.MAX_SAFE_INTEGER : about.length;
}

function vulnerabilityIn({ advisory, about, fixed, unclear }: Found): Vulnerability {
  const id = about.length === 1 && about[0] !== undefined ? about[0] : advisory.id;
  const { severity, score, urgency } = advisory;
  return {
    id,
    aliases: names(id, [advisory.id, ...advisory.aliases]),
    severity,
    ...(score === undefined ? {} : { score }),
    ...(urgency === undefined ? {} : { urgency }),
    ...(fixed === undefined ? {} : { fixed }),
    ...(unclear ? { unclear: true } : {}),
  };
}

/** Of an advisory about several, what it says of severity may be about another one. */
function enriched(known: Vulnerability, { advisory, about, fixed }: Found): Vulnerability {
  const isAlone = about.length === 1;
  const first = known.fixed ?? fixed;
  return {
    ...known,
    aliases: names(known.id, [...known.aliases, advisory.id, ...(isAlone ? advisory.aliases : [])]),
    severity: isAlone ? worse(known.severity, advisory.severity) : known.severity,
    ...(first === undefined ? {} : { fixed: first }),
  };
}

function names(id: string, all: readonly string[]): readonly string[] {
  return [...new Set(all)].filter((name) => name !== id).sort();
}

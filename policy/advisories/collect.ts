import { tableOf } from "../../host/package-list/name-table.ts";
import { baseOf, type Ordering, orderingOf, rankedOrdering } from "../osv/ordering.ts";
import { findVersion, type Range } from "../osv/ranges.ts";
import type { AffectedPackage } from "../osv/record.ts";
import { rate } from "../severity/index.ts";
import { type Advisory, type DatabaseFacts, encodeIndex, nameOf } from "./layout.ts";

/** What a record of any list comes to. */
export interface ListedRecord {
  readonly id: string;
  readonly aliases: readonly string[];
  readonly affected: readonly AffectedPackage[];
}

/** Gathers the advisories of a dump by package. */
export interface Collection {
  add(record: ListedRecord): void;
  /** What most of it is about, without a release: `Debian`; undefined where it is about nothing. */
  ecosystem(): string | undefined;
  /** The database about that ecosystem, in pieces to be written one after the other. */
  encode(facts: DatabaseFacts): readonly Buffer[];
}

export function createCollection(): Collection {
  const packages = new Map<string, { readonly ecosystem: string; readonly advisories: Advisory[] }>();
  const same = interner();
  const counts = new Map<string, number>();
  return {
    add: (record) => {
      for (const affected of record.affected) {
        const { ecosystem, name } = affected;
        const key = nameOf(ecosystem, name);
        const known = packages.get(key) ?? { ecosystem: same(ecosystem), advisories: [] };
        known.advisories.push(advisoryOf(record, affected, same));
        packages.set(key, known);
        counts.set(baseOf(ecosystem), (counts.get(baseOf(ecosystem)) ?? 0) + 1);
      }
    },
    ecosystem: () => [...counts].toSorted(([, a], [, b]) => b - a)[0]?.[0],
    encode: (facts) => {
      const own = [...packages].filter(([, { ecosystem }]) => baseOf(ecosystem) === facts.ecosystem);
      const sorted = own.sort(([a], [b]) => (a < b ? -1 : 1));
      const bodies = sorted.map(([, { ecosystem, advisories }]) =>
        Buffer.from(JSON.stringify(shortened(advisories, orderingOf(ecosystem)))),
      );
      const ends = new Uint32Array(bodies.length);
      let end = 0;
      for (const [index, { length }] of bodies.entries()) {
        end += length;
        ends[index] = end;
      }
      return [encodeIndex(facts, tableOf(sorted.map(([key]) => key)), ends), ...bodies];
    },
  };
}

export function advisoryOf(record: ListedRecord, affected: AffectedPackage, same: (text: string) => string): Advisory {
  const { urgency } = affected;
  return {
    id: record.id,
    aliases: record.aliases,
    ...rate(affected),
    ...(urgency === undefined ? {} : { urgency: same(urgency) }),
    ranges: affected.ranges.map((range) => withSame(range, same)),
    versions: affected.versions.map(same),
    ...(affected.unclear === true ? { unclear: true } : {}),
  };
}

function withSame({ semver, events }: Range, same: (text: string) => string): Range {
  return {
    ...(semver === undefined ? {} : { semver }),
    events: events.map(([kind, version]) => [kind, same(version)] as const),
  };
}

/** Without the versions that its ranges name already: most lists write each out as well. */
function shortened(advisories: readonly Advisory[], ordering: Ordering | undefined): readonly Advisory[] {
  if (ordering === undefined) return advisories;
  const versions = advisories.flatMap((each) => [...each.versions, ...each.ranges.flatMap(versionsIn)]);
  const ranked = rankedOrdering(versions, ordering);
  return advisories.map((each) => ({
    ...each,
    versions: each.versions.filter((version) => !isNamed(each, version, ranked)),
  }));
}

function isNamed({ ranges }: Advisory, version: string, ordering: Ordering): boolean {
  return ranges.length > 0 && findVersion({ ranges, versions: [] }, version, ordering).is === "affected";
}

function versionsIn({ events }: Range): readonly string[] {
  return events.map(([, version]) => version);
}

/** One string for all that are equal: versions and urgencies come back a thousand times. */
function interner(): (text: string) => string {
  const known = new Map<string, string>();
  return (text) => {
    const found = known.get(text);
    if (found !== undefined) return found;
    known.set(text, text);
    return text;
  };
}

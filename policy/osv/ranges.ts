import { type Ordering, SEMVER } from "./ordering.ts";

/** A point in the order of versions where something changes (ossf.github.io/osv-schema, affected[].ranges[].events). */
export type RangeEvent = readonly [kind: "introduced" | "fixed" | "last_affected" | "limit", version: string];

export interface Range {
  /** Ordered as Semantic Versioning says, whatever the ecosystem does. */
  readonly semver?: true;
  readonly events: readonly RangeEvent[];
}

/** Which versions of one package are affected. */
export interface AffectedVersions {
  readonly ranges: readonly Range[];
  /** Each by its name. */
  readonly versions: readonly string[];
  /** A part of it could not be understood. */
  readonly unclear?: true;
}

/** What is known about one version. */
export interface Finding {
  /** `unclear`: it could not be made out, and counts as affected. */
  readonly is: "affected" | "unclear" | "unaffected";
  /** The first later version that is said to be free of it. */
  readonly fixed?: string;
}

/**
 * Whether a version is affected: it is listed, or lies in a range (ossf.github.io/osv-schema, "Evaluation"). A version that
 * cannot be read, a range whose order is not known or whose versions cannot be read, and an entry that says nothing at all are
 * unclear, for to take them for harmless would be a guess.
 */
export function findVersion(affected: AffectedVersions, version: string, ordering: Ordering | undefined): Finding {
  const found = affected.ranges.map((range) => findInRange(range, version, ordering));
  const inside = found.find(({ is }) => is === "affected");
  if (inside !== undefined) return inside;
  if (affected.versions.includes(version)) return withFixed("affected", firstFix(affected.ranges, version, ordering));
  const unclear = found.find(({ is }) => is === "unclear");
  if (unclear !== undefined) return unclear;
  const saysNothing = affected.ranges.length === 0 && affected.versions.length === 0;
  return { is: affected.unclear === true || saysNothing ? "unclear" : "unaffected" };
}

function findInRange(range: Range, version: string, ordering: Ordering | undefined): Finding {
  const order = range.semver === true ? SEMVER : ordering;
  if (order === undefined || !isReadable(range, version, order)) return { is: "unclear" };
  if (!isBeforeLimits(range, version, order)) return { is: "unaffected" };
  return isInside(range, version, order)
    ? withFixed("affected", firstFix([range], version, order))
    : { is: "unaffected" };
}

function withFixed(is: Finding["is"], fixed: string | undefined): Finding {
  return fixed === undefined ? { is } : { is, fixed };
}

function isReadable({ events }: Range, version: string, { isVersion }: Ordering): boolean {
  return events.length > 0 && isVersion(version) && events.every((event) => isEverything(event) || isVersion(event[1]));
}

/** `introduced: "0"` stands for what comes before every version, `limit: "*"` for what comes after. */
function isEverything([kind, version]: RangeEvent): boolean {
  return (kind === "introduced" && version === "0") || (kind === "limit" && version === "*");
}

/** Without limits everything is before them; of several, one is enough. */
function isBeforeLimits({ events }: Range, version: string, { compare }: Ordering): boolean {
  const limits = events.filter(([kind]) => kind === "limit");
  return limits.length === 0 || limits.some((limit) => isEverything(limit) || compare(version, limit[1]) < 0);
}

function isInside({ events }: Range, version: string, order: Ordering): boolean {
  let inside = false;
  for (const event of sorted(events, order)) {
    const [kind, at] = event;
    const distance = isEverything(event) ? 1 : order.compare(version, at);
    if (kind === "introduced" && distance >= 0) inside = true;
    else if (kind === "fixed" && distance >= 0) inside = false;
    else if (kind === "last_affected" && distance > 0) inside = false;
  }
  return inside;
}

/** At one version what is fixed comes first, for it is said to be introduced there again; the last affected one comes last. */
const TIES: Readonly<Record<RangeEvent[0], number>> = { fixed: 0, introduced: 1, last_affected: 2, limit: 3 };

function sorted(events: readonly RangeEvent[], { compare }: Ordering): readonly RangeEvent[] {
  return events.toSorted((a, b) => {
    const [first, second] = [isEverything(a), isEverything(b)];
    if (first || second) return first === second ? TIES[a[0]] - TIES[b[0]] : placeOf(first ? a : b, first);
    return compare(a[1], b[1]) || TIES[a[0]] - TIES[b[0]];
  });
}

/** Before or after all others. */
function placeOf([kind]: RangeEvent, isLeft: boolean): number {
  return (kind === "introduced") === isLeft ? -1 : 1;
}

function firstFix(ranges: readonly Range[], version: string, ordering: Ordering | undefined): string | undefined {
  let first: string | undefined;
  for (const range of ranges) {
    const order = range.semver === true ? SEMVER : ordering;
    if (order?.isVersion(version) !== true) continue;
    for (const [kind, at] of range.events) {
      if (kind !== "fixed" || !order.isVersion(at) || order.compare(version, at) >= 0) continue;
      if (first === undefined || order.compare(at, first) < 0) first = at;
    }
  }
  return first;
}

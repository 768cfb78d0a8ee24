import type { Artifact } from "../../../schema/model/artifact.ts";
import type { Change } from "../../../schema/model/change.ts";
import type { PlatformLock } from "../../../schema/model/lock.ts";
import type { FindKept, Records } from "../../../schema/model/provider.ts";
import type { Problem, Transaction } from "../../../schema/model/transaction.ts";
import { desiredOf } from "../desired.ts";
import type { AptConfig } from "../machine/config.ts";
import type { Indexes } from "../sources/index-digests.ts";
import { type SnapshotAddresses, snapshotAddress } from "../sources/snapshot-address.ts";
import { idOf } from "../sources/snapshot-time.ts";
import type { IndexTarget } from "../sources/targets.ts";
import { keptBuilds } from "./kept.ts";
import { isUnlisted, type Market, recordedArtifact } from "./market.ts";
import type { OpenMarket } from "./open-market.ts";

/** A version that a lock pins. */
export interface Pinned {
  readonly name: string;
  readonly version: string;
  readonly sha256?: string;
}

export interface KeptSources {
  readonly config: AptConfig;
  readonly records: Records;
  readonly indexes: Indexes | undefined;
  readonly kept: FindKept | undefined;
  readonly snapshots: (() => Promise<SnapshotAddresses>) | undefined;
}

export interface KeptMarket {
  readonly market: Market;
  /** Indexes of the lock that would have been looked at, and are not kept here. */
  readonly absent: readonly string[];
}

/**
 * The market, and beside what the sources offer today what they offered when the lock was made, as far as one of these versions
 * is there no more. Nothing is read where all of them are. Errors: those of `keptBuilds`.
 */
export async function withKept(
  { market, lists }: OpenMarket,
  pins: readonly Pinned[],
  { config, records, indexes = {}, kept: find, snapshots }: KeptSources,
): Promise<KeptMarket> {
  const gone = pins.filter((pin) => !isThere(pin, market, records));
  if (gone.length === 0 || find === undefined || Object.keys(indexes).length === 0) return { market, absent: [] };
  const own = (await snapshots?.()) ?? {};
  const { builds, absent } = await keptBuilds({
    keys: new Set(gone.map(({ name }) => name)),
    indexes,
    find,
    targets: lists.targets,
    missing: lists.missing,
    config,
    archive: (target, time) => archiveOf(target, time, config, own),
  });
  const offers = (key: string): readonly Artifact[] => [...market.offers(key), ...(builds.get(key) ?? [])];
  return { market: { ...market, offers, listed: (key) => market.listed(key) || builds.has(key) }, absent };
}

/** The versions that changes name. */
export function pinsOf(changes: readonly Change[]): readonly Pinned[] {
  return changes.flatMap(({ name, kind, after, sha256 }) =>
    kind === "modify" || typeof after?.version !== "string"
      ? []
      : [{ name, version: after.version, ...(sha256 === undefined ? {} : { sha256 }) }],
  );
}

/** The versions that a lock pins. */
export function pinsIn(lock: PlatformLock): readonly Pinned[] {
  return desiredOf(lock).wanted.flatMap(({ name, pin }) =>
    pin === undefined
      ? []
      : [{ name, version: pin.version, ...(pin.sha256 === undefined ? {} : { sha256: pin.sha256 }) }],
  );
}

/** Whether a list of today has a pinned build. */
export function isListed({ name, version, sha256 }: Pinned, market: Pick<Market, "offers">): boolean {
  return market
    .offers(name)
    .some(
      (offer) => !isUnlisted(offer) && offer.version === version && (sha256 === undefined || offer.sha256 === sha256),
    );
}

/** Says where builds come from that no list of today has, and of what was not found that its proof is not here either. */
export function explained(transaction: Transaction, absent: readonly string[], snapshot?: string): Transaction {
  const kept = transaction.artifacts.filter(({ chain }) => chain.type === "debian" && chain.kept === true).length;
  const notes = [
    ...(snapshot === undefined ? [] : [`The sources are read as they were at ${snapshot} (apt.snapshot).`]),
    ...(kept === 0
      ? []
      : [`No source lists ${kept} of these any more: the lists that the lock was made with prove them.`]),
  ];
  const problems =
    absent.length === 0 ? transaction.problems : transaction.problems.map((each) => unproved(each, absent));
  return { ...transaction, problems, notes: [...transaction.notes, ...notes] };
}

function unproved(problem: Problem, absent: readonly string[]): Problem {
  if (!["no-such-version", "unknown-name"].includes(problem.code)) return problem;
  const lists = [...new Set(absent)].join(", ");
  const why = `The package lists that it was pinned with (${lists}) are not kept here either: they are where the lock was made.`;
  return { ...problem, hint: `${why} ${problem.hint}` };
}

function isThere(pin: Pinned, market: Market, records: Records): boolean {
  if (isListed(pin, market)) return true;
  const recorded = recordedArtifact(records, pin.name, pin.version);
  return recorded !== undefined && (pin.sha256 === undefined || recorded.sha256 === pin.sha256);
}

function archiveOf(target: IndexTarget, time: Date, { tree }: AptConfig, own: SnapshotAddresses): string | undefined {
  if (target.asOf !== undefined || time.getTime() > Date.now()) return undefined;
  const { repoUri: uri, label, origin, snapshots = "" } = target;
  return snapshotAddress({ uri, label, origin, snapshots }, idOf(time), { tree, own }) || undefined;
}

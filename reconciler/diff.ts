import type { Base } from "../schema/model/base.ts";
import type { Cause, Change, Diff, Drift, Kind } from "../schema/model/change.ts";
import type { Desired, Wanted } from "../schema/model/desired.ts";
import type { Versioning } from "../schema/model/provider.ts";
import type { Address, Attributes, Observed, ObservedResource } from "../schema/model/resource.ts";
import { pruned } from "./prune.ts";

export interface DiffInput {
  /** What the last applied generation wanted, and what omg owns; absent on the first run. */
  readonly base: Base | undefined;
  /** What other locks on this machine own or want: this one never prunes it. */
  readonly elsewhere: ReadonlySet<Address>;
  readonly desired: readonly Desired[];
  /** By provider; a provider that is missing here was not looked at, and nothing is concluded about it. */
  readonly observed: ReadonlyMap<string, Observed>;
  readonly versioning: ReadonlyMap<string, Versioning>;
  readonly allowDowngrades: boolean;
  /** Where a version that omg had in its hands came from, by its records. */
  readonly cameFrom?: (address: Address, version: string) => string | undefined;
  /** A rollback: marks and versions return for everything the generation holds, owned or not. */
  readonly rollback: boolean;
}

/** Compares base, lock and machine. Pure: the same input gives the same answer. */
export function diff(input: DiffInput): Diff {
  const parts = input.desired.flatMap((desired) => {
    const observed = input.observed.get(desired.provider);
    const versioning = input.versioning.get(desired.provider);
    return observed === undefined || versioning === undefined
      ? []
      : [compareProvider(input, desired, observed, versioning)];
  });
  return mergeDiffs(parts);
}

export function mergeDiffs(parts: readonly Diff[]): Diff {
  return {
    drift: parts.flatMap((part) => part.drift),
    changes: parts.flatMap((part) => part.changes),
    ahead: parts.flatMap((part) => part.ahead),
    unmanaged: parts.flatMap((part) => part.unmanaged),
    foreign: parts.flatMap((part) => part.foreign),
    unpinned: parts.flatMap((part) => part.unpinned),
    satisfied: parts.reduce((sum, part) => sum + part.satisfied, 0),
    unreadable: parts.flatMap((part) => part.unreadable),
  };
}

function compareProvider(input: DiffInput, desired: Desired, observed: Observed, versioning: Versioning): Diff {
  const before = new Map(
    (input.base?.wanted ?? []).filter((w) => w.provider === desired.provider).map((w) => [w.name, w]),
  );
  const judge = (wanted: Wanted) =>
    compareOne({
      input,
      wanted,
      found: observed.resources.get(wanted.name),
      before: before.get(wanted.name),
      versioning,
    });
  const results = desired.wanted.map(judge);
  const { base, elsewhere, rollback } = input;
  const prune = pruned({ base, elsewhere, desired, observed, rollback });
  return {
    drift: [...before.values()].flatMap((wanted) => driftOf(judge(wanted), wanted, observed)),
    changes: [...results.flatMap((r) => r.change ?? []), ...prune.changes],
    ahead: results.flatMap((r) => r.ahead ?? []),
    unmanaged: prune.unmanaged,
    foreign: prune.foreign,
    unpinned: results.flatMap((r) => (r.unpinned ? [r.address] : [])),
    satisfied: results.filter((r) => r.change === undefined && r.unreadable === undefined).length,
    unreadable: results.flatMap((r) => r.unreadable ?? []),
  };
}

interface Comparison {
  readonly address: Address;
  readonly change?: Change;
  readonly ahead?: Diff["ahead"][number];
  readonly unpinned: boolean;
  readonly unreadable?: Diff["unreadable"][number];
}

interface Pair {
  readonly input: DiffInput;
  readonly wanted: Wanted;
  readonly found: ObservedResource | undefined;
  /** What the last generation wanted under the same name. */
  readonly before: Wanted | undefined;
  readonly versioning: Versioning;
}

function compareOne(pair: Pair): Comparison {
  const { wanted, found } = pair;
  const address: Address = `${wanted.provider}.${wanted.name}`;
  const unpinned = wanted.presence === "present" && wanted.request !== undefined && wanted.pin === undefined;
  if (found?.health === "unavailable")
    return { address, unpinned, unreadable: { address, reason: found.reason ?? "it could not be read" } };
  if (wanted.presence !== "present") return { address, unpinned, ...removal(pair, address) };
  if (found === undefined || found.health === "residual")
    return { address, unpinned, change: change(pair, address, "install", marksAndAttributes(wanted)) };
  const version = versionChange(pair, address);
  const marks = markChanges(pair, address);
  if (version.kind !== undefined)
    return {
      address,
      unpinned,
      change: change(pair, address, version.kind, { ...found.attributes, ...marks, ...version.after }, version.open),
    };
  const rest = { address, unpinned, ...(version.ahead === undefined ? {} : { ahead: version.ahead }) };
  return Object.keys(marks).length === 0
    ? rest
    : { ...rest, change: change(pair, address, "modify", { ...found.attributes, ...marks }) };
}

function removal(pair: Pair, address: Address): { change?: Change } {
  const { wanted, found } = pair;
  if (found === undefined) return {};
  if (wanted.presence === "purged") return { change: change(pair, address, "purge", null) };
  return found.health === "residual" ? {} : { change: change(pair, address, "remove", null) };
}

interface VersionChange {
  readonly kind?: Kind;
  readonly after?: Attributes;
  /** The solver has to say which version the request means. */
  readonly open?: boolean;
  readonly ahead?: Diff["ahead"][number];
}

function versionChange({ input, wanted, found, versioning }: Pair, address: Address): VersionChange {
  const installed = found?.attributes.version;
  if (found?.health === "needs-repair")
    return { kind: "reinstall", ...(wanted.pin === undefined ? {} : { after: { version: wanted.pin.version } }) };
  if (typeof installed !== "string") return {};
  if (wanted.pin !== undefined) {
    const order = versioning.compare(installed, wanted.pin.version);
    if (order === 0 && !isFromElsewhere(input, wanted, found, address)) return {};
    if (order === 0) return { kind: "reinstall", after: { version: wanted.pin.version } };
    if (order < 0) return { kind: "upgrade", after: { version: wanted.pin.version } };
    if (input.allowDowngrades) return { kind: "downgrade", after: { version: wanted.pin.version } };
    return { ahead: { address, installed, pinned: wanted.pin.version } };
  }
  if (wanted.request === undefined) return {};
  if (versioning.satisfies(installed, wanted.request) && !isFromElsewhere(input, wanted, found, address)) return {};
  return { kind: "upgrade", open: true };
}

/**
 * Whether the installed version is none of the source that the lock demands. Package managers do not keep where something came
 * from, so it is enough that the source offers this version, that the pin was taken from there, or that omg's records say so.
 */
function isFromElsewhere(
  { cameFrom }: DiffInput,
  { from, pin }: Wanted,
  found: ObservedResource | undefined,
  address: Address,
): boolean {
  if (from === undefined || found?.origins === undefined || found.origins.includes(from)) return false;
  const version = String(found.attributes.version);
  return !(pin?.version === version && pin.from === from) && cameFrom?.(address, version) !== from;
}

/** Attributes and marks that have to change, with the values they must have. */
function markChanges({ input, wanted, found, before }: Pair, address: Address): Attributes {
  const owned = input.base?.owned[address] !== undefined || input.rollback;
  const must = owned ? { ...wanted.marks, ...wanted.attributes } : wanted.attributes;
  const changed = Object.entries(must).filter(([key, value]) => found?.attributes[key] !== value);
  const dropped = Object.entries(before?.attributes ?? {}).filter(
    ([key, value]) =>
      value === true &&
      found?.attributes[key] === true &&
      wanted.attributes[key] === undefined &&
      wanted.marks?.[key] === undefined,
  );
  return Object.fromEntries([...changed, ...dropped.map(([key]) => [key, false] as const)]);
}

function marksAndAttributes(wanted: Wanted): Attributes {
  return {
    ...(wanted.pin === undefined ? {} : { version: wanted.pin.version }),
    ...wanted.marks,
    ...wanted.attributes,
  };
}

function change(pair: Pair, address: Address, kind: Kind, after: Attributes | null, open = false): Change {
  const { wanted, found } = pair;
  const settled = after === null ? null : open ? withoutVersion(after) : after;
  return {
    address,
    provider: wanted.provider,
    name: wanted.name,
    kind,
    cause: causeOf(pair),
    before: found === undefined || found.health === "residual" ? null : found.attributes,
    after: settled,
    ...(wanted.pin === undefined && wanted.request !== undefined ? { request: wanted.request } : {}),
    ...(wanted.from === undefined ? {} : { from: wanted.from }),
    ...(wanted.pin?.sha256 === undefined ? {} : { sha256: wanted.pin.sha256 }),
    ...(wanted.pin?.commit === undefined && wanted.pin?.url === undefined ? {} : { pin: wanted.pin }),
  };
}

function withoutVersion(attributes: Attributes): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([key]) => key !== "version"));
}

/** The same wish as last time means that the machine moved; another wish means that the lock did. */
function causeOf({ input, wanted, before }: Pair): Cause {
  if (input.rollback) return "rollback";
  return before !== undefined && sameWish(before, wanted) ? "drift" : "lock";
}

function sameWish(a: Wanted, b: Wanted): boolean {
  return (
    a.presence === b.presence &&
    a.request === b.request &&
    a.from === b.from &&
    a.pin?.version === b.pin?.version &&
    sameAttributes(a.attributes, b.attributes) &&
    sameAttributes(a.marks ?? {}, b.marks ?? {})
  );
}

function sameAttributes(a: Attributes, b: Attributes): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}

function driftOf(comparison: Comparison, wanted: Wanted, observed: Observed): readonly Drift[] {
  if (comparison.change === undefined) return [];
  const found = observed.resources.get(wanted.name);
  return [
    {
      address: comparison.address,
      before: wanted.presence === "present" ? marksAndAttributes(wanted) : null,
      after: found === undefined || found.health === "residual" ? null : found.attributes,
    },
  ];
}

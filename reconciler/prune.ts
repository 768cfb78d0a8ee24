import type { Base } from "../schema/model/base.ts";
import type { Change } from "../schema/model/change.ts";
import type { Desired } from "../schema/model/desired.ts";
import type { Address, Observed, ObservedResource } from "../schema/model/resource.ts";

export interface Pruned {
  readonly changes: readonly Change[];
  readonly unmanaged: readonly Address[];
  readonly foreign: readonly Address[];
}

/** What is on the machine and not in the lock: what omg owns has to go, the rest is named, or goes where the lock says so. */
export function pruned(base: Base | undefined, desired: Desired, observed: Observed, rollback: boolean): Pruned {
  const wanted = new Set(desired.wanted.map((w) => w.name));
  const left = leftNames(base, desired.provider, wanted, rollback);
  const owned = new Set(ownedNames(base, desired.provider));
  const unmanaged = [...observed.resources.values()].filter(
    (resource) =>
      resource.requested && resource.health === "installed" && !wanted.has(resource.name) && !owned.has(resource.name),
  );
  const ignored = desired.unmanaged.ignore.map(globToPattern);
  const named =
    desired.unmanaged.mode === "ignore"
      ? []
      : unmanaged.filter((resource) => !ignored.some((pattern) => pattern.test(resource.name)));
  const address = (resource: ObservedResource): Address => `${desired.provider}.${resource.name}`;
  return {
    changes: [
      ...left.flatMap((name) => leftTheLock(desired.provider, observed.resources.get(name), rollback)),
      ...(desired.unmanaged.mode === "remove"
        ? named.filter((r) => removable(r, desired)).map((r) => removalOf(desired.provider, r, "unmanaged"))
        : []),
    ],
    unmanaged: named.map(address),
    foreign: named.filter((resource) => resource.foreign === true).map(address),
  };
}

function ownedNames(base: Base | undefined, provider: string): readonly string[] {
  const prefix = `${provider}.`;
  return Object.keys(base?.owned ?? {}).flatMap((address) =>
    address.startsWith(prefix) ? [address.slice(prefix.length)] : [],
  );
}

/**
 * What omg owns and the lock does not want any more. A dependency that came along without ever being named leaves with what
 * was named, or when its pin is dropped: before that, nobody can say without a solver whether it is still needed.
 */
function leftNames(
  base: Base | undefined,
  provider: string,
  wanted: ReadonlySet<string>,
  rollback: boolean,
): readonly string[] {
  const gone = ownedNames(base, provider).filter((name) => !wanted.has(name));
  if (rollback) return gone;
  const named = new Set((base?.wanted ?? []).filter((w) => w.provider === provider).map((w) => w.name));
  const isDependency = (name: string) => base?.owned[`${provider}.${name}`]?.auto === true;
  const somethingNamedLeft = gone.some((name) => !isDependency(name));
  return gone.filter((name) => !isDependency(name) || named.has(name) || somethingNamedLeft);
}

/** A rollback takes away everything that came since, together; otherwise what something else needs by now stays. */
function leftTheLock(provider: string, found: ObservedResource | undefined, rollback: boolean): readonly Change[] {
  if (found === undefined || found.health === "residual" || found.health === "unavailable") return [];
  return [
    rollback ? removalOf(provider, found, "rollback") : { ...removalOf(provider, found, "left"), onlyIfUnneeded: true },
  ];
}

/** Unknown origin is not permission: only what was looked up and found in a source goes without the extra word. */
function removable(resource: ObservedResource, desired: Desired): boolean {
  return resource.protectedBy === undefined && (resource.foreign === false || desired.unmanaged.foreign === "remove");
}

function removalOf(provider: string, resource: ObservedResource, cause: "left" | "unmanaged" | "rollback"): Change {
  return {
    address: `${provider}.${resource.name}`,
    provider,
    name: resource.name,
    kind: "remove",
    cause,
    before: resource.attributes,
    after: null,
  };
}

/** `*` stands for any characters, `?` for one. Everything else is literal. */
function globToPattern(glob: string): RegExp {
  const source = glob
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replace(/\*/g, ".*")
    .replace(/\?/g, ".");
  return new RegExp(`^${source}$`);
}

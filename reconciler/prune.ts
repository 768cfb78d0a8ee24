import { globMatches } from "../schema/files/glob.ts";
import type { Base } from "../schema/model/base.ts";
import type { Change } from "../schema/model/change.ts";
import type { Desired } from "../schema/model/desired.ts";
import type { Address, Observed, ObservedResource } from "../schema/model/resource.ts";

export interface PruneInput {
  readonly base: Base | undefined;
  /** What other locks on this machine own or want. */
  readonly elsewhere: ReadonlySet<Address>;
  readonly desired: Desired;
  readonly observed: Observed;
  readonly rollback: boolean;
}

export interface Pruned {
  readonly changes: readonly Change[];
  readonly unmanaged: readonly Address[];
  readonly foreign: readonly Address[];
}

/** What is on the machine and not in the lock: what omg owns has to go, the rest is named, or goes where the lock says so. */
export function pruned(input: PruneInput): Pruned {
  const { desired } = input;
  const named = unmanagedOf(input);
  const address = (resource: ObservedResource): Address => `${desired.provider}.${resource.name}`;
  return {
    changes: [
      ...leftOf(input).map((resource) => leaving(desired.provider, resource, input.rollback)),
      ...(desired.unmanaged.mode === "remove"
        ? named.filter((r) => removable(r, desired)).map((r) => removalOf(desired.provider, r, "unmanaged"))
        : []),
    ],
    unmanaged: named.map(address),
    foreign: named.filter((resource) => resource.foreign === true).map(address),
  };
}

/** Asked for on the machine, and neither in this lock nor of any lock's making. */
function unmanagedOf({ base, elsewhere, desired, observed }: PruneInput): readonly ObservedResource[] {
  const { mode, ignore } = desired.unmanaged;
  if (mode === "ignore") return [];
  const wanted = new Set(desired.wanted.map((one) => one.name));
  return [...observed.resources.values()].filter(({ name, requested, health }) => {
    const address: Address = `${desired.provider}.${name}`;
    const known = wanted.has(name) || base?.owned[address] !== undefined || elsewhere.has(address);
    return requested && health === "installed" && !known && !ignore.some((pattern) => globMatches(pattern, name));
  });
}

/**
 * What omg owns and the lock does not want any more. A dependency that came along without ever being named leaves with what
 * was named, or when its pin is dropped: before that, nobody can say without a solver whether it is still needed. A lock that
 * does not speak of a provider at all says nothing about what omg owns of it.
 */
function leftOf(input: PruneInput): readonly ObservedResource[] {
  const { base, desired, rollback } = input;
  if (desired.silent === true) return [];
  const wanted = new Set(desired.wanted.map((one) => one.name));
  const gone = ownedNames(base, desired.provider).filter((name) => !wanted.has(name));
  const here = gone.flatMap((name) => stillOmgs(input, name));
  if (rollback) return here;
  const named = new Set((base?.wanted ?? []).filter((w) => w.provider === desired.provider).map((w) => w.name));
  const isDependency = ({ name }: ObservedResource) => base?.owned[`${desired.provider}.${name}`]?.auto === true;
  const somethingNamedLeft = here.some((resource) => !isDependency(resource));
  return here.filter((resource) => !isDependency(resource) || named.has(resource.name) || somethingNamedLeft);
}

/** It is there, no other lock counts on it, and nobody took it over by asking for it by name. */
function stillOmgs({ base, elsewhere, desired, observed }: PruneInput, name: string): readonly ObservedResource[] {
  const address: Address = `${desired.provider}.${name}`;
  const found = observed.resources.get(name);
  if (found === undefined || found.health === "residual" || found.health === "unavailable") return [];
  return elsewhere.has(address) || takenOver(base?.owned[address], found) ? [] : [found];
}

/** omg brought it as a dependency, and now it is marked as asked for. */
export function takenOver(owned: Base["owned"][Address] | undefined, found: ObservedResource): boolean {
  return owned?.auto === true && found.attributes.auto === false;
}

function ownedNames(base: Base | undefined, provider: string): readonly string[] {
  const prefix = `${provider}.`;
  return Object.keys(base?.owned ?? {}).flatMap((address) =>
    address.startsWith(prefix) ? [address.slice(prefix.length)] : [],
  );
}

/** A rollback takes away everything that came since, together; otherwise what something else needs by now stays. */
function leaving(provider: string, found: ObservedResource, rollback: boolean): Change {
  return rollback
    ? removalOf(provider, found, "rollback")
    : { ...removalOf(provider, found, "left"), onlyIfUnneeded: true };
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

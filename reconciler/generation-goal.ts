import type { Base, Generation } from "../schema/model/base.ts";
import type { Desired, LockIdentity, Wanted } from "../schema/model/desired.ts";
import type { Goal } from "../schema/model/plan.ts";
import type { Address, Attributes, Observed } from "../schema/model/resource.ts";
import { brokenLog } from "./log.ts";
import type { ScopeWorld, World } from "./world.ts";

// A rollback undoes what omg did since a generation. What other hands did meanwhile (last night's security update, a package
// that somebody tried) is not omg's to undo, and stays.

/** What the goal wants of one scope. A rollback leaves the other scope alone. */
export function desiredByGoal(world: World, scope: ScopeWorld, goal: Goal): readonly Desired[] {
  if (goal.type === "lock") return world.desired;
  return goal.scope === scope.scope ? desiredByGeneration(scope, world.binding.lock, goal.number) : [];
}

/**
 * A generation's snapshot as something to want, as far as omg has touched it since, or owned it then: for the lock that made the
 * generation, or for the one that is rolled back.
 */
function desiredByGeneration(scope: ScopeWorld, lock: LockIdentity, number: number): readonly Desired[] {
  const generation = scope.generations.read(number);
  const touched = touchedSince(scope, number);
  const owned = { ...generation.owned, ...ownedByThen(scope, lock, number) };
  const concerns = (address: Address) => touched === undefined || touched.has(address) || address in owned;
  return Object.entries(generation.installed).map(([provider, resources]) => ({
    provider,
    wanted: Object.entries(resources)
      .filter(([name]) => concerns(`${provider}.${name}`))
      .map(([name, attributes]) => snapshotWanted(provider, name, attributes, generation)),
    unmanaged: { mode: "ignore", foreign: "report", ignore: [] },
    notes: [],
  }));
}

/**
 * Addresses of every step that was begun after a generation; undefined where the log does not tell all of it.
 * @throws OmgError `log-broken`: recovery has looked at the newest part of the log only, and here all of it counts
 */
export function touchedSince(
  scope: Pick<ScopeWorld, "scope" | "log" | "generations">,
  number: number,
): ReadonlySet<Address> | undefined {
  const { broken } = scope.log.verify();
  if (broken !== undefined) throw brokenLog(`The log of the ${scope.scope} scope is not as omg wrote it: ${broken}.`);
  const intents = scope.log.entries().filter(({ event }) => event === "apply.intent");
  const hashes = new Set(intents.map(({ hash }) => hash));
  const later = scope.generations.numbers().filter((candidate) => candidate > number);
  if (later.some((candidate) => !hashes.has(scope.generations.read(candidate).entry))) return undefined;
  const since = intents.filter(({ data }) => Number(data.generation) > number);
  return new Set(since.flatMap(({ data }) => (data.steps as { address: Address }[]).map(({ address }) => address)));
}

function snapshotWanted(provider: string, name: string, all: Attributes, generation: Generation): Wanted {
  const { version, ...attributes } = all;
  if (typeof version !== "string") return { provider, name, presence: "present", attributes };
  const sha256 = generation.artifacts[`${provider}.${name}=${version}`];
  const then = generation.wanted.find((wanted) => wanted.provider === provider && wanted.name === name)?.pin;
  const { url, from } = then?.version === version ? then : {};
  const place = url === undefined || from === undefined ? {} : { url, from };
  return {
    provider,
    name,
    presence: "present",
    attributes,
    pin: { version, ...(sha256 === undefined ? {} : { sha256 }), ...place },
  };
}

/** What came since a generation and stays all the same, because another lock on this machine counts on it. */
export function keptForOthers(
  scope: ScopeWorld,
  number: number,
  observed: ReadonlyMap<string, Observed>,
  elsewhere: ReadonlySet<Address>,
): readonly Address[] {
  const { installed } = scope.generations.read(number);
  return [...elsewhere].filter((address) => {
    const [provider, name] = partsOf(address);
    const found = observed.get(provider)?.resources.get(name);
    return found?.health === "installed" && installed[provider]?.[name] === undefined;
  });
}

function partsOf(address: Address): readonly [string, string] {
  const dot = address.indexOf(".");
  return [address.slice(0, dot), address.slice(dot + 1)];
}

/** What this lock wanted by then: the newest generation up to that one that is this lock's, or nothing. */
export function wantedByThen(scope: ScopeWorld, lock: LockIdentity, number: number): readonly Wanted[] {
  return generationOf(scope, lock, number)?.wanted ?? [];
}

/** What omg owned for this lock by then. */
export function ownedByThen(scope: ScopeWorld, lock: LockIdentity, number: number): Base["owned"] {
  return generationOf(scope, lock, number)?.owned ?? {};
}

/** Of a generation that was cleaned away its remnant answers. */
function generationOf(
  { generations }: ScopeWorld,
  lock: LockIdentity,
  number: number,
): Pick<Generation, "wanted" | "owned"> | undefined {
  const known = [
    ...generations.numbers().map((each) => ({ each, read: () => generations.read(each) })),
    ...generations.remnants().map((each) => ({ each, read: () => generations.remnant(each) })),
  ];
  return known
    .filter(({ each }) => each <= number)
    .sort((a, b) => b.each - a.each)
    .map(({ read }) => read())
    .find((made) => made.lock.name === lock.name && made.lock.repository === lock.repository);
}

import type { Address, Attributes, Observed } from "../schema/model/resource.ts";
import { emptyBase } from "./bases.ts";
import { note } from "./note.ts";
import { recordBaseline } from "./record.ts";
import type { ScopeWorld, World } from "./world.ts";

export interface Adoption {
  readonly adopted: readonly Address[];
  readonly already: readonly Address[];
}

/** Installed resources that this lock wants, by address. Only these can be adopted. */
export function adoptable(
  world: World,
  scope: ScopeWorld,
  observed: ReadonlyMap<string, Observed>,
): ReadonlyMap<Address, Attributes> {
  const own = new Set(scope.providers.map((provider) => provider.name));
  const wanted = world.desired.filter((desired) => own.has(desired.provider)).flatMap((desired) => desired.wanted);
  const found = wanted.flatMap((one) => {
    const resource = observed.get(one.provider)?.resources.get(one.name);
    return one.presence === "present" && resource?.health === "installed"
      ? [[`${one.provider}.${one.name}`, resource.attributes] as [Address, Attributes]]
      : [];
  });
  return new Map(found);
}

/** Makes omg the owner of what is installed already: from now on it may be pruned when it leaves the lock. */
export async function adopt(
  world: World,
  scope: ScopeWorld,
  observed: ReadonlyMap<string, Observed>,
  addresses: ReadonlyMap<Address, Attributes>,
): Promise<Adoption> {
  const { lock } = world.binding;
  const before = scope.bases.read(lock) ?? emptyBase(lock, Math.max(scope.generations.latest(), 0));
  const adopted = [...addresses.keys()].filter((address) => before.owned[address] === undefined);
  const already = [...addresses.keys()].filter((address) => before.owned[address] !== undefined);
  if (adopted.length === 0) return { adopted, already };
  await recordBaseline(world, scope, observed);
  note(world, scope, "adopted", lock.name, { addresses: adopted });
  scope.bases.write({
    ...before,
    owned: {
      ...before.owned,
      ...Object.fromEntries(adopted.map((address) => [address, addresses.get(address) ?? {}])),
    },
  });
  return { adopted, already };
}

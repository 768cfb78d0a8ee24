import type { Inventory, InventoryItem } from "../schema/model/inventory.ts";
import type { Dependents } from "./needs.ts";

/** What removing one package would come to. */
export interface Freed {
  /** Everything that would go, the package itself first, what cannot be without it next, then what nothing needs any more. */
  readonly names: readonly string[];
  readonly bytes: number;
  /** The first of them that may never be removed, and why. */
  readonly refusedBy?: { readonly name: string; readonly reason: string };
}

/**
 * Says for installed packages what their removal would free: with everything that cannot be without it, and with all that then
 * is needed by nothing, as `autoremove` has it. What nothing needs already today is not counted. Pure.
 */
export function freedBy(inventory: Inventory, dependents: Dependents): (name: string) => Freed {
  const { items, orphans = [] } = inventory;
  const roots = rootsOf(inventory, new Set(orphans));
  return (name) => {
    const going = goingWith(name, items, dependents);
    const kept = reach(
      roots.filter((root) => !going.has(root)),
      inventory,
      going,
    );
    const idle = new Set(orphans);
    const unneeded = [...items.keys()].filter((each) => !going.has(each) && !kept.has(each) && !idle.has(each));
    const names = [...going, ...unneeded];
    const bytes = names.reduce((sum, each) => sum + (items.get(each)?.size ?? 0), 0);
    const refused = names.find((each) => items.get(each)?.protectedBy !== undefined);
    const reason = items.get(refused ?? "")?.protectedBy;
    return {
      names,
      bytes,
      ...(refused !== undefined && reason !== undefined && { refusedBy: { name: refused, reason } }),
    };
  };
}

/**
 * What is there in its own right: what was asked for, and what stays although nothing that we know of leads to it (a kernel,
 * a name that the configuration protects).
 */
function rootsOf(inventory: Inventory, orphans: ReadonlySet<string>): readonly string[] {
  const { items } = inventory;
  const asked = [...items.values()].filter((item) => item.requested || item.stays || item.protectedBy !== undefined);
  const roots = asked.map(({ name }) => name);
  const reached = reach(roots, inventory, new Set());
  const rest = [...items.keys()].filter((name) => !reached.has(name) && !orphans.has(name));
  const needed = new Set(rest.flatMap((name) => keptBy(name, inventory).filter((met) => met !== name)));
  // Those that no other of them needs come first; what is left then needs itself in a circle.
  for (const name of [...rest.filter((each) => !needed.has(each)), ...rest]) {
    if (reached.has(name)) continue;
    roots.push(name);
    for (const each of reach([name], inventory, new Set())) reached.add(each);
  }
  return roots;
}

/** What a package keeps from being unneeded. */
function keptBy(name: string, { items, keeping }: Inventory): readonly string[] {
  return (items.get(name)?.needs ?? []).flatMap(({ kind, met }) => (keeping.has(kind) ? met : []));
}

/** Everything that a set leads to by needs that keep, itself included, without what is going. */
function reach(from: readonly string[], inventory: Inventory, going: ReadonlySet<string>): Set<string> {
  const reached = new Set<string>();
  const waiting = [...from];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (reached.has(name) || going.has(name)) continue;
    reached.add(name);
    waiting.push(...keptBy(name, inventory));
  }
  return reached;
}

/** A package with all that has a strict need which nothing else that stays would meet. */
function goingWith(name: string, items: ReadonlyMap<string, InventoryItem>, dependents: Dependents): Set<string> {
  const going = new Set([name]);
  // A set that grows while it is walked is walked to its end.
  for (const gone of going) {
    for (const { name: other } of dependents.get(gone) ?? []) {
      const unmet = items
        .get(other)
        ?.needs.some(({ strict, met }) => strict && met.includes(gone) && met.every((each) => going.has(each)));
      if (unmet === true) going.add(other);
    }
  }
  return going;
}

import type { Inventory, InventoryItem } from "../schema/model/inventory.ts";

/** One installed package that needs another one. */
export interface Dependent {
  readonly name: string;
  readonly kind: string;
  readonly strict: boolean;
  /** In the dependent's own words: `default-mta | mail-transport-agent`. */
  readonly text: string;
}

/** A link of a chain: a package, and how it needs the next one; the last has no `kind`. */
export interface Link {
  readonly name: string;
  readonly kind?: string;
}

/** Who needs whom, the other way round: by the name of what is needed. */
export type Dependents = ReadonlyMap<string, readonly Dependent[]>;

/** Pure. */
export function dependentsIn({ items }: Inventory): Dependents {
  const found = new Map<string, Dependent[]>();
  for (const item of items.values()) {
    for (const { kind, strict, text, met } of item.needs) {
      for (const name of met) {
        if (name === item.name) continue;
        const list = found.get(name) ?? [];
        if (list.length === 0) found.set(name, list);
        list.push({ name: item.name, kind, strict, text });
      }
    }
  }
  return found;
}

/**
 * The shortest ways in which what somebody asked for leads to a package, one for each of the nearest that were asked for; at
 * most `most`. Ways of strict needs alone come first, and others only where there are none. Pure.
 */
export function chainsTo(name: string, inventory: Inventory, dependents: Dependents, most: number): readonly Link[][] {
  const strict = search(name, inventory.items, dependents, ({ strict }) => strict, most);
  if (strict.length > 0) return strict;
  return search(name, inventory.items, dependents, ({ kind }) => inventory.keeping.has(kind), most);
}

function search(
  name: string,
  items: ReadonlyMap<string, InventoryItem>,
  dependents: Dependents,
  counts: (dependent: Dependent) => boolean,
  most: number,
): readonly Link[][] {
  const chains: Link[][] = [];
  const seen = new Set([name]);
  // Breadth first, so that the first way to a package is a shortest one.
  const waiting: Link[][] = [[{ name }]];
  for (let chain = waiting.shift(); chain !== undefined && chains.length < most; chain = waiting.shift()) {
    const [head] = chain;
    for (const dependent of dependents.get(head?.name ?? "") ?? []) {
      if (!counts(dependent) || seen.has(dependent.name)) continue;
      seen.add(dependent.name);
      const longer = [{ name: dependent.name, kind: dependent.kind }, ...chain];
      if (items.get(dependent.name)?.requested === true) chains.push(longer);
      else waiting.push(longer);
    }
  }
  return chains.slice(0, most);
}

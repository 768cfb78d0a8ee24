import { freedBy } from "../../catalog/freed.ts";
import { dependentsIn } from "../../catalog/needs.ts";
import { OmgError } from "../../schema/error.ts";
import type { Inventory, InventoryItem } from "../../schema/model/inventory.ts";
import type { SizeResult } from "../answers.ts";
import type { Context, Selection } from "../context.ts";
import { answering } from "../questions.ts";

export interface SizeOptions extends Pick<Selection, "only" | "skip"> {
  /** Only these; empty: all. */
  readonly names: readonly string[];
  /** Most packages to give back. */
  readonly limit: number;
}

/** What is installed by size, and what the removal of each would free. */
export async function size(ctx: Context, { names, limit, ...selection }: SizeOptions): Promise<SizeResult> {
  const inventories: Inventory[] = [];
  for (const provider of await answering(ctx, selection, "inventory")) inventories.push(await provider.inventory());
  const all = inventories.flatMap((inventory) => [...inventory.items.values()]);
  const missing = names.find((name) => !all.some((item) => item.name === name));
  if (missing !== undefined) throw notInstalled(missing);
  const chosen = names.length === 0 ? all : all.filter(({ name }) => names.includes(name));
  const shown = new Set([...chosen].sort(largestFirst).slice(0, limit));
  return {
    packages: inventories.flatMap((inventory) => rowsOf(inventory, shown)).sort(largestFirst),
    count: chosen.length,
    bytes: chosen.reduce((sum, item) => sum + (item.size ?? 0), 0),
  };
}

function rowsOf(inventory: Inventory, shown: ReadonlySet<InventoryItem>): SizeResult["packages"][number][] {
  const freed = freedBy(inventory, dependentsIn(inventory));
  return [...inventory.items.values()]
    .filter((item) => shown.has(item))
    .map((item) => {
      const { names, bytes, refusedBy } = freed(item.name);
      const known = { name: item.name, ...(item.size !== undefined && { size: item.size }) };
      if (refusedBy === undefined) return { ...known, frees: bytes, alsoRemoved: names.slice(1) };
      const { name, reason } = refusedBy;
      return { ...known, alsoRemoved: [], refused: name === item.name ? reason : `needed by ${name} (${reason})` };
    });
}

function largestFirst(a: { name: string; size?: number }, b: { name: string; size?: number }): number {
  return (b.size ?? -1) - (a.size ?? -1) || (a.name < b.name ? -1 : 1);
}

function notInstalled(name: string): OmgError {
  return new OmgError({
    code: "not-installed",
    exit: "error",
    message: `${name} is not installed.`,
    hint: "`omg info` shows how large it would be.",
  });
}

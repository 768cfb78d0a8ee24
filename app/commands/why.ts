import { chainsTo, dependentsIn } from "../../catalog/needs.ts";
import type { Inventory } from "../../schema/model/inventory.ts";
import type { WhyResult } from "../answers.ts";
import type { Context, Selection } from "../context.ts";
import { type Answering, answering, lockIfAny, lockWords, ownerIn, unknownName } from "../questions.ts";

export interface WhyOptions extends Selection {
  readonly name: string;
}

const CHAINS = 5;

type Provider = Answering<"inventory" | "offers" | "catalog">;

/** Why a package is on this machine, or what would bring it. */
export async function why(ctx: Context, { name, ...selection }: WhyOptions): Promise<WhyResult> {
  const providers = await answering(ctx, selection, "inventory", "offers", "catalog");
  const lock = await lockIfAny(ctx, selection);
  const [first] = providers;
  for (const provider of providers) {
    const inventory = await provider.inventory();
    const known = inventory.items.has(name) ? here(name, inventory) : await elsewhere(name, inventory, provider);
    const word = (await lockWords(ctx, lock, provider))(name);
    if (known === undefined && word === undefined) continue;
    const owner = ownerIn(ctx, lock, provider)(name);
    return {
      ...(known ?? { ...UNKNOWN, name }),
      ...(word !== undefined && { lock: word }),
      ...(owner !== undefined && { ownedBy: owner }),
    };
  }
  throw first === undefined ? new Error("no provider answers") : await unknownName(ctx, first, name);
}

const UNKNOWN = { requested: false, chains: [], dependents: [], orphan: false, providers: [], wishedBy: [] };

function here(name: string, inventory: Inventory): WhyResult {
  const dependents = dependentsIn(inventory);
  const item = inventory.items.get(name);
  return {
    ...UNKNOWN,
    name,
    ...(item !== undefined && { installed: item.version }),
    requested: item?.requested === true,
    chains: chainsTo(name, inventory, dependents, CHAINS),
    dependents: (dependents.get(name) ?? []).map(({ name: by, kind, text }) => ({ name: by, kind, text })),
    orphan: inventory.orphans?.includes(name) === true,
    ...(item?.protectedBy !== undefined && { protectedBy: item.protectedBy }),
  };
}

/** Undefined where nobody has such a name. */
async function elsewhere(name: string, inventory: Inventory, provider: Provider): Promise<WhyResult | undefined> {
  const offers = (await provider.offers(new Set([name]))).get(name);
  if (offers === undefined) return undefined;
  const { candidate, versions, providers } = offers;
  const source = versions.find(({ version }) => version === candidate)?.origins[0]?.source ?? "";
  return {
    ...UNKNOWN,
    name,
    ...(candidate !== undefined && { candidate: { version: candidate, source } }),
    providers,
    wishedBy: wishesFor(name, inventory),
  };
}

/** Needs of installed packages that nothing meets, and that this name would. */
function wishesFor(name: string, { items }: Inventory): WhyResult["wishedBy"] {
  return [...items.values()].flatMap(({ name: by, needs }) =>
    needs.flatMap(({ kind, text, met }) =>
      met.length === 0 && text.split(" | ").some((each) => each.split(/[\s:]/, 1)[0] === name)
        ? [{ name: by, kind }]
        : [],
    ),
  );
}

import { grade } from "../../policy/grade.ts";
import { OmgError } from "../../schema/error.ts";
import type { Inventory, InventoryItem, Offers } from "../../schema/model/inventory.ts";
import type { InfoResult, PackageInfo } from "../answers.ts";
import type { Context, Selection } from "../context.ts";
import { type Look, listedHere } from "../listed-vulnerabilities.ts";
import type { FoundLock } from "../lock-file.ts";
import { bySources, described, factsIn } from "../offered-info.ts";
import { type Answering, answering, lockIfAny, lockWords, ownerIn, unknownName } from "../questions.ts";
import { readOnlyScope } from "../world.ts";

export interface InfoOptions extends Selection {
  readonly names: readonly string[];
}

type Provider = Answering<"inventory" | "offers" | "catalog">;

/** What packages are looked up in. */
export interface Sight {
  readonly providers: readonly Provider[];
  readonly lock: FoundLock | undefined;
}

/** Errors: those of `readLock`. */
export async function sightOf(ctx: Context, selection: Selection): Promise<Sight> {
  const providers = await answering(ctx, selection, "inventory", "offers", "catalog");
  return { providers, lock: await lockIfAny(ctx, selection) };
}

/** Everything that is known of some packages: by their sources, on this machine, in the lock, and in omg's own records. */
export async function info(ctx: Context, { names, ...selection }: InfoOptions): Promise<InfoResult> {
  if (names.length === 0) throw nothingAsked();
  const sight = await sightOf(ctx, selection);
  const found = await knownOf(ctx, sight, names);
  const [first] = sight.providers;
  const lacking = first === undefined ? [] : names.filter((name) => !found.has(name));
  const faults: OmgError[] = [];
  for (const name of lacking) if (first !== undefined) faults.push(await unknownName(ctx, first, name));
  const [fault] = faults;
  if (found.size === 0 && faults.length === 1 && fault !== undefined) throw fault;
  return {
    packages: names.flatMap((name) => found.get(name) ?? []),
    unknown: faults.map(({ message, hint = "" }, index) => ({ name: lacking[index] ?? "", message, hint })),
  };
}

/** What is known of each of these names that anything is known of: of one in several providers, by the first. */
export async function knownOf(
  ctx: Context,
  { providers, lock }: Sight,
  names: readonly string[],
): Promise<ReadonlyMap<string, PackageInfo>> {
  const found = new Map<string, PackageInfo>();
  const holes = await listedHere(ctx);
  for (const provider of providers) {
    for (const each of await infoIn(ctx, provider, names, lock, holes))
      found.set(each.name, found.get(each.name) ?? each);
  }
  return found;
}

async function infoIn(
  ctx: Context,
  provider: Provider,
  names: readonly string[],
  lock: FoundLock | undefined,
  holes: Look | undefined,
): Promise<readonly PackageInfo[]> {
  const offers = await provider.offers(new Set(names));
  const { items } = await inventoryFor(provider, names, offers);
  const words = await lockWords(ctx, lock, provider);
  const owner = ownerIn(ctx, lock, provider);
  const { records } = readOnlyScope(ctx, provider.scope);
  const known = (await holes?.(names.map((name) => items.get(name)))) ?? [];
  return names.flatMap((name, index) => {
    const item = items.get(name);
    const vulnerabilities = known[index];
    const offered = offers.get(name);
    if (item === undefined && offered === undefined) return [];
    const [word, ownedBy] = [words(name), owner(name)];
    return [
      {
        name,
        provider: provider.name,
        ...described(item, offered),
        ...(word !== undefined && { lock: word }),
        ...(ownedBy !== undefined && { ownedBy }),
        ...verified(records, provider, item),
        ...(vulnerabilities !== undefined && { vulnerabilities }),
        ...bySources(offered),
      },
    ];
  });
}

/** The least of it is kept between runs; all that a package needs is told only where no source describes it. */
async function inventoryFor(
  { inventory }: Provider,
  names: readonly string[],
  offers: ReadonlyMap<string, Offers>,
): Promise<Inventory> {
  const least = await inventory({ orphans: false, weakNeeds: false });
  const isDescribed = (name: string) => !least.items.has(name) || factsIn(offers.get(name)) !== undefined;
  return names.every(isDescribed) ? least : inventory({ orphans: false });
}

/** What omg recorded when it had this very version in its hands. */
function verified(
  records: ReturnType<typeof readOnlyScope>["records"],
  provider: Provider,
  item: InventoryItem | undefined,
): Pick<PackageInfo, "verified"> {
  if (item === undefined) return {};
  const record = records.artifact(`${provider.name}.${item.name}`, item.version);
  if (record === undefined || record.evidence.length === 0) return {};
  const { evidence, sha256 } = record;
  return { verified: { grade: grade(evidence), sha256, evidence } };
}

function nothingAsked(): OmgError {
  return new OmgError({
    code: "usage",
    exit: "error",
    message: "No package was named.",
    hint: "Give one name or more: `omg info curl`.",
  });
}

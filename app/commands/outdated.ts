import type { InventoryItem, Offers } from "../../schema/model/inventory.ts";
import type { OutdatedResult } from "../answers.ts";
import type { Context, Selection } from "../context.ts";
import { type Look, listedHere } from "../listed-vulnerabilities.ts";
import type { FoundLock } from "../lock-file.ts";
import { type Answering, answering, lockIfAny, wantedIn } from "../questions.ts";

type Row = OutdatedResult["packages"][number];

/** What is installed and has a newer version to go to, by the lists on the disk. */
export async function outdated(ctx: Context, selection: Selection): Promise<OutdatedResult> {
  const providers = await answering(ctx, selection, "offers");
  const lock = await lockIfAny(ctx, selection);
  const listed = await listedHere(ctx);
  const rows = await Promise.all(
    providers.map(async (provider) => {
      const found = await outdatedIn(provider, lock);
      return listed === undefined || found.length === 0 ? found : withFixes(found, provider, listed);
    }),
  );
  const packages = rows.flat();
  return { packages, count: packages.length };
}

/** Which known vulnerabilities of what is installed the newer version is without, by the lists on the disk. */
async function withFixes(
  rows: readonly Row[],
  { inventory, versioning: { compare } }: Answering<"offers">,
  listed: Look,
): Promise<readonly Row[]> {
  const { items } = (await inventory?.({ orphans: false, weakNeeds: false })) ?? {
    items: new Map<string, InventoryItem>(),
  };
  const known = await listed(rows.map(({ name }) => items.get(name)));
  return rows.map((row, index) => {
    // Lists have the source's versions: where those go their own way, nothing can be said of the candidate's.
    const isOfSource = row.installed.startsWith(items.get(row.name)?.advisory?.version ?? "\0");
    const all = isOfSource ? (known[index]?.known ?? []) : [];
    const fixes = all
      .filter(({ fixed }) => fixed !== undefined && compare(row.candidate, fixed) >= 0)
      .map(({ id }) => id);
    return fixes.length === 0 ? row : { ...row, fixes };
  });
}

async function outdatedIn(provider: Answering<"offers">, lock: FoundLock | undefined): Promise<readonly Row[]> {
  const { offers, here: all, isHeld } = await newerIn(provider);
  const wanted = wantedIn(lock, provider);
  const { compare } = provider.versioning;
  return [...offers.values()].flatMap(({ name, candidate, versions }): readonly Row[] => {
    const here = all.get(name);
    if (here === undefined || candidate === undefined || compare(candidate, here) <= 0) return [];
    const origins = versions.find(({ version }) => version === candidate)?.origins ?? [];
    const pinned = wanted.get(name)?.pin?.version;
    return [
      {
        name,
        installed: here,
        candidate,
        source: [...new Set(origins.map(({ source }) => source))].join(", "),
        ...(pinned !== undefined && { pinned }),
        held: isHeld(name),
        security: origins.some(({ security }) => security),
        ahead: pinned !== undefined && compare(here, pinned) > 0,
      },
    ];
  });
}

interface Newer {
  /** Of what has something newer, and perhaps of more. */
  readonly offers: ReadonlyMap<string, Offers>;
  /** Installed versions by name. */
  readonly here: ReadonlyMap<string, string>;
  isHeld(name: string): boolean;
}

async function newerIn(provider: Answering<"offers">): Promise<Newer> {
  if (provider.newer !== undefined) {
    const offers = await provider.newer();
    const here = [...offers].flatMap(([name, { versions }]) =>
      versions.flatMap(({ version, installed }) => (installed ? [[name, version] as const] : [])),
    );
    return { offers, here: new Map(here), isHeld: () => false };
  }
  const { resources } = await provider.observe();
  const installed = [...resources.values()].filter(({ health }) => health !== "residual");
  const here = new Map(installed.map(({ name, attributes }) => [name, String(attributes.version ?? "")]));
  const offers = await provider.offers(new Set(here.keys()), { facts: false });
  return { offers, here, isHeld: (name) => resources.get(name)?.attributes.hold === true };
}

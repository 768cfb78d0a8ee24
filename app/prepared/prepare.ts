import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { openBook, writeBook } from "../../catalog/book.ts";
import { digestOf } from "../../host/canonical-json.ts";
import { fnv1a64 } from "../../host/fnv.ts";
import { watchLooks } from "../../host/looks.ts";
import { pathsFor } from "../../host/paths.ts";
import { readPlatform } from "../../host/platform.ts";
import { run } from "../../host/run.ts";
import { OmgError } from "../../schema/error.ts";
import type { OfferShelf } from "../../schema/model/inventory.ts";
import type { Provider } from "../../schema/model/provider.ts";
import { OWN } from "../../schema/wire/own.ts";
import { surroundingsText } from "../../schema/wire/surroundings.ts";
import type { PackageInfo } from "../answers.ts";
import { explicit } from "../commands/explicit.ts";
import { knownOf, type Sight, sightOf } from "../commands/info.ts";
import { orphans } from "../commands/orphans.ts";
import { outdated } from "../commands/outdated.ts";
import { readConfig } from "../config.ts";
import type { Context } from "../context.ts";
import { offeredInfo } from "../offered-info.ts";
import { statusPath } from "../published-status.ts";
import { type Answering, answering, indexOf, isIndexed, wantedIn } from "../questions.ts";
import { readOnlyScope } from "../world.ts";
import { buildOf } from "./build.ts";
import { preparing } from "./child.ts";
import { type AboutMachine, type AboutMarket, preparedPlaces } from "./kept.ts";

/** How often it is begun again where what it reads changes under it, and how long after. */
const TRIES = 5;
const PAUSE_MS = 200;

/**
 * Works out, as the commands do that ask, what they would say of this machine outside every folder with a lock, and keeps it for an omgd that
 * answers from it. What only the sources decide is left as it is where they have not changed.
 * @throws OmgError `still-changing`, and those of the commands
 */
export async function prepare(ctx: Context): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    if (await prepareOnce(ctx)) return;
    if (tries === TRIES) throw stillChanging();
    await pause(PAUSE_MS);
  }
}

/** False where something changed meanwhile. */
async function prepareOnce(outer: Context): Promise<boolean> {
  const looks = watchLooks();
  let warned = false;
  const ctx: Context = {
    ...outer,
    cwd: "/",
    emit: (event) => {
      warned ||= event.type === "warning";
    },
  };
  const made = Date.now();
  const build = buildOf(ctx);
  const searched = await answering(ctx, {}, "catalog");
  const catalogs = await Promise.all(searched.map((provider) => provider.catalog()));
  // Before the lists are gone through here, which takes as long.
  const indexing = indexMeanwhile(
    ctx,
    searched.some((provider, index) => !isIndexed(ctx, provider, catalogs[index] ?? { key: "" })),
  );
  const sight = await sightOf(ctx, {});
  const [asked, others, idle, newer] = [
    await answered(() => explicit(ctx, {})),
    await answered(() => explicit(ctx, { skip: ["runtimes"] })),
    await answered(() => orphans(ctx, {})),
    await answered(() => outdated(ctx, {})),
  ];
  const own = await ownNames(ctx, sight);
  const key = digestOf({ build, platform: readPlatform().platform, catalogs: catalogs.map((each) => each.key) });
  const { absent } = await market(ctx, sight, { key, own });
  const known = await knownOf(ctx, sight, [...new Set([...own, ...absent])]);
  const isMade = await indexing;
  for (const [index, provider] of searched.entries()) {
    const catalog = catalogs[index];
    // What was made just now need not be gone through again.
    if (catalog !== undefined && !(isMade && isIndexed(ctx, provider, catalog))) await indexOf(ctx, provider, catalog);
  }
  const installed = catalogs.map((catalog) => Object.fromEntries(catalog.installed()));
  const everybodys = (await isMachines(ctx)) ? sameForAll(ctx) : [];
  looks.stop();
  const files = looks.files([
    ...["system", "user"].map((scope) => cacheOf(ctx, scope)),
    "/proc",
    dirname(statusPath(ctx)),
  ]);
  if (files === undefined) return false;
  const about: AboutMachine = {
    made,
    market: key,
    build,
    surroundings: fnv1a64(surroundingsText(ctx)),
    catalogs: catalogs.map((catalog, index) => ({ provider: searched[index]?.name ?? "", key: catalog.key })),
    installed,
    ...(asked === undefined ? {} : { explicit: asked }),
    ...(others === undefined ? {} : { explicitForOthers: others }),
    ...(idle === undefined ? {} : { orphans: idle }),
    ...(newer === undefined ? {} : { outdated: newer }),
    everybodys,
    warned,
    files,
  };
  writeBook(preparedPlaces(ctx).machine, about, recordsOf(known));
  return true;
}

/**
 * Has a second process make the indexes, where there is a processor for it beside those of this one and of who asks meanwhile: they are half of the
 * work when a list has changed, and hang on nothing of the other half. Whatever comes of it, `indexOf` finds what it left or makes its own. True
 * where it says that all are there.
 */
async function indexMeanwhile(ctx: Context, isMissing: boolean): Promise<boolean> {
  if (!isMissing || availableParallelism() < 3) return false;
  const { file, args, env } = preparing(ctx, "index");
  const ran = await run(file, args, { env, signal: ctx.signal }).catch(() => undefined);
  return ran?.code === 0;
}

/** Makes the indexes of everything that could be installed, where they are not there. Errors: those of the catalogs. */
export async function indexAll(ctx: Context): Promise<void> {
  for (const provider of await answering(ctx, {}, "catalog")) await indexOf(ctx, provider, await provider.catalog());
}

/** Commands whose answers here have nothing in them that is this user's own, but for what `explicitForOthers` is without. */
function sameForAll(ctx: Context): readonly string[] {
  const folders = pathsFor("user", ctx);
  const own = OWN.filter(([, folder, name]) => name !== "versions" && existsSync(join(folders[folder], name)));
  const commands = new Set(["search", "orphans", ...OWN.map(([command]) => command)]);
  return [...commands].filter((command) => !own.some(([of]) => of === command));
}

/** As `allProviders` and `pathsFor` have it: others' runs go by the machine's own configuration and folders alone. */
async function isMachines(ctx: Context): Promise<boolean> {
  const { uid, elevated, env } = ctx;
  if (uid !== 0 || elevated) return true;
  const [here, machines] = [pathsFor("system", ctx), pathsFor("system", { ...ctx, elevated: true })];
  if ((["data", "state", "cache"] as const).some((folder) => here[folder] !== machines[folder])) return false;
  const machine = await readConfig(ctx, "system");
  return ![env.APT_CONFIG, env.OMG_PACMAN_CONFIG, machine?.apt?.config, machine?.pacman?.config].some(Boolean);
}

function cacheOf(ctx: Context, scope: string): string {
  return pathsFor(scope === "system" ? "system" : "user", ctx).cache;
}

/** Undefined where the command has an error to tell. */
async function answered<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof OmgError) return undefined;
    throw error;
  }
}

/** Names of which more can be said than what the sources have: what is installed, what a lock asks for, what omg owns. */
async function ownNames(ctx: Context, { providers, lock }: Sight): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  for (const provider of providers) {
    for (const name of (await provider.inventory({ orphans: false, weakNeeds: false })).items.keys()) names.add(name);
    for (const name of wantedIn(lock, provider).keys()) names.add(name);
    for (const name of ownedOf(ctx, provider)) names.add(name);
  }
  return names;
}

function ownedOf(ctx: Context, { name, scope }: Pick<Provider, "name" | "scope">): readonly string[] {
  const prefix = `${name}.`;
  return readOnlyScope(ctx, scope)
    .bases.all()
    .flatMap(({ owned }) => Object.keys(owned))
    .flatMap((address) => (address.startsWith(prefix) ? [address.slice(prefix.length)] : []));
}

/** How many packages are asked about at once: each look costs time of its own, and what it says lies in memory. */
const AT_ONCE = 4000;

/** Sees to it that the book of the sources is there. */
async function market(
  ctx: Context,
  sight: Sight,
  { key, own }: { readonly key: string; readonly own: ReadonlySet<string> },
): Promise<AboutMarket> {
  const path = preparedPlaces(ctx).market;
  const before = openBook<AboutMarket>(path);
  before?.close();
  if (before?.about.key === key) return before.about;
  const shelves: Record<string, unknown> = {};
  const absent = new Set<string>();
  // Of one name in several providers the first counts.
  const shelved: OfferShelf[] = [];
  const records = new Map<string, string>();
  for (const provider of sight.providers) {
    const shelf = await provider.shelf?.();
    if (shelf !== undefined) {
      shelves[provider.name] = shelf.about;
      shelved.push(shelf);
      continue;
    }
    const index = await indexOf(ctx, provider, await provider.catalog());
    const names = [...index.names()].filter((name) => !records.has(name) && !shelved.some((shelf) => shelf.has(name)));
    for (const name of names) if (own.has(name)) absent.add(name);
    for (const [name, info] of await offeredBy(
      provider,
      names.filter((name) => !own.has(name)),
    ))
      records.set(name, info);
  }
  const about: AboutMarket = { key, absent: [...absent], shelves };
  const sorted = [...records.keys()].sort();
  writeBook(
    path,
    about,
    sorted.map((name) => [name, records.get(name) ?? ""] as const),
  );
  return about;
}

async function offeredBy(provider: Answering<"offers">, names: readonly string[]): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  for (let at = 0; at < names.length; at += AT_ONCE) {
    const offers = await provider.offers(new Set(names.slice(at, at + AT_ONCE)));
    for (const [name, offered] of offers) texts.set(name, JSON.stringify(offeredInfo(name, provider.name, offered)));
  }
  return texts;
}

function* recordsOf(infos: ReadonlyMap<string, PackageInfo>): Generator<readonly [string, string]> {
  for (const name of [...infos.keys()].sort()) yield [name, JSON.stringify(infos.get(name))];
}

function stillChanging(): OmgError {
  return new OmgError({
    code: "still-changing",
    exit: "busy",
    message: "What is installed, or what the sources have, keeps changing while it is read.",
    state: "What was known before still is.",
    hint: "omgd tries again as soon as it is quiet.",
  });
}

import { setImmediate as turn } from "node:timers/promises";
import { type Book, openBook } from "../../catalog/book.ts";
import { type LeanIndex, openLeanIndex } from "../../catalog/lean.ts";
import { fnv1a64 } from "../../host/fnv.ts";
import type { Looked } from "../../host/look.ts";
import type { ShelfReader } from "../../schema/model/inventory.ts";
import { surroundingsText } from "../../schema/wire/surroundings.ts";
import type {
  ExplicitResult,
  InfoResult,
  OrphansResult,
  OutdatedResult,
  PackageInfo,
  SearchResult,
} from "../answers.ts";
import type { Context } from "../context.ts";
import { offeredInfo } from "../offered-info.ts";
import { searchResult } from "../search-result.ts";
import { type AboutMachine, type AboutMarket, preparedPlaces } from "./kept.ts";
import { SHELF_READERS } from "./shelves.ts";

/** Answers that were worked out beforehand: what the commands say outside every folder with a lock. */
export interface Prepared {
  /** Milliseconds since the epoch. */
  readonly made: number;
  /** Everything that they were read from: while that is as it was seen, they are true. */
  readonly looked: readonly Looked[];
  /** Commands that are answered for others, too, as far as they have nothing of their own that these hang on. */
  readonly everybodys: readonly string[];
  /** Something should be told with the answers that they do not hold. */
  readonly warned: boolean;
  readonly explicit: ExplicitResult | undefined;
  readonly explicitForOthers: ExplicitResult | undefined;
  readonly orphans: OrphansResult | undefined;
  readonly outdated: OutdatedResult | undefined;
  /** Installed packages. */
  readonly total: number;
  /** What is searched. */
  readonly indexes: readonly Indexed[];
  /** Undefined where nothing is found: what may have been meant takes too long to find out here. So does more than `MOST_…` below. */
  search(terms: readonly string[], limit: number): SearchResult | undefined;
  /** Undefined where anything is asked about that no source and no list of this machine has by this name. */
  info(names: readonly string[]): KnownInfo | undefined;
  close(): void;
}

export interface KnownInfo {
  readonly result: InfoResult;
  /** How much of it was read out of the lists now, and not worked out beforehand. */
  readonly readNow: "all" | "some" | "none";
}

/** Of one package, and whether that was read now. */
interface Offered {
  readonly info: PackageInfo;
  readonly isNew: boolean;
}

/** Others wait while one is answered, and whoever asks for more can run the command. */
const MOST_TERMS = 8;
const MOST_HITS = 1000;
const MOST_NAMES = 50;

/**
 * Opens what `prepare` made with this build and under these variables; undefined where that is not there, or not whole. Reads files of omg's own
 * cache, and no others, in pieces of a few milliseconds: whoever is asked something meanwhile can answer. Errors: those of reading.
 * @param before what was opened earlier and is not closed yet: of it is kept what is the same
 */
export async function openPrepared(ctx: Context, build: string, before?: Prepared): Promise<Prepared | undefined> {
  const open: { close(): void }[] = [];
  const keep = <T extends { close(): void }>(one: T | undefined): T | undefined => {
    if (one !== undefined) open.push(one);
    return one;
  };
  const close = () => {
    for (const each of open) each.close();
  };
  try {
    const prepared = await openAll(ctx, build, before?.indexes ?? [], keep);
    if (prepared !== undefined) return { ...prepared, close };
  } catch (error) {
    close();
    throw error;
  }
  close();
  return undefined;
}

/** The index of one provider, and the versions of what is installed of it. */
interface Indexed {
  readonly provider: string;
  readonly key: string;
  readonly index: LeanIndex;
  readonly installed: ReadonlyMap<string, string>;
}

type Keep = <T extends { close(): void }>(one: T | undefined) => T | undefined;

async function openAll(
  ctx: Context,
  build: string,
  before: readonly Indexed[],
  keep: Keep,
): Promise<Omit<Prepared, "close"> | undefined> {
  const places = preparedPlaces(ctx);
  const machine = keep(openBook<AboutMachine>(places.machine));
  await turn();
  const market = keep(openBook<AboutMarket>(places.market));
  if (machine === undefined || market === undefined) return undefined;
  const isOurs = machine.about.build === build && machine.about.surroundings === fnv1a64(surroundingsText(ctx));
  if (!isOurs || machine.about.market !== market.about.key) return undefined;
  const indexes: Indexed[] = [];
  for (const [part, { provider, key }] of machine.about.catalogs.entries()) {
    await turn();
    const installed = new Map(Object.entries(machine.about.installed[part] ?? {}));
    const same = before.find((each) => each.provider === provider && each.key === key);
    const place = { folder: places.cache, provider };
    const index = keep((await same?.index.again(installed)) ?? (await openLeanIndex(place, key, installed)));
    if (index === undefined) return undefined;
    indexes.push({ provider, key, index, installed });
  }
  const shelves: Record<string, ShelfReader | undefined> = {};
  for (const [provider, about] of Object.entries(market.about.shelves))
    shelves[provider] = keep(await SHELF_READERS[provider]?.(about));
  await turn();
  return over(machine, offeredIn(market, shelves), indexes);
}

function over(
  machine: Book<AboutMachine>,
  offered: (name: string) => Offered | undefined,
  indexes: readonly Indexed[],
): Omit<Prepared, "close"> {
  const { made, files, everybodys, warned, explicit, explicitForOthers, orphans, outdated } = machine.about;
  const parts = indexes.map(({ provider, index, installed }) => ({
    provider,
    // To look for a mistyped name takes as long as a hundred searches: whoever finds nothing asks the command.
    index: { search: index.search, nearest: () => [] },
    installed: () => installed,
  }));
  return {
    made,
    looked: files,
    everybodys,
    warned,
    explicit,
    explicitForOthers,
    orphans,
    outdated,
    total: indexes.reduce((sum, { installed }) => sum + installed.size, 0),
    indexes,
    search: (terms, limit) => {
      if (terms.length > MOST_TERMS) return undefined;
      const result = searchResult(parts, terms, Math.min(limit, MOST_HITS));
      return result.total === 0 || (limit > MOST_HITS && result.total > MOST_HITS) ? undefined : result;
    },
    info: (names) => {
      if (names.length > MOST_NAMES) return undefined;
      const packages = names.map((name) => {
        const record = machine.get(name);
        return record === undefined ? offered(name) : madeBefore(record.toString("utf8"));
      });
      return packages.every((found) => found !== undefined) ? infoOf(packages) : undefined;
    },
  };
}

/** What the sources have of a name; undefined also where that lay in a list that is no longer there. */
function offeredIn(
  market: Book<AboutMarket>,
  shelves: Readonly<Record<string, ShelfReader | undefined>>,
): (name: string) => Offered | undefined {
  return (name) => {
    const record = market.get(name);
    if (record !== undefined) return madeBefore(record.toString("utf8"));
    for (const [provider, shelf] of Object.entries(shelves)) {
      if (shelf === undefined) return undefined;
      const offers = shelf.offers(name);
      if (offers !== undefined) return { info: offeredInfo(name, provider, offers), isNew: true };
    }
    return undefined;
  };
}

function madeBefore(record: string): Offered {
  return { info: JSON.parse(record) as PackageInfo, isNew: false };
}

function infoOf(all: readonly Offered[]): KnownInfo {
  const count = all.filter(({ isNew }) => isNew).length;
  const readNow = count === 0 ? "none" : count === all.length ? "all" : "some";
  return { result: { packages: all.map(({ info }) => info), unknown: [] }, readNow };
}

import { type Book, openBook } from "../../catalog/book.ts";
import { openLeanIndex, type PackageIndex } from "../../catalog/index.ts";
import { type Looked, lookAt } from "../../host/look.ts";
import type {
  ExplicitResult,
  InfoResult,
  OrphansResult,
  OutdatedResult,
  PackageInfo,
  SearchResult,
} from "../answers.ts";
import type { Context } from "../context.ts";
import { searchResult } from "../search-result.ts";
import { type AboutMachine, type AboutMarket, preparedPlaces } from "./kept.ts";

/** Answers that were worked out beforehand: what the commands say outside every folder with a lock. */
export interface Prepared {
  /** Milliseconds since the epoch. */
  readonly made: number;
  /** Whether everything is as it was when they were made: looks at each file that they were read from. */
  isCurrent(): boolean;
  /** Files and folders that tell when it no longer is. */
  readonly files: readonly string[];
  /** They are the same for all users of this machine, as far as they are about packages alone. */
  readonly everybodys: boolean;
  /** Something should be told with the answers that they do not hold. */
  readonly warned: boolean;
  readonly explicit: ExplicitResult | undefined;
  readonly orphans: OrphansResult | undefined;
  readonly outdated: OutdatedResult | undefined;
  /** Installed packages. */
  readonly total: number;
  /** Undefined where nothing is found: what may have been meant takes too long to find out here. */
  search(terms: readonly string[], limit: number): SearchResult | undefined;
  /** Undefined where anything is asked about that no source and no list of this machine has by this name. */
  info(names: readonly string[]): InfoResult | undefined;
  close(): void;
}

/** Opens what `prepare` made with this build; undefined where that is not there, or not whole. Reads files of omg's own cache, and no others. */
export function openPrepared(ctx: Context, build: string): Prepared | undefined {
  const places = preparedPlaces(ctx);
  const machine = openBook<AboutMachine>(places.machine);
  const market = openBook<AboutMarket>(places.market);
  const indexes = machine?.about.catalogs.map(({ provider, key }) =>
    openLeanIndex({ folder: places.cache, provider }, key),
  );
  const close = () => {
    machine?.close();
    market?.close();
    for (const index of indexes ?? []) index?.close();
  };
  const isWhole = (all: readonly (PackageIndex | undefined)[] | undefined): all is readonly PackageIndex[] =>
    all?.every((index) => index !== undefined) === true;
  const fits = machine?.about.build === build && machine.about.market === market?.about.key;
  if (machine !== undefined && market !== undefined && fits && isWhole(indexes))
    return { ...over(machine, market, indexes), close };
  close();
  return undefined;
}

function over(
  machine: Book<AboutMachine>,
  market: Book<AboutMarket>,
  indexes: readonly PackageIndex[],
): Omit<Prepared, "close"> {
  const { made, files, everybodys, warned, explicit, orphans, outdated, catalogs } = machine.about;
  const installed = machine.about.installed.map((each) => new Map(Object.entries(each)));
  const parts = indexes.map((index, part) => ({
    provider: catalogs[part]?.provider ?? "",
    // To look for a mistyped name takes as long as a hundred searches: whoever finds nothing asks the command.
    index: { search: index.search, nearest: () => [] },
    installed: () => installed[part] ?? new Map<string, string>(),
  }));
  return {
    made,
    isCurrent: () => files.every(stands),
    files: files.map(([path]) => path),
    everybodys,
    warned,
    explicit,
    orphans,
    outdated,
    total: installed.reduce((sum, { size }) => sum + size, 0),
    search: (terms, limit) => {
      const result = searchResult(parts, terms, limit);
      return result.total === 0 ? undefined : result;
    },
    info: (names) => {
      const records = names.map((name) => machine.get(name) ?? market.get(name));
      if (!records.every((record) => record !== undefined)) return undefined;
      return { packages: records.map((record) => JSON.parse(record.toString("utf8")) as PackageInfo), unknown: [] };
    },
  };
}

function stands([path, look, seen]: Looked): boolean {
  return lookAt(path, look) === seen;
}

import { basename, dirname } from "node:path";
import { makeFolder, readIfPresent, writeAtomic } from "../../host/files.ts";
import { OmgError } from "../../schema/error.ts";
import type { DebianChain } from "../../schema/model/artifact.ts";
import { Refusal } from "./finding.ts";

/** A Release file that was verified. */
interface SeenRelease {
  /** RFC 3339: the Date in it. */
  readonly date: string;
  /** Hex SHA-256. */
  readonly release: string;
}

/** The newest Release file of each source that a gate of this user's has verified: an older one is a replay. */
export interface SeenReleases {
  /** Reads what was seen before. @throws OmgError `record-damaged` */
  load(): void;
  /** @throws Refusal `release-older` */
  refuseOlder(chain: DebianChain, found: SeenRelease): void;
  /** Takes note of one that was found good; `keep` writes it down. */
  note(chain: DebianChain, found: SeenRelease): void;
  /** Errors: OmgError `disk-full`; other system errors pass. */
  keep(): void;
}

type Sources = Readonly<Record<string, SeenRelease>>;

/** Nothing is remembered. */
export const NONE_SEEN: SeenReleases = {
  load: () => undefined,
  refuseOlder: () => undefined,
  note: () => undefined,
  keep: () => undefined,
};

/** `path`: the file that they are kept in; it need not be there. It is read once, when it is first needed. */
export function openSeenReleases(path: string): SeenReleases {
  let known: Sources | undefined;
  const noted = new Map<string, SeenRelease>();
  const read = (): Sources => {
    known ??= readSeen(path);
    return known;
  };
  return {
    load: () => void read(),
    refuseOlder: (chain, found) => {
      const newest = isOfToday(chain) ? read()[sourceOf(chain)] : undefined;
      if (newest !== undefined && Date.parse(found.date) < Date.parse(newest.date))
        throw older(chain, found, newest, path);
    },
    note: (chain, found) => {
      // Where any key will do, anybody's could set the date that all others are measured by.
      if (isOfToday(chain) && chain.bound) noted.set(sourceOf(chain), found);
    },
    keep: () => {
      const before = read();
      const news = [...noted].filter(([source, { release }]) => before[source]?.release !== release);
      if (news.length === 0) return;
      known = { ...before, ...Object.fromEntries(news) };
      makeFolder(dirname(path));
      writeAtomic(path, `${JSON.stringify({ version: 1, sources: known }, undefined, 2)}\n`);
    },
  };
}

/** What is wanted as it was at a time, or was kept with the lock, is old on purpose. */
function isOfToday({ asOf, kept }: DebianChain): boolean {
  return asOf === undefined && kept === undefined;
}

/** apt's name for address and suite, wherever its lists lie. */
function sourceOf({ release }: DebianChain): string {
  return basename(release).replace(/_?(?:InRelease|Release)$/, "");
}

function older(chain: DebianChain, found: SeenRelease, newest: SeenRelease, path: string): Refusal {
  const detail = `The Release file ${chain.release} is of ${minute(found.date)}, and one of ${minute(newest.date)} was verified here before: somebody serves an old state of the archive. What was seen stands in ${path}.`;
  return new Refusal("release-older", detail, { seen: newest.release });
}

function minute(date: string): string {
  return `${date.slice(0, 16).replace("T", " ")} UTC`;
}

function readSeen(path: string): Sources {
  const bytes = readIfPresent(path);
  if (bytes === undefined) return {};
  const sources = sourcesIn(bytes.toString("utf8"));
  if (sources !== undefined) return sources;
  throw new OmgError({
    code: "record-damaged",
    exit: "error",
    message: `omg's own record ${path}, of the newest package lists that it verified, cannot be read.`,
    state: "Nothing was changed.",
    hint: "Restore the file from a backup, or move it away: omg then takes the lists that are here for the newest.",
  });
}

function sourcesIn(text: string): Sources | undefined {
  try {
    const { version, sources } = JSON.parse(text) as { readonly version?: unknown; readonly sources?: unknown };
    if (version !== 1 || typeof sources !== "object" || sources === null) return undefined;
    return Object.values(sources).every(isSeen) ? (sources as Sources) : undefined;
  } catch {
    return undefined;
  }
}

function isSeen(value: unknown): value is SeenRelease {
  const { date, release } = (value ?? {}) as { readonly [K in keyof SeenRelease]?: unknown };
  return typeof date === "string" && !Number.isNaN(Date.parse(date)) && typeof release === "string";
}

import { dirname } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { makeFolder, readIfPresent, writeAtomic } from "../../host/files.ts";
import { OmgError } from "../../schema/error.ts";

/** A package list that was verified. */
export interface SeenRelease {
  /** RFC 3339: when it says, or its signature does, that it was made. Absent where nobody dated it. */
  readonly date?: string;
  /** Hex SHA-256. */
  readonly release: string;
  /** Versions by name of what was verified out of it and those before it: for lists that nobody dated. */
  readonly builds?: Readonly<Record<string, string>>;
}

/** The newest package list of each source that a gate of this user's has verified: an older one is a replay (replay.ts). */
export interface SeenReleases {
  /** Where they stand. */
  readonly path: string;
  /** Reads what was seen before. @throws OmgError `record-damaged` */
  load(): void;
  newest(source: string): SeenRelease | undefined;
  /** Takes note of one that was found good; `keep` writes it down. */
  note(source: string, found: SeenRelease): void;
  /** Errors: OmgError `disk-full`; other system errors pass. */
  keep(): void;
}

type Sources = Readonly<Record<string, SeenRelease>>;

/** Nothing is remembered. */
export const NONE_SEEN: SeenReleases = {
  path: "",
  load: () => undefined,
  newest: () => undefined,
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
    path,
    load: () => void read(),
    newest: (source) => (Object.hasOwn(read(), source) ? read()[source] : undefined),
    note: (source, found) => void noted.set(source, joined(noted.get(source), found)),
    keep: () => {
      if (noted.size === 0) return;
      const before = read();
      const news = [...noted]
        .map(([source, found]) => [source, joined(before[source], found)] as const)
        .filter(([source, found]) => !isDeepStrictEqual(before[source], found));
      if (news.length === 0) return;
      known = { ...before, ...Object.fromEntries(news) };
      makeFolder(dirname(path));
      writeAtomic(path, `${JSON.stringify({ version: 1, sources: known }, undefined, 2)}\n`);
    },
  };
}

/** What is known of the versions stays known. */
function joined(before: SeenRelease | undefined, found: SeenRelease): SeenRelease {
  return found.builds === undefined ? found : { ...found, builds: { ...before?.builds, ...found.builds } };
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
  const { date, release, builds = {} } = (value ?? {}) as { readonly [K in keyof SeenRelease]?: unknown };
  return (
    (date === undefined
      ? Object.keys(builds ?? {}).length > 0
      : typeof date === "string" && !Number.isNaN(Date.parse(date))) &&
    typeof release === "string" &&
    typeof builds === "object" &&
    builds !== null &&
    Object.values(builds).every((version) => typeof version === "string")
  );
}

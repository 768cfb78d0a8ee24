import { digestOf } from "../../../host/canonical-json.ts";
import { stampOf } from "../../../host/file-stamp.ts";
import { keptAnswer } from "../../../host/kept-answer.ts";
import { databaseFile, type Listed } from "./database.ts";
import { byName, type Listing, readDatabases, type Source } from "./databases.ts";

/** For each repository its packages, a line each: `name version`. */
type KeptLines = Readonly<Record<string, string>>;

/**
 * Which versions the repositories have, from the databases only where one of them has changed: to unpack them takes far longer
 * than to read this. Without a folder they are read each time. `wanted`: names that it is about; others may be left out. Errors: those
 * of `readDatabases`.
 */
export async function listingOf(
  cache: string | undefined,
  sources: readonly Source[],
  wanted: (name: string) => boolean = () => true,
): Promise<Listing> {
  if (cache === undefined) return readDatabases(sources);
  const store = keptAnswer(cache, "pacman-listing.json");
  const key = keyOf(sources);
  const kept = (store.read() ?? {}) as { readonly key?: unknown; readonly lines?: KeptLines };
  if (kept.key === key && typeof kept.lines === "object") return listingFrom(kept.lines, wanted);
  const { missing, listed } = await readDatabases(sources);
  // Files that changed while they were read belong to no answer.
  if (missing.length === 0 && keyOf(sources) === key) store.write({ key, lines: linesOf(listed, sources) });
  return { missing, listed };
}

function keyOf(sources: readonly Source[]): string {
  return digestOf(sources.map(({ folder, name }) => [name, stampOf(databaseFile(folder, name))]));
}

function linesOf(listed: Listing["listed"], sources: readonly Source[]): KeptLines {
  const lines = new Map(sources.map(({ name }): [string, string[]] => [name, []]));
  for (const { name, version, repository } of [...listed.values()].flat())
    lines.get(repository)?.push(`${name} ${version}`);
  return Object.fromEntries([...lines].map(([repository, each]) => [repository, each.join("\n")]));
}

function listingFrom(lines: KeptLines, wanted: (name: string) => boolean): Listing {
  const all = Object.entries(lines).flatMap(([repository, text]) => listedIn(text, repository, wanted));
  return { missing: [], listed: byName(all) };
}

/** 15,000 lines of which 1,500 may be wanted: nothing is made of the others. */
function listedIn(text: string, repository: string, wanted: (name: string) => boolean): readonly Listed[] {
  const found: Listed[] = [];
  for (let start = 0; start < text.length; ) {
    const newline = text.indexOf("\n", start);
    const end = newline < 0 ? text.length : newline;
    const space = text.indexOf(" ", start);
    const name = text.slice(start, space);
    if (wanted(name)) found.push({ name, version: text.slice(space + 1, end), repository });
    start = end + 1;
  }
  return found;
}

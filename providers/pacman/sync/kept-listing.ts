import { digestOf } from "../../../host/canonical-json.ts";
import { stampOf } from "../../../host/file-stamp.ts";
import { keptAnswer } from "../../../host/kept-answer.ts";
import { databaseFile, type Listed } from "./database.ts";
import { byName, type Listing, readDatabases, type Source } from "./databases.ts";

/** For each repository its packages, a line each: `name version`. */
type KeptLines = Readonly<Record<string, string>>;

/**
 * Which versions the repositories have, from the databases only where one of them has changed: to unpack them takes far longer
 * than to read this. Without a folder they are read each time. Errors: those of `readDatabases`.
 */
export async function listingOf(cache: string | undefined, sources: readonly Source[]): Promise<Listing> {
  if (cache === undefined) return readDatabases(sources);
  const store = keptAnswer(cache, "pacman-listing.json");
  const key = keyOf(sources);
  const kept = (store.read() ?? {}) as { readonly key?: unknown; readonly lines?: KeptLines };
  if (kept.key === key && typeof kept.lines === "object") return listingFrom(kept.lines);
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

function listingFrom(lines: KeptLines): Listing {
  const all = Object.entries(lines).flatMap(([repository, text]) =>
    text === "" ? [] : text.split("\n").map((line) => listedIn(line, repository)),
  );
  return { missing: [], listed: byName(all) };
}

function listedIn(line: string, repository: string): Listed {
  const space = line.indexOf(" ");
  return { name: line.slice(0, space), version: line.slice(space + 1), repository };
}

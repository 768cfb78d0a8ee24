import { digestOf } from "../../../host/canonical-json.ts";
import { stampOf } from "../../../host/file-stamp.ts";
import type { Catalog, CatalogEntry, CatalogPart } from "../../../schema/model/catalog.ts";
import type { PacmanConfig } from "../machine/config.ts";
import { installedVersions } from "../machine/local.ts";
import { databaseFile } from "../sync/database.ts";
import { readDatabases, type Source, sourcesOf } from "../sync/databases.ts";
import { priorityOf } from "./offers.ts";

/**
 * Everything that pacman could install, by its databases. `own`: omg's folder of databases. `more`: what could be built, which is called
 * `aur.NAME`.
 */
export function catalogOf(config: PacmanConfig, own: string, more?: CatalogPart): Catalog {
  const sources = sourcesOf(config, own);
  const files = [...config.files, ...sources.map(({ folder, name }) => databaseFile(folder, name))];
  const key = digestOf({ files: files.map(stampOf) });
  const part = { key, read: (onEntry: (entry: CatalogEntry) => void) => readEntries(sources, onEntry) };
  const installed = () => installedVersions(config.database);
  if (more === undefined) return { key, parts: [part], installed };
  return { key: digestOf([key, more.key]), parts: [part, more], installed: () => underBothNames(installed()) };
}

/** A package that was built is pacman's under its own name. */
function underBothNames(installed: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return new Map(
    [...installed].flatMap(([name, version]) => [[name, version] as const, [`aur.${name}`, version] as const]),
  );
}

async function readEntries(sources: readonly Source[], onEntry: (entry: CatalogEntry) => void): Promise<void> {
  const { mentioning } = await readDatabases(sources);
  for (const found of mentioning("")) {
    const { name, version, summary, groups, repository, size, homepage } = found;
    onEntry({
      name,
      version,
      summary,
      section: groups.join(" "),
      source: repository,
      ...(size === undefined ? {} : { size }),
      ...(homepage === undefined ? {} : { homepage }),
      priority: priorityOf(repository, sources),
    });
  }
}

import { digestOf } from "../../../host/canonical-json.ts";
import { stampOf } from "../../../host/file-stamp.ts";
import type { Catalog, CatalogEntry } from "../../../schema/model/catalog.ts";
import type { PacmanConfig } from "../machine/config.ts";
import { installedVersions } from "../machine/local.ts";
import { databaseFile } from "../sync/database.ts";
import { readDatabases, type Source, sourcesOf } from "../sync/databases.ts";
import { priorityOf } from "./offers.ts";

/** Everything that pacman could install, by its databases. `own`: omg's folder of databases. */
export function catalogOf(config: PacmanConfig, own: string): Catalog {
  const sources = sourcesOf(config, own);
  const files = [...config.files, ...sources.map(({ folder, name }) => databaseFile(folder, name))];
  const key = digestOf({ files: files.map(stampOf) });
  return {
    key,
    parts: [{ key, read: (onEntry) => readEntries(sources, onEntry) }],
    installed: () => installedVersions(config.database),
  };
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

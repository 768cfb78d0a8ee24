import { digestOf } from "../../../host/canonical-json.ts";
import type { ControlRecord } from "../../../host/deb822-records.ts";
import { filesIn, stampOf } from "../../../host/file-stamp.ts";
import type { Catalog, CatalogEntry } from "../../../schema/model/catalog.ts";
import type { AptConfig } from "../machine/config.ts";
import { sourceOf } from "../machine/package-fields.ts";
import { isInstalled, readStatus } from "../machine/status.ts";
import { PHASING_PRIORITY } from "../offers/candidates.ts";
import { type Policy, policyOf } from "../offers/policy-priority.ts";
import { preferencesFiles, readPreferences } from "../offers/preferences.ts";
import { splitKey } from "../package-key.ts";
import { forEachListed, type Listed } from "../sources/listed.ts";
import { sourceFiles } from "../sources/sources.ts";
import { readTargets } from "../sources/targets.ts";
import { bytesOf, summaryOf } from "./facts.ts";

/** What apt keeps beside the lists changes with every look at them. */
const LIST = /_(?:Packages|Release|InRelease)(?:\.[a-z0-9]+)?$/;

const FIELDS = [
  "version",
  "source",
  "section",
  "homepage",
  "installed-size",
  "description",
  "phased-update-percentage",
];

/** Everything that apt could install, by its own lists. */
export function catalogOf(config: AptConfig): Catalog {
  return {
    key: keyOf(config),
    read: (onEntry) => readEntries(config, onEntry),
    installed: () => installedIn(config),
  };
}

function installedIn(config: AptConfig): ReadonlyMap<string, string> {
  const installed = [...readStatus(config).packages.values()].filter(isInstalled);
  return new Map(installed.map(({ key, version }) => [key, version]));
}

/** The lists, and all that decides which of them count and how much. */
function keyOf(config: AptConfig): string {
  const lists = filesIn(config.paths.lists).filter((path) => LIST.test(path));
  const files = [...lists, ...sourceFiles(config), ...preferencesFiles(config)];
  return digestOf({ dump: config.dump, files: files.map(stampOf) });
}

/**
 * A package of a foreign architecture is only listed where the native one has none: on a machine with two architectures every
 * package would stand there twice. Errors: those of `readTargets` and `forEachListed`.
 */
async function readEntries(config: AptConfig, onEntry: (entry: CatalogEntry) => void): Promise<void> {
  const { fetched } = await readTargets(config);
  // Without an answer of ours, the newest version of each counts.
  const policy = policyOf(readPreferences(config), config);
  const native = new Set<string>();
  const emit = (listed: Listed) => onEntry(entryOf(listed, config, policy));
  const isForeign = (key: string) => key.includes(":");
  const hasForeign = config.foreignArchitectures.length > 0;
  await forEachListed(fetched, config, FIELDS, (listed) => {
    if (isForeign(listed.key)) return;
    if (hasForeign) native.add(copied(listed.key));
    emit(listed);
  });
  if (!hasForeign) return;
  const others = fetched.filter(({ arch }) => arch !== config.architecture && arch !== "all");
  await forEachListed(others, config, FIELDS, (listed) => {
    const { name } = splitKey(listed.key, config.architecture);
    if (isForeign(listed.key) && !native.has(name)) emit(listed);
  });
}

function entryOf(
  { key, record, target }: Listed,
  { architecture }: AptConfig,
  policy: Policy | undefined,
): CatalogEntry {
  const field = (name: string) => record.get(name);
  const version = field("version") ?? "";
  const homepage = field("homepage");
  const size = bytesOf(field("installed-size"));
  const { name, arch } = splitKey(key, architecture);
  const { source } = sourceOf(field, name, version);
  const weight = policy?.weight({ name, arch, source, version, targets: [target], installed: false });
  return {
    name: key,
    version,
    summary: summaryOf(field("description")),
    section: field("section") ?? "",
    source: target.sourceName,
    ...(size !== undefined && { size }),
    ...(homepage !== undefined && { homepage }),
    priority: settled(weight?.priority ?? 0, record),
  };
}

/** What is handed out to some machines only, for now, is shown where there is nothing else. */
function settled(priority: number, record: ControlRecord): number {
  const phased = Number(record.get("phased-update-percentage") ?? Number.NaN);
  return phased < 100 ? Math.min(priority, PHASING_PRIORITY) : priority;
}

/** A piece of a string holds on to all of it. */
function copied(text: string): string {
  return Buffer.from(text).toString();
}

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
import { type IndexTarget, readTargets } from "../sources/targets.ts";
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

/** Everything that apt could install, by its own lists, each of which is a part. Errors: those of `readTargets`. */
export async function catalogOf(config: AptConfig): Promise<Catalog> {
  const { fetched } = await readTargets(config);
  const settings = settingsOf(config);
  return {
    key: keyOf(config, settings),
    parts: fetched.map((target) => ({
      key: digestOf({ form: FORM, settings, target, list: stampOf(target.file) }),
      read: (onEntry) => readEntries(config, target, onEntry),
    })),
    installed: () => installedIn(config),
  };
}

function installedIn(config: AptConfig): ReadonlyMap<string, string> {
  const installed = [...readStatus(config).packages.values()].filter(isInstalled);
  return new Map(installed.map(({ key, version }) => [key, version]));
}

/** Of what omg makes of a list: changes when that does. */
const FORM = 1;

/** All that decides which lists count and how much. */
function settingsOf(config: AptConfig): string {
  return digestOf({
    dump: config.dump,
    files: [...sourceFiles(config), ...preferencesFiles(config)].map(stampOf),
  });
}

function keyOf(config: AptConfig, settings: string): string {
  const lists = filesIn(config.paths.lists).filter((path) => LIST.test(path));
  return digestOf({ settings, lists: lists.map(stampOf) });
}

/** Errors: those of `forEachListed`. */
async function readEntries(
  config: AptConfig,
  target: IndexTarget,
  onEntry: (entry: CatalogEntry) => void,
): Promise<void> {
  // Without an answer of ours, the newest version of each counts.
  const policy = policyOf(readPreferences(config), config);
  await forEachListed([target], config, FIELDS, (listed) => onEntry(entryOf(listed, config, policy)));
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
    // On a machine with two architectures every package would stand there twice.
    ...(name !== key && { unless: name }),
  };
}

/** What is handed out to some machines only, for now, is shown where there is nothing else. */
function settled(priority: number, record: ControlRecord): number {
  const phased = Number(record.get("phased-update-percentage") ?? Number.NaN);
  return phased < 100 ? Math.min(priority, PHASING_PRIORITY) : priority;
}

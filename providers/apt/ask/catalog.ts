import { digestOf } from "../../../host/canonical-json.ts";
import type { ControlRecord } from "../../../host/deb822-records.ts";
import { filesIn, stampOf } from "../../../host/file-stamp.ts";
import type { Catalog, CatalogEntry } from "../../../schema/model/catalog.ts";
import type { AptConfig } from "../machine/config.ts";
import { sourceOf } from "../machine/package-fields.ts";
import { isInstalled, readStatus } from "../machine/status.ts";
import { PHASING_PRIORITY } from "../offers/candidates.ts";
import { policyOf } from "../offers/policy-priority.ts";
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
  const priorityOf = priorityIn(target, config);
  await forEachListed([target], config, FIELDS, (listed) => onEntry(entryOf(listed, config, priorityOf)));
}

type Priority = (record: ControlRecord, name: string, arch: string) => number;

/** Of a version in this list. Without an answer of ours, all are the same, and the newest version of each counts. */
function priorityIn(target: IndexTarget, config: AptConfig): Priority {
  const policy = policyOf(readPreferences(config), config);
  if (policy === undefined) return () => 0;
  const targets = [target];
  const weight = (name: string, arch: string, source: string, version: string) =>
    policy.weight({ name, arch, source, version, targets, installed: false }).priority;
  if (policy.isGeneral) {
    const priority = weight("", "", "", "");
    return () => priority;
  }
  return ({ get }, name, arch) => {
    const version = get("version") ?? "";
    return weight(name, arch, sourceOf(get, name, version).source, version);
  };
}

function entryOf({ key, record, target }: Listed, { architecture }: AptConfig, priorityOf: Priority): CatalogEntry {
  const { get } = record;
  const { name, arch } = splitKey(key, architecture);
  return {
    name: key,
    version: get("version") ?? "",
    summary: summaryOf(get("description")),
    section: get("section") ?? "",
    source: target.sourceName,
    size: bytesOf(get("installed-size")),
    homepage: get("homepage"),
    priority: settled(priorityOf(record, name, arch), record),
    // On a machine with two architectures every package would stand there twice.
    unless: name === key ? undefined : name,
  };
}

/** What is handed out to some machines only, for now, is shown where there is nothing else. */
function settled(priority: number, record: ControlRecord): number {
  const phased = Number(record.get("phased-update-percentage") ?? Number.NaN);
  return phased < 100 ? Math.min(priority, PHASING_PRIORITY) : priority;
}

import { forEachRecord } from "../../../host/deb822-records.ts";
import { readIfPresent } from "../../../host/files.ts";
import { readPlatform } from "../../../host/platform.ts";
import type { Inventory, InventoryItem, Need } from "../../../schema/model/inventory.ts";
import type { InventoryWish } from "../../../schema/model/provider.ts";
import { advisoryHere } from "../advisory.ts";
import type { AptConfig } from "../machine/config.ts";
import { flagOf, listOf } from "../machine/configuration-tree.ts";
import { type AptState, readAptState } from "../machine/observe.ts";
import { protectedReason, protectionOf } from "../machine/protection.ts";
import { parseRelations, type Relation } from "../machine/relations.ts";
import { type InstalledPackage, isInstalled } from "../machine/status.ts";
import { packageKey } from "../package-key.ts";
import { answersTo, type Index, indexOf } from "../solve/dependencies.ts";
import { summaryOf } from "./facts.ts";
import { readOrphans } from "./orphans.ts";
import { debianPurl } from "./purl.ts";

/** What only questions want of a record of dpkg's. */
interface Details {
  readonly section: string;
  readonly summary: string;
  readonly suggests: string;
  readonly priority: string;
  readonly homepage: string;
}

const FIELDS: ReadonlySet<string> = new Set([
  "package",
  "architecture",
  "section",
  "description",
  "suggests",
  "priority",
  "homepage",
]);
const NO_DETAILS: Details = { section: "", summary: "", suggests: "", priority: "", homepage: "" };

/** Everything installed, and who needs what of it. Errors: those of `readAptState`. */
export async function inventoryOf(
  config: AptConfig,
  { items: which, orphans: asked, weakNeeds = true }: InventoryWish = { orphans: true },
): Promise<Inventory> {
  const state = readAptState(config);
  const orphans = asked ? readOrphans(config) : undefined;
  const only = which === "orphans" ? new Set(await orphans) : undefined;
  const described = [...state.packages.values()].filter(
    (found) => isInstalled(found) && only?.has(found.key) !== false,
  );
  const details = described.length === 0 ? new Map<string, Details>() : readDetails(state);
  const needsOf = needsAmong(state);
  const protection = protectionOf(config);
  const platform = readPlatform();
  const neverRemoved = listOf(config.tree, "APT::NeverAutoRemove").flatMap(namePattern);
  const items = described.map((found): [string, InventoryItem] => {
    const { section, summary, suggests, priority, homepage } = details.get(found.key) ?? NO_DETAILS;
    const advisory = advisoryHere(found, platform);
    const protectedBy = protectedReason(found, protection);
    let needs: readonly Need[] | undefined;
    return [
      found.key,
      {
        name: found.key,
        version: found.version,
        arch: found.arch,
        ...(found.installedSize !== undefined && { size: found.installedSize * 1024 }),
        section,
        summary,
        source: { name: found.source, version: found.sourceVersion },
        ...(found.maintainer !== undefined && { supplier: found.maintainer }),
        ...(homepage !== "" && { homepage }),
        purl: debianPurl(found, platform),
        ...(advisory !== undefined && { advisory }),
        requested: !state.auto.has(found.key),
        held: found.want === "hold",
        stays: found.want === "hold" || priority === "required" || neverRemoved.some((names) => names.test(found.name)),
        // Of a thousand items most are asked for their names and versions alone.
        get needs() {
          needs ??= needsOf(found, weakNeeds ? suggests : undefined);
          return needs;
        },
        ...(protectedBy !== undefined && { protectedBy }),
      },
    ];
  });
  const answered = await orphans;
  return { items: new Map(items), keeping: keepingOf(config), ...(answered !== undefined && { orphans: answered }) };
}

/** A second look at the same files: other readers of them are quicker without these fields. */
function readDetails({ config, journal }: AptState): ReadonlyMap<string, Details> {
  const details = new Map<string, Details>();
  const { paths, architecture } = config;
  for (const file of [paths.status, ...journal.map((name) => paths.updates + name)]) {
    forEachRecord(readIfPresent(file) ?? Buffer.alloc(0), FIELDS, ({ get }) => {
      details.set(packageKey(get("package") ?? "", get("architecture") ?? "", architecture), {
        section: get("section") ?? "",
        summary: summaryOf(get("description")),
        suggests: get("suggests") ?? "",
        priority: get("priority") ?? "",
        homepage: get("homepage") ?? "",
      });
    });
  }
  return details;
}

type Answered = Pick<Need, "text" | "met">;

/** Reads needs out of fields. What many packages ask for in the same words, as of libc6, is looked up once. */
function needsAmong({ packages, config }: AptState): (found: InstalledPackage, suggests: string | undefined) => Need[] {
  const known = new Map<string, readonly Answered[]>();
  let index: Index | undefined;
  const answered = (text: string, from: InstalledPackage): readonly Answered[] => {
    index ??= indexOf(packages, { recommends: true, architecture: config.architecture });
    // What answers depends on the architecture of whoever asks, and on nothing else of it.
    const key = `${from.arch} ${text}`;
    const among = index;
    const found = known.get(key) ?? parseRelations(text).map((group) => answeredBy(group, from, among));
    known.set(key, found);
    return found;
  };
  const read = (kind: string, strict: boolean, field: string, from: InstalledPackage): Need[] =>
    field === ""
      ? []
      : field.split(",").flatMap((text) => answered(text.trim(), from).map((need) => ({ kind, strict, ...need })));
  return (found, suggests) => [
    ...read("Pre-Depends", true, found.preDepends, found),
    ...read("Depends", true, found.depends, found),
    // Undefined where only strict needs are asked for.
    ...(suggests === undefined ? [] : read("Recommends", false, found.recommends, found)),
    ...(suggests === undefined ? [] : read("Suggests", false, suggests, found)),
  ];
}

function answeredBy(group: readonly Relation[], from: InstalledPackage, index: Index): Answered {
  return {
    text: group.map(textOf).join(" | "),
    met: [...new Set(group.flatMap((relation) => answersTo(relation, from, index).map(({ key }) => key)))],
  };
}

function textOf({ name, arch, operator, version }: Relation): string {
  return `${name}${arch === undefined ? "" : `:${arch}`}${operator === undefined ? "" : ` (${operator} ${version})`}`;
}

/** An extended regular expression of regex(7), capitals or not; one that cannot be read keeps nothing. */
function namePattern(text: string): RegExp[] {
  try {
    return [new RegExp(text, "i")];
  } catch {
    return [];
  }
}

/** Kinds that keep what came along from being called unneeded (apt.conf(5), APT::AutoRemove). */
function keepingOf({ tree }: AptConfig): ReadonlySet<string> {
  const recommends = flagOf(tree, "APT::AutoRemove::RecommendsImportant", true) ? ["Recommends"] : [];
  const suggests = flagOf(tree, "APT::AutoRemove::SuggestsImportant", true) ? ["Suggests"] : [];
  return new Set(["Pre-Depends", "Depends", ...recommends, ...suggests]);
}

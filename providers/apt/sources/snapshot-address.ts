import { SOURCE_WORDS } from "../../../schema/files/source-words.ts";
import { type ConfigNode, lookup } from "../machine/configuration-tree.ts";
import { KNOWN_ARCHIVES } from "./snapshot-archives.ts";
import { plainName } from "./source-name.ts";

const PLAIN = new RegExp(`^${SOURCE_WORDS.uris.source}$`);

/** Addresses by name of the source, as config.toml has them. `false`: this source is read as it is now. */
export type SnapshotAddresses = Readonly<Record<string, string | false>>;

/** A source, as far as it is known; what its Release file says is empty where that was never fetched. */
export interface Archived {
  readonly uri: string;
  readonly label: string;
  readonly origin: string;
  /** The field `Snapshots` of its Release file. */
  readonly snapshots: string;
}

/**
 * Where a source was at a time; `false` where it is to be read as it is now, and undefined where nobody says. First what
 * config.toml says, then what apt would use (apt.conf(5), `Acquire::Snapshots::URI`; the field `Snapshots` of a Release file),
 * then what omg knows. Pure.
 */
export function snapshotAddress(
  source: Archived,
  id: string,
  { tree, own }: { readonly tree: ConfigNode; readonly own: SnapshotAddresses },
): string | false | undefined {
  const name = plainName({ ...source, repoUri: source.uri });
  if (own[name] === false) return false;
  const settings = lookup(tree, "Acquire::Snapshots::URI");
  const templates = [
    own[name],
    ...configured(lookup(tree, "Acquire::Snapshots::URI::Override"), source),
    source.snapshots,
    ...configured(settings, source),
    KNOWN_ARCHIVES[name],
  ];
  const made = templates.map((template) =>
    template?.includes("@SNAPSHOTID@") === true
      ? template.replaceAll("@SNAPSHOTID@", id).replaceAll("@PATH@", pathOf(source.uri))
      : undefined,
  );
  // A Release file is somebody else's: it may not lead to another method of apt's than plain ones.
  return made.find((address) => address !== undefined && PLAIN.test(address));
}

function configured(settings: ConfigNode | undefined, { label, origin, uri }: Archived): readonly string[] {
  if (settings === undefined) return [];
  const host = /^[a-z0-9+.-]+:\/\/(?:[^/@]*@)?([^/]*)/i.exec(uri)?.[1] ?? "";
  // `.archive.example.org` stands for every host below it.
  const above = [...host.matchAll(/\./g)].map(({ index }) => host.slice(index));
  const names = [["Label", label], ["Origin", origin], ...[host, ...above].map((each) => ["Host", each])];
  return names.flatMap(([kind = "", name = ""]) => {
    const value = settings.children.find(sameName(kind))?.children.find(sameName(name))?.value;
    return name === "" || value === undefined || value === "" ? [] : [value];
  });
}

function sameName(wanted: string): (node: ConfigNode) => boolean {
  return ({ name }) => name.toLowerCase() === wanted.toLowerCase();
}

/** Without slashes at the ends: `debian`. */
function pathOf(uri: string): string {
  return uri.replace(/^[a-z0-9+.-]+:\/*[^/]*/i, "").replace(/^\/+|\/+$/g, "");
}

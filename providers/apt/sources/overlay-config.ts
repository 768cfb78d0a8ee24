import { existsSync } from "node:fs";
import type { AptConfig } from "../machine/config.ts";
import { privateSettings, quoted } from "../machine/config-text.ts";
import { lookup, pathOf } from "../machine/configuration-tree.ts";

/** Where the pieces of an overlay lie. Folders end in a slash. */
export interface OverlayPaths {
  readonly sourceList: string;
  readonly sourceParts: string;
  readonly lists: string;
  /** What APT_CONFIG names: read before the machine's own configuration. */
  readonly first: string;
  /** Stands in for the machine's `apt.conf`, which is read after everything else (apt.conf(5)). */
  readonly last: string;
}

export function overlayPaths(folder: string): OverlayPaths {
  return {
    sourceList: `${folder}/sources.list`,
    sourceParts: `${folder}/sources.list.d/`,
    lists: `${folder}/lists/`,
    first: `${folder}/first.conf`,
    last: `${folder}/last.conf`,
  };
}

/** The configuration files of an overlay, by path: the machine's configuration, with other sources and lists. */
export function overlayConfiguration(
  config: AptConfig,
  paths: OverlayPaths,
  extra: readonly (readonly [name: string, value: string])[],
): Readonly<Record<string, string>> {
  const own = config.env.APT_CONFIG ?? "";
  const main = pathOf(config.tree, "Dir::Etc::main");
  const settings: readonly (readonly [string, string])[] = [
    ["Dir::Etc::sourcelist", paths.sourceList],
    ["Dir::Etc::sourceparts", paths.sourceParts],
    ["Dir::State::lists", paths.lists],
    ["Dir::Cache::pkgcache", ""],
    ["Dir::Cache::srcpkgcache", ""],
    ["Acquire::Languages", "none"],
    ["APT::Update::Error-Mode", "any"],
    ["APT::Get::List-Cleanup", "true"],
    ...otherTargets(config).map((target) => [`${target}::DefaultEnabled`, "false"] as const),
    ...extra,
  ];
  return {
    [paths.first]: `${include(own)}Dir::Etc::main ${quoted(paths.last)};\n`,
    [paths.last]: include(main) + privateSettings(settings),
  };
}

function include(path: string): string {
  return path === "" || !existsSync(path) ? "" : `#include ${quoted(path)};\n`;
}

/** Everything that a fetch would bring besides the Packages files. */
function otherTargets({ tree }: AptConfig): string[] {
  return ["deb", "deb-src"].flatMap((type) => {
    const base = `Acquire::IndexTargets::${type}`;
    const names = (lookup(tree, base)?.children ?? []).map(({ name }) => name);
    return names.filter((name) => name !== "Packages").map((name) => `${base}::${name}`);
  });
}

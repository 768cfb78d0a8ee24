import type { Recipe, RecipePackage } from "./recipe.ts";

/**
 * The package in the form of pacman's databases (`desc`), so that pacman can work out what it would do. `more`: further relations that
 * count as needed. Pure.
 */
export function descriptionOf(recipe: Recipe, found: RecipePackage, more: readonly string[] = []): string {
  const fields: readonly (readonly [string, readonly string[]])[] = [
    ["FILENAME", [filenameOf(recipe, found)]],
    ["NAME", [found.name]],
    ["BASE", [recipe.base]],
    ["VERSION", [recipe.version]],
    ["DESC", found.summary === "" ? [] : [found.summary]],
    ["GROUPS", found.groups],
    ["URL", found.homepage === undefined ? [] : [found.homepage]],
    ["LICENSE", found.licenses],
    ["ARCH", [found.arch]],
    ["REPLACES", found.replaces],
    ["CONFLICTS", found.conflicts],
    ["PROVIDES", found.provides],
    ["DEPENDS", [...new Set([...found.depends, ...more])]],
    ["OPTDEPENDS", found.optdepends],
  ];
  const blocks = fields.filter(([, values]) => values.length > 0);
  return blocks.map(([name, values]) => `%${name}%\n${values.join("\n")}\n\n`).join("");
}

/** What makepkg calls the file, with the ending that omg has it use. Pure. */
export function filenameOf({ version }: Pick<Recipe, "version">, { name, arch }: Pick<RecipePackage, "name" | "arch">) {
  return `${name}-${version}-${arch}.pkg.tar.zst`;
}
